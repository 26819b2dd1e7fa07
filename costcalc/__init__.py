"""What a neural-network architecture costs, from a YAML text, exactly.

>>> import costcalc
>>> costcalc.load("mobilenet").cost(alpha="0.75", resolution=192).totals.macs
239273472
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from costcalc.errors import CostcalcError, Position, Problems

if TYPE_CHECKING:
    from costcalc.api import (
        Formula,
        Model,
        Table,
        conventions,
        formula,
        load,
    )
    from costcalc.budgets.api import check
    from costcalc.changes.diff import diff
    from costcalc.costs.shipped import list_networks
    from costcalc.editor.examination import Examination, examine
    from costcalc.explore.solve import Solved
    from costcalc.explore.sweep import Sweep
    from costcalc.live import from_keras, from_torch
    from costcalc.reports.schema import schema
    from costcalc.spaces.validation import validate

__version__ = "0.1.0"

__all__ = [
    "CostcalcError",
    "Examination",
    "Formula",
    "Model",
    "Position",
    "Problems",
    "Solved",
    "Sweep",
    "Table",
    "check",
    "conventions",
    "diff",
    "examine",
    "formula",
    "from_keras",
    "from_torch",
    "list_networks",
    "load",
    "schema",
    "validate",
]

_ELSEWHERE = {
    "Examination": "editor.examination",
    "Solved": "explore.solve",
    "Sweep": "explore.sweep",
    "check": "budgets.api",
    "diff": "changes.diff",
    "examine": "editor.examination",
    "from_keras": "live",
    "from_torch": "live",
    "list_networks": "costs.shipped",
    "schema": "reports.schema",
    "validate": "spaces.validation",
}


def __getattr__(name: str) -> Any:
    # `import costcalc` alone stays instant; the first use of a name loads what it needs.
    if name in __all__:
        module = import_module(f"costcalc.{_ELSEWHERE.get(name, 'api')}")
        return getattr(module, name)
    raise AttributeError(f"module 'costcalc' has no attribute '{name}'")
