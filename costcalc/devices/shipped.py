"""Find the description of a device: a shipped one by its name, or a file by its path."""

from __future__ import annotations

import os
from functools import lru_cache

from costcalc.accounting.convention import is_path
from costcalc.devices.device import Device
from costcalc.devices.reader import DeviceReader
from costcalc.errors import CostcalcError, nearest
from costcalc.language.files import read_text

_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")


def device_names() -> list[str]:
    """The names of the shipped devices."""
    return sorted(name[:-5] for name in os.listdir(_DATA) if name.endswith(".yaml"))


def load_device(name: str) -> Device:
    """A shipped device by its name, or that of a file by its path. Raises CostcalcError."""
    if name in device_names():
        path = os.path.join(_DATA, f"{name}.yaml")
        return _read(name, path, read_text(path))
    if is_path(name):
        return _read(name, name, read_text(name))
    raise CostcalcError(
        f"no device is named '{name}'",
        hint=nearest(name, device_names())
        or f"one of {', '.join(device_names())}, or a file: ./board.yaml",
    )


@lru_cache(maxsize=32)
def _read(name: str, path: str, text: str) -> Device:
    """Read a device once, which many networks of a run ask for."""
    return DeviceReader(name, path, text).device
