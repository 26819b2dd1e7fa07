"""Paths as the protocol writes them: file:///home/me/net.yaml."""

from __future__ import annotations

import os
from urllib.parse import quote, unquote, urlsplit


def uri_of(path: str) -> str:
    """Return the URI of a path."""
    absolute = os.path.abspath(path).replace(os.sep, "/")
    return "file://" + quote(absolute if absolute.startswith("/") else f"/{absolute}")


def path_of(uri: str) -> str:
    """Return the path of a file's URI; of any other, such as that of a text that was never saved,
    a name in the current folder."""
    parts = urlsplit(uri.replace("%00", ""))  # of which no path has any
    if parts.scheme != "file":
        return os.path.abspath(unquote(parts.path).rpartition("/")[2] or "untitled.yaml")
    path = unquote(parts.path)
    if os.name == "nt":
        path = path.lstrip("/")
    return os.path.normpath(path)
