"""Numbers that vary over a grid of settings: a network built once stands for all its points.

Every knob of a sweep is an axis. A Varying is an exact number at each position of the axes that it
depends on: channel counts vary with alpha alone, map sizes with rho alone. A Sum keeps products of
Varyings of different axes apart, so that layers which share a map size collapse into one term, and
a whole alpha x rho grid is a small matrix product in the end.

Everything is exact. Arrays are int64 as long as a bound, carried along with each number, proves
that no element can pass 2^63; else they hold Python ints. Products are made in floats only where
every partial sum is below 2^53.
"""

from costcalc.numeric.grid.along_axes import Event, NotAffineError, Varying
from costcalc.numeric.grid.grid import Grid, Ratios
from costcalc.numeric.grid.int_array import INT64, Array
from costcalc.numeric.grid.split import SplitError, split
from costcalc.numeric.grid.sum_of_products import Sum

__all__ = [
    "INT64",
    "Array",
    "Event",
    "Grid",
    "NotAffineError",
    "Ratios",
    "SplitError",
    "Sum",
    "Varying",
    "split",
]
