"""What `costcalc memory` reports to people: a row a step, the peak marked, and the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from costcalc.language.library import shown_path
from costcalc.memory.report import Memory, Step
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.text import escaped, shortened
from costcalc.units import fixed

MAX_ALIVE = 4
"""Maps that a row names; JSON and CSV have all."""
MAX_NAME = 64
"""Characters of a name in a row, such as a tensor's of a .tflite file; JSON and CSV have all."""


def page(found: Sequence[Memory]) -> Iterator[Part]:
    for place, memory in enumerate(found):
        if place:
            yield ""
        yield from _network(memory)


def _network(memory: Memory) -> Iterator[Part]:
    variant = memory.variant if memory.variant not in (None, memory.name) else None
    title = escaped(memory.name) + (f" ({escaped(variant)})" if variant else "")
    yield f"{title}  {escaped(shown_path(memory.path))}".rstrip()
    yield f"runtime: {memory.runtime_text}"
    steps = list(memory.steps())
    yield _steps(memory, steps)
    yield from figures(memory)


def _steps(memory: Memory, steps: Sequence[Step]) -> Sheet:
    has_lines = any(step.operation.line for step in steps)
    columns = [
        Column("step"),
        Column("layer", left=True),
        *([Column("line", wide=True)] if has_lines else []),
        Column("live bytes"),
        Column("", left=True),
        Column("alive: bytes @ offset", left=True, wide=True),
    ]
    rows = []
    for place, step in enumerate(steps, 1):
        line = "" if step.operation.line is None else str(step.operation.line)
        rows.append(
            [
                str(place),
                shortened(escaped(step.operation.name), MAX_NAME),
                *([line] if has_lines else []),
                number(step.live),
                "peak" if step.is_peak else "",
                _alive(step),
            ]
        )
    strong = frozenset(place for place, step in enumerate(steps) if step.is_peak)
    return Sheet(columns, rows, strong, keys=2)


def _alive(step: Step) -> str:
    parts = [
        f"{shortened(escaped(one.name), MAX_NAME)} {number(one.bytes)} @ {number(one.offset)}"
        for one in step.alive
    ]
    more = len(parts) - MAX_ALIVE
    return ", ".join(parts[-MAX_ALIVE:]) + (f", {more} more" if more > 0 else "")


def figures(memory: Memory) -> Iterator[str]:
    """The figures, and what each rests on."""
    peak, plan = memory.peak, memory.plan
    makers = [escaped(step.operation.name) for step in memory.steps() if step.is_peak]
    yield ""
    yield f"peak memory  {_bytes(peak)}, at {makers[0] if makers else 'the input'}" + (
        f" and {len(makers) - 1} more" if len(makers) > 1 else ""
    )
    arena, bound = plan.arena, plan.bound
    what = "and no plan needs less"
    if arena > bound:
        more = fixed(Fraction(100 * (arena - bound), bound), 1)
        what = f"{more} % above the bound of {number(bound)} B"
    yield f"arena        {_bytes(arena)}, {memory.runtime.planner} plan, {what}"
    off = "mostly within 6 %, far off with custom ops"
    yield f"persistent   {_bytes(int(memory.program.persistent))}, an estimate: {off}"
    of = "constants of the file" if memory.file else "weights and biases, without code"
    yield f"flash        {_bytes(int(memory.program.flash))}, {of}"
    stage = memory.patched
    if stage is not None:
        yield (
            f"in patches   {_bytes(stage.peak)}: the first {stage.operations} operations, up to "
            f"{escaped(stage.until)}, in {stage.patches}×{stage.patches} patches; "
            f"{number(stage.recomputed_macs)} MACs are computed again"
        )
    order = memory.order
    if order is not None:
        best = "no order has a lower peak"
        limit = f"as written: the search ended at its limit, none is below {number(order.least)} B"
        yield f"order        {best if order.is_best else limit}"


def _bytes(count: int) -> str:
    return f"{number(count)} B ({fixed(Fraction(count, 1024), 1)} KiB)"
