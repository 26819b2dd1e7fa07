"""The entries of a folder in a commit, as git stores them."""

from __future__ import annotations

import os
from typing import NamedTuple

TREE, LINK, SUBMODULE = 0o040000, 0o120000, 0o160000


class TreeEntry(NamedTuple):
    """An entry of a folder in a commit."""

    mode: int
    sha: str
    place: str = ""
    """Its path from the top, all links followed; of a submodule that a path leads into, too."""
    rest: str = ""
    """The rest of that path, within the submodule."""


def tree_entries(data: bytes, id_size: int) -> dict[str, TreeEntry]:
    """Read a tree object, whose entries are `mode name NUL id`. Raises ValueError if it is none."""
    entries: dict[str, TreeEntry] = {}
    start = 0
    while start < len(data):
        space = data.index(b" ", start)
        end = data.index(b"\0", space)
        id_ = data[end + 1 : end + 1 + id_size]
        if len(id_) != id_size:
            raise ValueError("an id is cut off")
        entries[os.fsdecode(data[space + 1 : end])] = TreeEntry(
            int(data[start:space], 8), id_.hex()
        )
        start = end + 1 + id_size
    return entries


def is_there(path: str) -> bool:
    """Tell whether the working tree has a file, or a link to anything."""
    return os.path.islink(path) or (os.path.exists(path) and not os.path.isdir(path))
