"""The cases of every layer type, in a file of the name of each family.

A file has CASES, by type: a `LayerCases` each, which counts a layer and draws it. It may have
KNOWN, figures from elsewhere or from counting on paper: (type, fields, maps, counts); and REFUSED,
what cannot be: (type, fields, maps).
"""

from importlib import import_module
from typing import Any

from costcalc.layers import FAMILIES

from .base import LayerCases

_FILES = {family: import_module(f"{__name__}.{family}") for family in FAMILIES}

CASES: dict[str, LayerCases] = {
    type_: cases for file in _FILES.values() for type_, cases in file.CASES.items()
}
FAMILY_OF = {type_: family for family, file in _FILES.items() for type_ in file.CASES}
KNOWN: list[Any] = [entry for file in _FILES.values() for entry in getattr(file, "KNOWN", [])]
REFUSED: list[Any] = [entry for file in _FILES.values() for entry in getattr(file, "REFUSED", [])]
TYPES = sorted(CASES)
