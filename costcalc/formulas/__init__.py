"""`costcalc formula`: the cost of a network as a formula of alpha and rho.

The law leaves rounding out: a polynomial, or one for each part of the knobs' ranges where the
network has max, min or a condition. The exact formula keeps every floor and ceiling.
"""

from costcalc.formulas.deviation import Deviation, Deviations, deviations
from costcalc.formulas.exact import Definition, ExactFormula, exact_formula
from costcalc.formulas.largest import Largest
from costcalc.formulas.paper import (
    LayerFormula,
    LayerFormulas,
    Seed,
    layer_formula,
    layer_formulas,
    seed,
)
from costcalc.formulas.piecewise import Interval, NetworkLaw, Piece, network_law
from costcalc.formulas.symbols import FORMULA_METRICS

__all__ = [
    "FORMULA_METRICS",
    "Definition",
    "Deviation",
    "Deviations",
    "ExactFormula",
    "Interval",
    "Largest",
    "LayerFormula",
    "LayerFormulas",
    "NetworkLaw",
    "Piece",
    "Seed",
    "deviations",
    "exact_formula",
    "layer_formula",
    "layer_formulas",
    "network_law",
    "seed",
]
