"""Networks of one structure at several widths, and the law by which their widths follow alpha."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from costcalc.decompile.align import aligned
from costcalc.decompile.decompiler import items_of, structured
from costcalc.decompile.law import KnownAlphas, Law, alpha_of, find_law, law_at
from costcalc.decompile.prepared import Prepared
from costcalc.decompile.text import lines_of
from costcalc.decompile.tree import Known, copied
from costcalc.decompile.wanted import AS_IT_IS, Wanted
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting
from costcalc.importers.lines import pair
from costcalc.units import decimal_text


class File(Prepared):
    """A network that is decompiled up to its items."""

    def __init__(self, network: Network, wanted: Wanted = AS_IT_IS, name: str = "") -> None:
        super().__init__(network, wanted)
        self.items = items_of(self.graph)
        self.name = name or network.path

    def is_like(self, other: File) -> bool:
        """Whether another has the same items, with other widths."""
        try:
            return bool([*aligned([self.items, other.items], [self.name, other.name])])
        except CostcalcError:
            return False

    def difference_at(self, text: str, alpha: Fraction) -> str | None:
        """The first difference of a text at an alpha."""
        return self.difference(text, Setting(alpha=alpha, batch=self.network.setting.batch))


class Fitted:
    """A law, found for some files."""

    def __init__(self, files: Sequence[File], known: KnownAlphas | None = None) -> None:
        """known: the alphas of the files, where these are known; the first is 1."""
        self.known = known
        self._align(files)
        reference = self.law.alphas.index(Fraction(1))
        if reference:  # the text has the widths of the file at alpha 1
            self._align([files[reference], *files[:reference], *files[reference + 1 :]])
        if self.law.open:
            raise _undecided(self.law, self.names)
        shapes = {x.shape.dims for file in files for x in file.graph.inputs[:1]}
        if len(shapes) > 1:
            sizes = " and ".join("×".join(map(str, dims)) for dims in sorted(shapes))
            raise CostcalcError(f"the inputs of the files differ: {sizes}")
        self._say()

    def _align(self, files: Sequence[File]) -> None:
        self.files = files
        self.names = [file.name for file in files]
        self.bodies = [copied(file.items) for file in files]
        self.fields = list(aligned(self.bodies, self.names))
        self.law = (
            find_law(self.fields, self.names)
            if self.known is None
            else law_at(self.fields, self.known)
        )

    def _say(self) -> None:
        """Put what the law says into the fields of the first file's items."""
        for field, value in self.law.found:
            field.item.fields[field.name] = Known(value) if isinstance(value, str) else value
        said: dict[int, set[str]] = {}
        for field in (one for one in self.fields if one.is_said):
            said.setdefault(id(field.item), set()).add(field.name)
            if field.name not in field.item.fields and not field.is_width:
                field.item.fields[field.name] = field.values[0]
        for field in self.fields:
            item = field.item
            for name in [*item.fields]:
                if name not in said[id(item)]:
                    del item.fields[name]

    @property
    def said(self) -> list[str]:
        """Lines about the alphas of the files, and what stays open of the law."""
        alphas = ", ".join(
            f"{name} at {decimal_text(alpha)}"
            for name, alpha in zip(self.names, self.law.alphas, strict=True)
        )
        ambiguous = dict.fromkeys(self.law.ambiguous)
        return [f"alpha: {alphas}.", *(f"Two rules explain {one}." for one in ambiguous)]

    def text(self, comments: Sequence[str], extra: Sequence[str] = ()) -> str:
        """The text. Raises CostcalcError where it differs from one of the networks."""
        fault: str | None = None
        for relations in (True, False):
            text = self._written(comments, relations, extra)
            fault = self._fault(text)
            if fault is None:
                return text
        raise CostcalcError(
            f"no law was found that gives all files: {fault}",
            hint="convert each by itself, and compare the texts",
        )

    def _written(self, comments: Sequence[str], relations: bool, more: Sequence[str]) -> str:
        graph = self.files[0].graph
        written = structured(self.bodies[0], graph, relations=relations)
        rule, divisor = self.law.rounding
        rounding = {"divisor": {"divisor": divisor}, "floor": None}.get(rule, rule)
        extra = [*more, *([] if rounding is None else [pair("rounding", rounding)])]
        network = self.files[0].network
        return "".join(f"{line}\n" for line in lines_of(network, graph, written, comments, extra))

    def _fault(self, text: str) -> str | None:
        """The first difference from one of the files, with its name."""
        for file, alpha in zip(self.files, self.law.alphas, strict=True):
            found = file.difference_at(text, alpha)
            if found is not None:
                return f"at alpha {decimal_text(alpha)}, {file.name}: {found}"
        return None

    def predicts(self, held: File) -> bool:
        """Whether a file that the law was not made of is the text at some alpha."""
        text = self.text([])
        names = [self.names[0], held.name]
        fields = list(aligned([self.files[0].items, held.items], names))
        alpha = alpha_of(fields, 0, 1, self.law.rounding, names)
        return held.difference_at(text, alpha) is None


def _undecided(law: Law, names: Sequence[str]) -> CostcalcError:
    field = law.open[0]
    values = ", ".join(
        f"{value} in {name}" for value, name in zip(field.values, names, strict=True)
    )
    more = f", and {len(law.open) - 1} more" if len(law.open) > 1 else ""
    return CostcalcError(
        f"no rule explains {field.name} of {field.item.type}: {values}{more}",
        hint="convert each by itself, and compare the texts; include the file at alpha 1",
    )
