"""Libraries of the extras: not everybody has them, and they are slow to import."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from costcalc.errors import CostcalcError


def needed(module: str, what: str, extra: str) -> Any:
    """The module, imported now; without its library, an error that says how to get it."""
    library = module.partition(".")[0]
    try:
        return import_module(module)
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name in (library, module)
        raise CostcalcError(
            f"{what} needs {library}" + ("" if missing else f", which cannot be loaded: {error}"),
            hint=f"pip install 'costcalc[{extra}]'",
        ) from None
