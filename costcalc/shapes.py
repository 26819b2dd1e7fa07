"""The shape of a map, as every formula sees it."""

from typing import NamedTuple

from costcalc.numeric.exact import Number


class FeatureMap(NamedTuple):
    """The shape of one sample's map: (channels, height, width); tokens are (channels, n, 1)."""

    channels: Number
    height: Number
    width: Number

    @property
    def area(self) -> Number:
        """Positions: height * width, the paper's D_F * D_F."""
        return self.height * self.width

    @property
    def elements(self) -> Number:
        """Numbers in the map: channels * height * width."""
        return self.channels * self.height * self.width

    def __str__(self) -> str:
        return "×".join(map(str, self))
