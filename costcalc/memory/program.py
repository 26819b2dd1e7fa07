"""What a runtime executes: operations one after another, and the maps between them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy

from costcalc.graph.nodes import Node
from costcalc.graph.runtime import Runtime
from costcalc.numeric.exact import Number


class Map:
    """A map that is stored: an input of the network, or the output of an operation."""

    __slots__ = ("is_output", "name", "number", "readers", "size", "tensor", "writer")

    def __init__(
        self, number: int, name: str, size: Number, writer: int | None, tensor: int | None = None
    ) -> None:
        self.number = number
        """Its place among the maps: of two of a size, the planner takes the later first."""
        self.name = name
        self.size = size
        """In bytes."""
        self.writer = writer
        """The operation that makes it, by its number; None of an input."""
        self.tensor = tensor
        """Its number in a .tflite file."""
        self.readers: list[int] = []
        """The operations that read it."""
        self.is_output = False
        """Whether the network hands it on, so that it is kept to the end."""


class Operation:
    """A layer as a runtime executes it."""

    __slots__ = (
        *("is_concat", "layers", "line", "name", "number", "reads", "scratch", "works_in_place"),
        "writes",
    )

    def __init__(self, number: int, name: str, line: int | None, reads: Sequence[Map]) -> None:
        self.number = number
        self.name = name
        self.line = line
        """Of its item in the network's own file."""
        self.reads = list(dict.fromkeys(reads))
        self.writes: list[Map] = []
        self.scratch: list[Number] = []
        """Bytes of each piece of memory that it needs for itself while it runs."""
        self.works_in_place = False
        """Whether each element of its output may overwrite the element that it was made of."""
        self.is_concat = False
        self.layers: list[Node] = []
        """Its own layer, and those that are fused into it; none of an operator of a file."""

    @property
    def node(self) -> Node:
        return self.layers[0]


class Program(ABC):
    """Operations in the order in which they are written, their maps, and what their weights take.

    All is in bytes.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.maps: list[Map] = []
        self.operations: list[Operation] = []

    @property
    @abstractmethod
    def weights(self) -> Number:
        """Of all params in the dtype."""

    @property
    @abstractmethod
    def flash(self) -> Number:
        """Of all weights and biases as they are deployed."""

    @property
    @abstractmethod
    def persistent(self) -> Number:
        """An estimate of what TensorFlow Lite Micro keeps in RAM beside the maps."""

    @abstractmethod
    def flash_of(self, operation: Operation) -> Number:
        """Of an operation's own weights and biases."""

    @abstractmethod
    def traffic_of(self, operation: Operation) -> Number:
        """Of an operation's inputs, outputs and weights, each once."""

    @property
    @abstractmethod
    def traffic(self) -> Number:
        """Of the inputs, the outputs and the weights of all operations."""

    @abstractmethod
    def layer_of(self, operation: Operation) -> Node | None:
        """The layer of the network that an operation is, if it is one."""

    def add_map(
        self, name: str, size: Number, writer: Operation | None, tensor: int | None = None
    ) -> Map:
        number = None if writer is None else writer.number
        made = Map(len(self.maps), name, size, number, tensor)
        self.maps.append(made)
        if writer is not None:
            writer.writes.append(made)
        return made

    def add_operation(self, name: str, line: int | None, reads: Sequence[Map]) -> Operation:
        operation = Operation(len(self.operations), name, line, reads)
        for source in operation.reads:
            source.readers.append(operation.number)
        self.operations.append(operation)
        return operation

    def with_sizes(self, maps: Sequence[int], scratch: Sequence[int]) -> Program:
        """The same program where maps and scratch memory have other sizes."""
        other = copy(self)
        other.maps = [copy(map_) for map_ in self.maps]
        for map_, size in zip(other.maps, maps, strict=True):
            map_.size = size
        other.operations = [copy(operation) for operation in self.operations]
        left = iter(scratch)
        for operation in other.operations:
            operation.scratch = [next(left) for _ in operation.scratch]
            operation.reads = [other.maps[map_.number] for map_ in operation.reads]
            operation.writes = [other.maps[map_.number] for map_ in operation.writes]
        return other
