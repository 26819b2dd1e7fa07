"""What the program of a file's own format prints of it, beside what comments of the file state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from costcalc.accounting.convention import shipped_convention
from costcalc.costs.convention_counts import Counting
from costcalc.costs.totals import Costs
from costcalc.errors import CostcalcWarning
from costcalc.graph.nodes import Network, Node
from costcalc.graph.setting import Setting
from costcalc.importers.formats import FORMATS, Figure, Format
from costcalc.language.yaml_nodes import position
from costcalc.numeric.exact import Number
from costcalc.units import fixed

if TYPE_CHECKING:
    from costcalc.language.foreign import Claim, Stated


class Printed(NamedTuple):
    """A figure of the program of a format."""

    format: Format
    figure: Figure
    value: int
    """Exact, in units of one."""

    @property
    def text(self) -> str:
        """The figure in the program's unit."""
        if self.figure.per == 1:
            return f"{self.value:,} {self.figure.unit}"
        return f"{fixed(Fraction(self.value, self.figure.per), 4)} {self.figure.unit}"


def printed(network: Network) -> Printed | None:
    """Return what the program prints; None where it prints nothing, or it is not known."""
    counted = _counting(network)
    if counted is None:
        return None
    format_, figure, counting = counted
    value = counting.total() if figure.metric == "total" else counting.params()
    return Printed(format_, figure, int(value))


def _counting(network: Network) -> tuple[Format, Figure, Counting] | None:
    foreign = network.file.foreign if network.file is not None else None
    format_ = next((one for one in FORMATS if foreign and one.name == foreign.format), None)
    if format_ is None or format_.figure is None:
        return None
    counting = Counting(network, shipped_convention(format_.figure.convention))
    return None if counting.unknown else (format_, format_.figure, counting)


def outdated(network: Network) -> Iterator[CostcalcWarning]:
    """Warn of a comment in the file whose figures are others than those of its program now."""
    file, setting = network.file, network.setting
    claims = file.foreign.claims if file is not None and file.foreign is not None else {}
    claim = claims.get(setting.variant)
    if file is None or claim is None or not _is_as_written(setting):
        return
    counted = _counting(network)
    if counted is not None:
        format_, figure, counting = counted
        differs = list(_differences(claim, figure, counting))
        if differs:
            stated, now = (" and ".join(texts) for texts in zip(*differs, strict=True))
            yield CostcalcWarning(
                f"the comment says {stated}; {format_.follows} prints {now}",
                position=position(file.path, claim.at),
                hint="such figures are of the version that wrote them, or of another file",
            )


def misstated(network: Network) -> Iterator[CostcalcWarning]:
    """Warn of the first layer of which the file states another shape or number of weights."""
    file = network.file
    stated = file.foreign.stated if file is not None and file.foreign is not None else {}
    if file is None or not stated or not _is_as_written(network.setting):
        return
    wrong: list[tuple[Stated, str]] = []
    for child in network.root.children:
        claim = stated.get(child.label)
        nodes = [child] if isinstance(child, Node) else list(child.nodes())
        if claim is None or not nodes:
            continue
        differs = []
        shape = nodes[-1].shape
        if claim.shape is not None and _long(claim.shape) != _long(shape.dims):
            differs.append(f"makes {shape} and not {'×'.join(map(str, claim.shape))}")
        params = Costs(network, nodes).params
        if claim.params is not None and claim.params != params:
            differs.append(f"has {params:,} params and not {claim.params:,}")
        if differs:
            wrong.append((claim, f"{child.label} {' and '.join(differs)}, as the file states"))
    if wrong:
        claim, message = wrong[0]
        more = len(wrong) - 1
        yield CostcalcWarning(
            message + (f"; so with {more} more layer{'s' * (more > 1)}" if more else ""),
            position=position(file.path, claim.at),
            hint="such figures are of the network before it was changed",
        )


def _long(dims: Iterable[Number]) -> list[Number]:
    """The sides of a map that are longer than 1: a vector may stand as a map of one place."""
    return [side for side in dims if side != 1]


def _is_as_written(setting: Setting) -> bool:
    changed = setting.rho, setting.resolution, setting.batch
    return (
        not setting.params
        and setting.alpha in (None, 1)
        and all(one in (None, 1) for one in changed)
    )


def _differences(claim: Claim, figure: Figure, counting: Counting) -> Iterator[tuple[str, str]]:
    """What is stated and what is printed, of the figures that differ."""
    if claim.params is not None and int(claim.params) != int(counting.params()):
        yield f"{int(claim.params):,} parameters", f"{int(counting.params()):,}"
    if claim.total is not None:
        digits = len(claim.total.partition(".")[2])
        now = fixed(Fraction(int(counting.total()), figure.per), digits)
        if now != claim.total:
            yield f"{claim.total} {figure.unit}", now
