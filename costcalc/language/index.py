"""The index of the shipped networks: what `list` says of each, without reading and building it.

`configs/index.json` is generated (`python tests/support/manual --write`). What it says of a file
holds only while that file and the shipped blocks are those that it was generated from.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from costcalc.language.library import LIBRARY, configs_folder
from costcalc.language.lookup import shipped_files

INDEX = os.path.join(configs_folder(), "index.json")
_READS_OTHERS = re.compile(rb"\b(?:network|include):")
"""In a file whose networks may be made of other shipped files."""


def indexed() -> dict[str, Mapping[str, Any]]:
    """What the index has of each shipped file that is as it was, by the file's path."""
    try:
        with open(INDEX, encoding="utf-8") as file:
            index = json.load(file)
    except OSError:
        return {}
    if index["blocks"] != fingerprint(LIBRARY):
        return {}
    found = {}
    for path in shipped_files():
        entry = index["files"].get(os.path.basename(path))
        if entry is not None and entry["text"] == fingerprint(path):
            found[path] = entry
    return found


@cache
def fingerprint(path: str) -> str:
    """A number that changes with a file, and with those that it may be made of."""
    from hashlib import sha256

    text = _read(path)
    if path != LIBRARY and _READS_OTHERS.search(text):
        text = b"\0".join([text, *map(_read, shipped_files())])
    return sha256(text).hexdigest()[:16]


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read().replace(b"\r\n", b"\n")


def index_text(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the index of files' entries by path: a line a network, so that changes are readable."""
    files = []
    for path, entry in entries.items():
        head = {key: value for key, value in entry.items() if key != "networks"}
        head = {"text": fingerprint(path), **head}
        networks = ",\n".join(f"   {json.dumps(own)}" for own in entry["networks"])
        start = json.dumps(head)[:-1]
        name = json.dumps(os.path.basename(path))
        files.append(f'  {name}: {start}, "networks": [\n{networks}]}}')
    blocks = json.dumps(fingerprint(LIBRARY))
    return f'{{"blocks": {blocks},\n "files": {{\n' + ",\n".join(files) + "}}\n"
