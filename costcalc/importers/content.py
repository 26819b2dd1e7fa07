"""Read what a file holds: a text, or the bytes of a model file, which stay on disk."""

from __future__ import annotations

import mmap
import os
import stat
from io import BufferedReader, BytesIO

from costcalc.errors import CostcalcError, Position
from costcalc.importers.containers import contained, network_text
from costcalc.importers.formats import HEAD, MODEL_FORMATS, Content, model_format_of
from costcalc.language.files import MAX_BYTES, decoded, open_regular, read_input

MAX_MODEL = 64_000_000
"""Bytes of a model file that come from standard input or from git, and are all kept. Of a file on
disk only those are looked at that say what the network is."""


def network_content(path: str) -> Content:
    """Read what a network file holds; `-` is standard input.

    Raises CostcalcError where it cannot be read, and as `network_text` does.
    """
    if path == "-":
        return _of_input()
    data = _mapped(path)
    return network_text(path) if data is None else data


def _mapped(path: str) -> memoryview | None:
    """The bytes of a model file; None of any other, and of what cannot be opened."""
    try:
        with open_regular(path) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None  # of what the shell has opened, each byte can be read once
            head = file.peek(HEAD)[:HEAD]
            if not head or not _may_be_model(head):
                return None
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):
        return None
    return None if model_format_of(data) is None else data


def _of_input() -> Content:
    try:
        data = read_input(lambda head: MAX_MODEL if _may_be_model(head) else MAX_BYTES)
    except (OSError, ValueError):
        return network_text("-")  # which says what is wrong
    if len(data) > MAX_MODEL:
        raise CostcalcError(
            f"standard input has more than {MAX_MODEL:,} bytes, the most of a model",
            position=Position("<stdin>", 1, 1),
            hint="name the file: of one on disk the weights are not read",
        )
    return content_of(data, "<stdin>")


def _may_be_model(head: bytes) -> bool:
    return any(one.may_be(head[:HEAD]) for one in MODEL_FORMATS)


def content_of(data: bytes, path: str) -> Content:
    """Tell a model file from a text, or a container of one, by its bytes.

    Raises CostcalcError where it is neither.
    """
    view = memoryview(data)
    if model_format_of(view) is not None:
        return view
    part = contained(path, BufferedReader(BytesIO(data)))
    return decoded(data if part is None else part, path)
