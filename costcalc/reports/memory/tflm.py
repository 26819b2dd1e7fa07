"""A plan as TensorFlow Lite Micro takes it: the metadata OfflineMemoryAllocation of a .tflite file.

It is a buffer of 32-bit integers: its version, 1; the subgraph, 0; the number of tensors; and for
each tensor its offset in the arena, or -1 where the planner finds it a place
(tensorflow/lite/micro/docs/memory_management.md). A network that is no file has no constants, so
that its maps stand there in the order in which they are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcalc.errors import CostcalcError
from costcalc.memory.report import Memory
from costcalc.text import escaped


def lines(found: Sequence[Memory]) -> Iterator[str]:
    if len(found) > 1:
        raise CostcalcError("an offline plan is of one network")
    (memory,) = found
    return _lines(memory)


def _lines(memory: Memory) -> Iterator[str]:
    offsets: dict[int, tuple[str, int]] = {}
    for buffer, offset in zip(memory.plan.buffers, memory.plan.offsets, strict=True):
        for map_ in buffer.maps:
            number = map_.number if map_.tensor is None else map_.tensor
            offsets[number] = map_.name, offset
    tensors: Sequence[str] = [map_.name for map_ in memory.program.maps]
    if memory.file is not None:
        tensors = [tensor.name for tensor in memory.file.graph.tensors]
    yield f"// {escaped(memory.name)}: {memory.plan.arena:,} bytes, {memory.runtime_text}\n"
    yield "// OfflineMemoryAllocation: version, subgraph, tensors, and an offset for each\n"
    yield f"const int32_t offline_memory_allocation[{3 + len(tensors)}] = {{\n"
    yield f"    1, 0, {len(tensors)},\n"
    for number, name in enumerate(tensors):
        _, offset = offsets.get(number, (name, -1))
        yield f"    {offset},  // {number}: {escaped(name)}\n"
    yield "};\n"
