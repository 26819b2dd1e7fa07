"""What `costcalc memory` reports to programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.devices.words import PLANNERS
from costcalc.graph.runtime import ORDERS
from costcalc.language.library import shown_path
from costcalc.memory.report import Memory, Step
from costcalc.reports import keys
from costcalc.reports.keys import Schema


def schema() -> Schema:
    alive = {
        "name": keys.text("The map."),
        "bytes": keys.count("What it takes."),
        "offset": keys.count("Where it lies in the arena."),
    }
    step = {
        "name": keys.text("The layer that runs, by its dotted name."),
        "line": keys.line("The line of its item in the network's own file."),
        "live": keys.count("Bytes of all maps that are alive."),
        "alive": keys.array(keys.record(alive), "What is alive, scratch memory of a layer too."),
    }
    network = {
        "name": keys.text("The network's name, as its file says."),
        "variant": keys.or_null(keys.text("The variant; null if the file has none.")),
        "path": keys.text("The file."),
        "dtype": keys.text("Of maps and weights; `own` where a file's tensors have their own."),
        "order": keys.word(ORDERS, "The order of execution that was asked for."),
        "order_is_best": keys.or_null(
            keys.flag("Whether no order has a lower peak; null where none was searched for.")
        ),
        "planner": keys.word(PLANNERS, "The planner of the arena."),
        "runtime": keys.text("All of the runtime, in words."),
        "peak_memory": keys.count("The most bytes of maps that are alive at once."),
        "arena": keys.count("Bytes of the arena, by the planner."),
        "lower_bound": keys.count("No plan of the arena is smaller, in this order."),
        "persistent": keys.count("An estimate of the RAM beside the arena."),
        "flash": keys.count("Bytes of weights and biases, or of a file's constants."),
        "weights": keys.count("Bytes of all params in the dtype, or of a file's constants."),
        "patches": keys.or_null(
            keys.record(
                {
                    "patches": keys.whole("Patches along a side.", minimum=1),
                    "operations": keys.count("How many operations are computed in patches."),
                    "until": keys.text("The last of them."),
                    "peak_memory": keys.count("The peak of the whole network then."),
                    "recomputed_macs": keys.count("MACs that are computed again."),
                },
                "The first layers in patches, with --patches; else null.",
            )
        ),
        "steps": keys.array(keys.record(step), "The layers in the order in which they run."),
    }
    return keys.document(
        "What networks take in memory, step by step.",
        {"networks": keys.array(keys.record(network), "One for each network that was named.")},
    )


def records(found: Sequence[Memory]) -> dict[str, Any]:
    return {"networks": map(_network, found)}


def _network(memory: Memory) -> dict[str, Any]:
    return {
        "name": memory.name,
        "variant": memory.variant,
        "path": shown_path(memory.path),
        "dtype": memory.runtime.dtype if memory.file is None else "own",
        "order": memory.runtime.order,
        "order_is_best": None if memory.order is None else memory.order.is_best,
        "planner": memory.runtime.planner,
        "runtime": memory.runtime_text,
        "peak_memory": memory.peak,
        "arena": memory.plan.arena,
        "lower_bound": memory.plan.bound,
        "persistent": int(memory.program.persistent),
        "flash": int(memory.program.flash),
        "weights": int(memory.program.weights),
        "patches": _patches(memory),
        "steps": map(_step, memory.steps()),
    }


def _patches(memory: Memory) -> dict[str, Any] | None:
    stage = memory.patched
    if stage is None:
        return None
    return {
        "patches": stage.patches,
        "operations": stage.operations,
        "until": stage.until,
        "peak_memory": stage.peak,
        "recomputed_macs": stage.recomputed_macs,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": step.operation.name,
        "line": step.operation.line,
        "live": step.live,
        "alive": [one._asdict() for one in step.alive],
    }


def rows(found: Sequence[Memory]) -> Iterator[dict[str, Any]]:
    """A row for each map that is alive at a step."""
    for memory in found:
        for place, step in enumerate(memory.steps(), 1):
            for one in step.alive:
                yield {
                    "network": memory.name,
                    "variant": memory.variant,
                    "step": place,
                    "name": step.operation.name,
                    "line": step.operation.line,
                    "live": step.live,
                    "is_peak": step.is_peak,
                    "alive": one.name,
                    "bytes": one.bytes,
                    "offset": one.offset,
                }
