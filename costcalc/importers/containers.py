"""Read the text of a network, which a .keras or .h5 file holds among other things."""

from __future__ import annotations

import zipfile
import zlib

from costcalc.errors import CostcalcError, Position
from costcalc.language.files import MAX_BYTES, open_regular, read_text

_ZIP = b"PK\x03\x04"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_CONFIG = "config.json"


def network_text(path: str) -> str:
    """Read a file, or out of a container the part that says what the network is.

    Of a zip (.keras) only config.json is opened, of HDF5 (.h5) only the attribute model_config.
    Raises CostcalcError where there is no such part, and as `read_text` does.
    """
    if path == "-":
        return read_text(path)
    try:
        with open_regular(path) as file:
            head = file.read(len(_HDF5))
    except (OSError, ValueError):
        return read_text(path)  # which says what is wrong
    if head.startswith(_ZIP):
        return _of_zip(path)
    return _of_hdf5(path) if head == _HDF5 else read_text(path)


def _of_zip(path: str) -> str:
    try:
        with (
            open_regular(path) as file,
            zipfile.ZipFile(file) as archive,
            archive.open(_CONFIG) as part,
        ):
            data = part.read(MAX_BYTES + 1)  # of whatever size it says that it has
    except KeyError:
        raise _fault(
            path, f"the zip holds no {_CONFIG}", "a .keras file does: model.save('model.keras')"
        ) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _fault(path, f"not a zip that can be read: {error}") from None
    return _decoded(path, data)


def _of_hdf5(path: str) -> str:
    try:
        import h5py  # type: ignore[import-not-found]  # only such files need it
    except ImportError:
        raise _fault(
            path, "this is an HDF5 file, which needs h5py", "pip install 'costcalc[keras]'"
        ) from None
    try:
        with h5py.File(path, "r") as file:
            config = file.attrs.get("model_config")
    except OSError as error:
        raise _fault(path, f"not an HDF5 file that can be read: {error}") from None
    if config is None:
        raise _fault(
            path, "the file holds weights and no model", "save the model: model.save('model.h5')"
        )
    return _decoded(path, config if isinstance(config, bytes) else str(config).encode())


def _decoded(path: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _fault(path, f"its model is larger than {MAX_BYTES:,} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _fault(path, "its model is not UTF-8") from None


def _fault(path: str, message: str, hint: str | None = None) -> CostcalcError:
    return CostcalcError(message, position=Position(path, 1, 1), hint=hint)
