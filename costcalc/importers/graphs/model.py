"""The graph of a model file, whatever its format: tensors, and the ops that read and make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple, TypeAlias

from costcalc.errors import CostcalcError, NodePosition
from costcalc.importers.nodes import node_place
from costcalc.language.library import shown_path
from costcalc.language.yaml_nodes import YamlNode

Dim: TypeAlias = "int | str | None"
"""A side of a tensor: a number, the name of one that is open, or one that the file does not say."""
Numbers: TypeAlias = "tuple[int | float, ...]"

FLOATS = frozenset(
    (
        *("float16", "float32", "float64", "bfloat16", "float8", "qint4", "qint8", "quint8"),
        *("qint16", "qint32"),
    )
)
"""Types of elements that are trained or computed with; q is of whole numbers with a scale."""
MAX_OPS = 30_000
MAX_RUN = 24_000
"""Nodes that loops run, each as often as it runs: a step of 48 nodes for each of 500 places."""


_LOOKED_AT = 1 << 16
"""Bytes of a large tensor by which those of one number are told."""
_ZEROS = b"\x00\x80"
"""The bytes of 0, and of 0 with a sign."""


class Undecided(CostcalcError):
    """An op whose shapes, or whose course, depend on the values of the inputs."""


class Tensor(NamedTuple):
    """A tensor of a file: what is read, made or stored."""

    name: str
    dims: Sequence[Dim] | None = None
    """None where the file does not say."""
    type: str = ""
    """As NumPy names it; empty where the file does not say."""
    values: Numbers | None = None
    """Of a small one that is stored: its elements, from which shapes are computed."""
    is_stored: bool = False
    """Whether the file holds its elements, as of weights."""
    raw: memoryview | None = None
    """Of a large one: its bytes in the file, which are not read."""

    @property
    def is_uniform(self) -> bool:
        """Whether all of its elements are one number, as those of a norm that is not trained.

        Of a large one the first bytes decide.
        """
        if self.values is not None or not self.raw:
            return self.values is not None and len(set(self.values)) == 1
        begin = bytes(self.raw[:_LOOKED_AT])
        count = prod(dim for dim in self.dims or () if isinstance(dim, int))
        size = max(len(self.raw) // max(count, 1), 1)
        return not begin.strip(_ZEROS) or begin[size:] == begin[:-size]


class Op(NamedTuple):
    """A node of the graph."""

    type: str
    """As the format names it."""
    inputs: Sequence[str]
    """Names of tensors; empty for one that is left out."""
    outputs: Sequence[str]
    attributes: Mapping[str, Any]
    name: str = ""
    """As the file names the node; formats without names number them."""
    scope: Sequence[str] = ()
    """The modules around it, the outermost first, as far as the file knows them."""
    number: int = 0
    """Its place in the file."""
    bodies: Mapping[str, Graph] = {}
    """The graphs that it runs, such as the branches of a condition, by their attributes."""

    folds_norm: bool = False
    """Whether the file says that a batch norm was folded into its weights and its bias."""

    title: str = ""
    """What messages call it, where it is part of an op of another type."""

    @property
    def called(self) -> str:
        """Its type in the words of the file's format."""
        return self.title or self.type

    @property
    def label(self) -> str:
        """The name of its layer: with the modules around it, where the file knows them."""
        name = self.name or self.called
        return name if name.startswith("/") or not self.scope else f"{self.scope[-1]}/{name}"

    @property
    def at(self) -> YamlNode:
        """The place of the items that are made of it."""
        return node_place(self.number, self.name or self.called, self.scope)


class Graph(NamedTuple):
    """A graph: of a file, or of the body of an op."""

    path: str
    inputs: Sequence[Tensor]
    outputs: Sequence[str]
    tensors: Mapping[str, Tensor]
    """What is stored, and what the file says of the shapes of others, by name."""
    ops: Sequence[Op]
    """In an order in which each comes behind those that it reads."""
    name: str = ""
    shares_weights: bool = False
    """Whether ops that name the same trained tensors always use one set of weights. Exporters of
    other files fold what is equal by chance."""
    channels_last: bool = False
    """Whether the channels of its inputs are the last axis, rather than the first."""

    @property
    def nodes(self) -> int:
        """How many ops it has, with those of bodies."""
        return sum(1 + sum(body.nodes for body in op.bodies.values()) for op in self.ops)

    def fault(
        self,
        message: str,
        op: Op | None = None,
        hint: str | None = None,
        kind: type[CostcalcError] = CostcalcError,
    ) -> CostcalcError:
        """Return an error at an op, or of the whole file."""
        at = ("", 0) if op is None else (op.name or op.type, op.number)
        place = NodePosition(shown_path(self.path), at[1], at[0])
        return kind(message, position=place, hint=hint)
