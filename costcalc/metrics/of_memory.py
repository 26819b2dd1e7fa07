"""The metrics of memory: of a whole network on a runtime, computed by the room `memory`."""

from __future__ import annotations

from typing import Any

from costcalc.metrics.metric import Metric


def _memory(name: str, title: str, about: str, **more: Any) -> Metric:
    return Metric(name, title, "byte", about, needs_runtime=True, **more)


MEMORY = (
    _memory(
        "peak_memory",
        "peak memory",
        "The most bytes of maps that are alive at once: a step's inputs and output both count, "
        "and what the network hands on is kept to the end. No plan without tiles needs less.",
        reduce=max,
        of_items=True,
    ),
    _memory(
        "arena",
        "arena",
        "Bytes of the arena in which a planner finds a place for each map: TensorFlow Lite "
        "Micro's, unless another is asked for.",
        at_least="peak_memory",
    ),
    _memory(
        "persistent",
        "persistent RAM, estimated",
        "An estimate of what TensorFlow Lite Micro keeps in RAM beside the maps, on a 64-bit "
        "build. Of 21 recorded models it is at most 5.8 % off in 18, 11 % in two of many small "
        "operators, and 38 % too low in one of signal operators.",
    ),
    _memory(
        "flash",
        "flash",
        "Bytes of all weights and biases as they are deployed: a weight takes as much as the "
        "dtype says, a bias of an int8 layer 4. Code and what a file adds are not in it.",
        of_items=True,
    ),
    _memory(
        "traffic",
        "traffic",
        "Bytes of the inputs, the output and the weights of every layer as it is executed.",
        of_items=True,
    ),
    Metric(
        "intensity",
        "MACs a byte",
        "mac/byte",
        "Arithmetic intensity: macs over traffic.",
        multiple=(1, ("macs",)),
        over="traffic",
        needs_runtime=True,
    ),
)
