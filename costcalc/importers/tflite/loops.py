"""How often a WHILE runs."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.importers.tflite.model import Model, Operator, Subgraph

MAX_TRIPS = 100_000


def trips(
    model: Model, condition: Subgraph, body: Subgraph, initial: Sequence[int | None]
) -> int | None:
    """Count the runs of a loop that counts up to a limit; None where that cannot be said.

    initial: the numbers that its variables start from, as far as they are known. The condition is
    one or several of `a < b`, of which the body adds a constant to a and leaves b as it is.
    """
    if not condition.outputs:
        return None
    found = _runs(model, condition, body, initial, condition.outputs[0])
    return found if found is None or found <= MAX_TRIPS else None


def _runs(
    model: Model,
    condition: Subgraph,
    body: Subgraph,
    initial: Sequence[int | None],
    at: int,
    depth: int = 3,
) -> int | None:
    """How often a tensor of the condition holds from the first run on."""
    maker = _maker(condition, at)
    if maker is None or len(maker.inputs) != 2 or not depth:
        return None
    if maker.kind == "LOGICAL_AND":
        counts = [_runs(model, condition, body, initial, one, depth - 1) for one in maker.inputs]
        known = [one for one in counts if one is not None]
        return min(known) if len(known) == len(counts) else None
    if maker.kind != "LESS":
        return None
    start, step = _course(model, condition, body, initial, maker.inputs[0])
    limit, change = _course(model, condition, body, initial, maker.inputs[1])
    if start is None or limit is None or change != 0 or step is None or step < 1:
        return None
    return max(-((start - limit) // step), 0)


def _course(
    model: Model, condition: Subgraph, body: Subgraph, initial: Sequence[int | None], at: int
) -> tuple[int | None, int | None]:
    """What a number of the condition is at first, and what a run adds to it."""
    constant = _constant(model, condition, at)
    if constant is not None:
        return constant, 0
    if at not in condition.inputs:
        return None, None
    place = condition.inputs.index(at)
    if place >= len(initial) or place >= len(body.outputs) or place >= len(body.inputs):
        return None, None
    before, after = body.inputs[place], body.outputs[place]
    if before == after:
        return initial[place], 0
    maker = _maker(body, after)
    if maker is None or maker.kind != "ADD" or before not in maker.inputs:
        return None, None
    others = [one for one in maker.inputs if one != before]
    return initial[place], _constant(model, body, others[0]) if len(others) == 1 else None


def _maker(graph: Subgraph, at: int) -> Operator | None:
    return next((one for one in graph.operators if at in one.outputs), None)


def _constant(model: Model, graph: Subgraph, at: int) -> int | None:
    values = model.integers(graph.tensors[at]) if at >= 0 else None
    return values[0] if values is not None and len(values) == 1 else None
