"""Put another variant first in a network's text, and keep every line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, TypeAlias

from costcalc.language.network_file import NetworkFile
from costcalc.language.published import read_published
from costcalc.language.yaml_nodes import MappingNode

_LINE = re.compile(r"[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029]|$)")
Edit: TypeAlias = tuple[int, int, str]
"""A stretch of a text, from one offset to another, and its replacement."""


def with_variant_first(file: NetworkFile, variant: str) -> str:
    """The text of a file with this variant first, since the first one is the default."""
    file.variant(variant)  # refuses an unknown one
    names = list(file.variants)
    if variant == names[0]:
        return file.text
    lines: list[str] = _LINE.findall(file.text)
    starts: list[int] = [0, *accumulate(map(len, lines))]

    def place(mark: Any) -> int:
        line: int = mark.line
        return starts[line] + int(mark.column)

    variants: Any = file.parts["variants"][1]
    key = variants.value[0][0]
    first = file.text[place(key.start_mark) : place(key.end_mark)]
    edits = [(place(mark), place(mark), new) for mark, new in _namings(file, first)]
    index = names.index(variant)
    if variants.flow_style:
        spans = [(place(k.start_mark), place(v.end_mark)) for k, v in variants.value[: index + 1]]
        order = [spans[-1], *spans[:-1]]
        edits += [(*to, file.text[slice(*of)]) for to, of in zip(spans, order, strict=True)]
    else:
        start, end = _lines_of(lines, variants, index)
        top, _ = _lines_of(lines, variants, 0)
        moved = "".join(lines[start:end])
        edits += [
            (starts[top], starts[top], moved if moved.endswith("\n") else moved + "\n"),
            (starts[start], starts[end], ""),
        ]
    text = file.text
    for before, after, new in sorted(edits, reverse=True):
        text = text[:before] + new + text[after:]
    return text


def _lines_of(lines: list[str], variants: Any, index: int) -> tuple[int, int]:
    """The first line of a variant and the line behind its last, with the comments above it."""
    key, settings = variants.value[index]
    start = key.start_mark.line
    while lines[start - 1].lstrip().startswith("#"):
        start -= 1
    is_block = isinstance(settings, MappingNode) and not settings.flow_style
    end = settings.end_mark.line + (not is_block)  # a block ends where the next key begins
    end = max(end, key.start_mark.line + 1)  # an alias has its anchor's place
    while is_block and not _is_within(lines[end - 1], key.start_mark.column):
        end -= 1
    return start, end


def _is_within(line: str, column: int) -> bool:
    text = line.lstrip()
    return bool(text) and not (text.startswith("#") and len(line) - len(text) <= column)


def _namings(file: NetworkFile, first: str) -> Iterator[tuple[Any, str]]:
    """Name the first variant in published rows that name none, and so are its."""
    published = file.base.published
    read_published(file.path, published, file.variants)  # refuses what is faulty
    for entry in published.value if published is not None else ():
        parts = {key.value: value for key, value in entry.value}
        inner = parts["figures"].value if "figures" in parts else [entry]
        named = all("variant" in [key.value for key, _ in one.value] for one in inner)
        if "variant" not in parts and not named:
            start = entry.value[0][0].start_mark
            behind = ", " if entry.flow_style else "\n" + " " * start.column
            yield start, f"variant: {first}{behind}"
