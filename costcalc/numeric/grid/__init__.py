"""Numbers that vary over a grid of settings: a network built once stands for all its points.

Every knob of a sweep is an axis. A GridNumber is an exact number at each position of the axes that
it depends on: channel counts vary with alpha alone, sides of maps with rho alone. A Sum keeps
products of numbers of different axes apart, so that layers on maps of one size become one term, and
the whole grid a small matrix product (`sum_of_products` says why).

Everything is exact. Arrays are int64 as long as a bound, carried along with each number, proves
that no element can pass 2^63; else they hold Python ints.
"""

from costcalc.numeric.grid.along_axes import GridNumber
from costcalc.numeric.grid.axes import RoundingEvent
from costcalc.numeric.grid.grid import Grid, Ratios
from costcalc.numeric.grid.int_array import INT64, Array, multiple
from costcalc.numeric.grid.split import SplitError, split
from costcalc.numeric.grid.sum_of_products import Sum
from costcalc.numeric.grid.tangents import NotAffineError

__all__ = [
    "INT64",
    "Array",
    "Grid",
    "GridNumber",
    "NotAffineError",
    "Ratios",
    "RoundingEvent",
    "SplitError",
    "Sum",
    "multiple",
    "split",
]
