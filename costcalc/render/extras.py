"""Libraries of optional extras, which may be missing and are slow to import."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from costcalc.errors import CostcalcError


def needed(module: str, what: str, extra: str) -> Any:
    """Import a module now, or say how to install its library."""
    library = module.partition(".")[0]
    try:
        return import_module(module)
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name in (library, module)
        raise CostcalcError(
            f"{what} needs {library}" + ("" if missing else f", which cannot be loaded: {error}"),
            hint=f"pip install 'costcalc[{extra}]'",
        ) from None
