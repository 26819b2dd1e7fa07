"""Where files lie: in which repository."""

from __future__ import annotations

import os


def repository_top(folder: str) -> str | None:
    """Return the nearest folder upward that holds a repository; None where none does."""
    folder = os.path.abspath(folder)
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder
