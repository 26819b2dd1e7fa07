"""Read the text of a network, which a .keras or .h5 file holds among other things."""

from __future__ import annotations

from functools import partial
from io import BufferedReader

from costcalc.errors import CostcalcError, Position
from costcalc.language.files import MAX_BYTES, read_text

_ZIP = b"PK\x03\x04"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_CONFIG = "config.json"


def network_text(path: str) -> str:
    """Read a file, or out of a container the part that says what the network is.

    Of a zip (.keras) only config.json is opened, of HDF5 (.h5) only the attribute model_config.
    Raises CostcalcError where there is no such part, and as `read_text` does.
    """
    return read_text(path, partial(contained, path))


def contained(path: str, file: BufferedReader) -> bytes | None:
    """Read the part of a container that says what the network is; None of any other file."""
    head = file.peek(len(_HDF5))
    if head.startswith(_ZIP):
        data = _of_zip(path, file)
    elif head.startswith(_HDF5):
        data = _of_hdf5(path, file)
    else:
        return None
    if len(data) > MAX_BYTES:
        raise _fault(path, f"its model is larger than {MAX_BYTES:,} bytes")
    return data


def _of_zip(path: str, file: BufferedReader) -> bytes:
    from costcalc.importers.zips import FAULTS, entry, opened  # only such files need it

    try:
        with opened(file) as archive:
            if _CONFIG not in archive.NameToInfo:
                message, hint = f"the zip holds no {_CONFIG}", "a .keras file does"
                raise _fault(path, message, f"{hint}: model.save('model.keras')")
            return entry(archive, _CONFIG, MAX_BYTES)
    except FAULTS as error:
        raise _fault(path, f"not a zip that can be read: {error}") from None


def _of_hdf5(path: str, file: BufferedReader) -> bytes:
    try:
        import h5py  # only such files need it
    except ImportError:
        raise _fault(
            path, "this is an HDF5 file, which needs h5py", "pip install 'costcalc[keras]'"
        ) from None
    try:
        with h5py.File(file, "r") as model:
            config = model.attrs.get("model_config")
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise _fault(path, f"not an HDF5 file that can be read: {error}") from None
    if not isinstance(config, (bytes, str)):
        raise _fault(
            path, "the file holds weights and no model", "save the model: model.save('model.h5')"
        )
    return config if isinstance(config, bytes) else config.encode("utf-8", "replace")


def _fault(path: str, message: str, hint: str | None = None) -> CostcalcError:
    return CostcalcError(message, position=Position(path, 1, 1), hint=hint)
