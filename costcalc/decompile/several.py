"""Decompile files of one network at several widths: one text, with its alpha."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from costcalc.costs.totals import Costs
from costcalc.decompile.align import aligned
from costcalc.decompile.concats import chained, grown
from costcalc.decompile.decompiler import items_of, structured
from costcalc.decompile.flatten import flatten
from costcalc.decompile.law import Law, alpha_of, find_law
from costcalc.decompile.text import lines_of
from costcalc.decompile.tree import Known, copied
from costcalc.decompile.unfold import unfolded
from costcalc.decompile.verify import difference, layers_of, totals_of
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting
from costcalc.importers.lines import pair
from costcalc.units import decimal_text

LEAST_TO_HOLD_OUT = 3


def decompiled_law(networks: Sequence[Network], head: str, *, unfold: bool = False) -> str:
    """The text of a network, by which each of some networks is it at an alpha.

    unfold: with the batch norms that were folded. Raises CostcalcError where the networks differ
    in more than widths, where a width follows no rule, and where the text would differ from one of
    them.
    """
    files = [_File(network, unfold) for network in networks]
    if len(files) < LEAST_TO_HOLD_OUT:
        note = "A third file would check the law: two do not tell it from coincidences."
        return _Fitted(files).text([head, note])
    held = _held_out(files)
    try:
        predicted = _Fitted([file for file in files if file is not held]).predicts(held)
    except CostcalcError:
        predicted = False
    said = f"{held.name} was left out of the search for the law and is"
    note = f"{said} what it says." if predicted else f"{said} not what the others say alone."
    return _Fitted(files).text([head, note])


def _held_out(files: Sequence[_File]) -> _File:
    """The file whose width is in the middle."""
    ordered = sorted(files, key=lambda file: file.totals["params"])
    return ordered[(len(ordered) - 1) // 2]


class _File:
    """A network that is decompiled up to its items."""

    def __init__(self, network: Network, unfold: bool) -> None:
        self.network = network
        self.totals = totals_of(Costs(network), None)
        graph = flatten(network)
        if unfold:
            norms = unfolded(graph, network)
            graph, self.totals = norms.graph, norms.totals(self.totals)
        self.layers = layers_of(graph)
        self.graph = chained(grown(graph))
        self.items = items_of(self.graph)

    @property
    def name(self) -> str:
        return self.network.path

    def difference(self, text: str, alpha: Fraction) -> str | None:
        """The first difference of a text at an alpha."""
        setting = Setting(alpha=alpha, batch=self.network.setting.batch)
        return difference(text, self.network, self.layers, self.totals, setting)


class _Fitted:
    """A law, found for some files."""

    def __init__(self, files: Sequence[_File]) -> None:
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

    def _align(self, files: Sequence[_File]) -> None:
        self.files = files
        self.names = [file.name for file in files]
        self.bodies = [copied(file.items) for file in files]
        self.fields = list(aligned(self.bodies, self.names))
        self.law = find_law(self.fields, self.names)

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

    def text(self, comments: Sequence[str]) -> str:
        """The text. Raises CostcalcError where it differs from one of the networks."""
        law = self.law
        alphas = ", ".join(
            f"{name} at {decimal_text(alpha)}"
            for name, alpha in zip(self.names, law.alphas, strict=True)
        )
        lines = [*comments, f"alpha: {alphas}."]
        lines += [f"Two rules explain {one}." for one in dict.fromkeys(law.ambiguous)]
        fault: str | None = None
        for relations in (True, False):
            text = self._written(lines, relations)
            fault = self._fault(text)
            if fault is None:
                return text
        raise CostcalcError(
            f"no law was found that gives all files: {fault}",
            hint="convert each by itself, and compare the texts",
        )

    def _written(self, comments: Sequence[str], relations: bool) -> str:
        graph = self.files[0].graph
        written = structured(self.bodies[0], graph, relations=relations)
        rule, divisor = self.law.rounding
        rounding = {"divisor": {"divisor": divisor}, "floor": None}.get(rule, rule)
        extra = [] if rounding is None else [pair("rounding", rounding)]
        network = self.files[0].network
        return "".join(f"{line}\n" for line in lines_of(network, graph, written, comments, extra))

    def _fault(self, text: str) -> str | None:
        """The first difference from one of the files, with its name."""
        for file, alpha in zip(self.files, self.law.alphas, strict=True):
            found = file.difference(text, alpha)
            if found is not None:
                return f"at alpha {decimal_text(alpha)}, {file.name}: {found}"
        return None

    def predicts(self, held: _File) -> bool:
        """Whether a file that the law was not made of is the text at some alpha."""
        text = self.text([])
        names = [self.names[0], held.name]
        fields = list(aligned([self.files[0].items, held.items], names))
        alpha = alpha_of(fields, 0, 1, self.law.rounding, names)
        return held.difference(text, alpha) is None


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
