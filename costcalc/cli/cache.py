"""Pages in the user's cache, and the browser that shows them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from costcalc.errors import CostcalcError

KEPT = 20
"""Pages that stay in the cache."""


def show(page: str, name: str) -> None:
    """Write a page to the cache, print its path, and open it in a browser."""
    import webbrowser

    path = write(page, name)
    print(path, flush=True)
    if not webbrowser.open(path.as_uri()):
        raise CostcalcError(
            f"no browser could be opened; the page is {path}", hint="-o FILE writes it elsewhere"
        )


def write(page: str, name: str) -> Path:
    """Write a page to the user's cache, where nobody else can write, and return its path."""
    folder = _folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_shared(folder)
        # A new file takes the place of whatever has the name: no link is followed.
        handle, temporary = tempfile.mkstemp(".tmp", dir=folder)
        with os.fdopen(handle, "wb") as file:
            file.write(page.encode())
        target = folder / _file_name(name)
        os.replace(temporary, target)
        _forget(folder)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise CostcalcError(
            f"cannot write to the cache {folder}: {reason}", hint="-o FILE writes it elsewhere"
        ) from None
    return target


def _folder() -> Path:
    """XDG_CACHE_HOME if it is an absolute path, as the specification has it, else ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    try:
        parent = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
    except RuntimeError:
        raise CostcalcError(
            "there is no home folder, and so no cache", hint="-o FILE writes it elsewhere"
        ) from None
    return parent / "costcalc"


def _refuse_shared(folder: Path) -> None:
    """Raise OSError for a link, and for a folder that others may write to."""
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(20, "it is a link, or no folder")
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o022):
        raise PermissionError(13, "others may write to it")


def _file_name(name: str) -> str:
    """A readable name of a page; networks of one name in other folders have pages of their own."""
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", os.path.basename(name)).strip(".-") or "network"
    place = hashlib.sha256(os.path.abspath(name).encode("utf-8", "surrogateescape")).hexdigest()
    return f"{stem[:60]}-{place[:8]}.html"


def _forget(folder: Path) -> None:
    """Delete the oldest pages beyond those that are kept."""
    pages = sorted(folder.glob("*.html"), key=lambda page: page.lstat().st_mtime, reverse=True)
    for page in pages[KEPT:]:
        page.unlink(missing_ok=True)
