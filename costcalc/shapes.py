"""The shape of a map, as every formula sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from costcalc.numeric.exact import Number

SIDES = {
    0: (),
    1: ("length",),
    2: ("height", "width"),
    3: ("depth", "height", "width"),
}
"""The names of a map's sides, by how many there are."""
NAMES = frozenset(name for names in SIDES.values() for name in names)
KINDS = {0: "a vector", 1: "a sequence", 2: "a map with height and width", 3: "a volume"}
"""What a map is called, by how many sides it has."""


class TensorShape:
    """Channels and any number of sides of one sample's map, and how many samples there are.

    A vector has no sides, a sequence its length, an image height and width, a volume depth, height
    and width.
    """

    __slots__ = ("batch", "channels", "sides")

    def __init__(
        self, channels: Number, sides: Iterable[Number] = (), batch: Number | None = 1
    ) -> None:
        self.channels = channels
        self.sides = tuple(sides)
        self.batch = batch
        """Samples; None for what is the same for all samples, such as trained numbers."""

    @property
    def positions(self) -> Number:
        """Places of a map: the product of its sides, the paper's D_F * D_F."""
        sides = self.sides
        if len(sides) == 2:  # by far the most usual
            return sides[0] * sides[1]
        product: Number = 1
        for side in sides:
            product = product * side
        return product

    @property
    def samples(self) -> Number:
        """How many there are to compute: 1 of what is the same for all samples."""
        return 1 if self.batch is None else self.batch

    @property
    def elements(self) -> Number:
        """Numbers in a sample: channels times positions."""
        return self.channels * self.positions

    @property
    def dims(self) -> tuple[Number, ...]:
        """Channels, and then the sides."""
        return (self.channels, *self.sides)

    @property
    def resolution(self) -> tuple[Number, Number]:
        """Height and width; (1, 1) of what has none."""
        return (self.sides[-2], self.sides[-1]) if len(self.sides) > 1 else (1, 1)

    def __getattr__(self, name: str) -> Number:
        """Return a side by its name: length; height and width; or these and depth."""
        if name in NAMES:
            names = SIDES.get(len(self.sides), ())
            if name in names:
                return self.sides[names.index(name)]
            raise AttributeError(f"a map of {self} has no {name}")
        raise AttributeError(f"a shape has no '{name}'")

    def with_channels(self, channels: Number) -> TensorShape:
        """The same places with other channels."""
        return TensorShape(channels, self.sides, self.batch)

    def with_sides(self, sides: Iterable[Number]) -> TensorShape:
        """The same channels on other sides."""
        return TensorShape(self.channels, sides, self.batch)

    def with_batch(self, batch: Number | None) -> TensorShape:
        return TensorShape(self.channels, self.sides, batch)

    def __iter__(self) -> Iterator[Number]:
        """Channels, and then the sides: `channels, height, width = shape`."""
        return iter(self.dims)

    def __len__(self) -> int:
        return 1 + len(self.sides)

    def __getitem__(self, axis: int) -> Number:
        return self.dims[axis]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, tuple):  # (channels, height, width), as a shape was written before
            return self.dims == other
        return (
            isinstance(other, TensorShape) and self.dims == other.dims and self.batch == other.batch
        )

    def __hash__(self) -> int:
        return hash(self.dims)

    def __str__(self) -> str:
        return "×".join(map(str, self.dims))

    def __repr__(self) -> str:
        return f"TensorShape({self.channels!r}, {self.sides!r}, batch={self.batch!r})"


def axis_names(sides: int) -> Sequence[str]:
    """What the axes of a map are called: channels, then its sides."""
    return ("channels", *SIDES.get(sides, tuple(f"side {n}" for n in range(1, sides + 1))))


def aligned(maps: Sequence[TensorShape]) -> list[tuple[Number, ...]]:
    """The dims of maps that meet: what a map lacks at the end are sides of 1."""
    most = max(len(x.sides) for x in maps)
    return [x.dims + (1,) * (most - len(x.sides)) for x in maps]
