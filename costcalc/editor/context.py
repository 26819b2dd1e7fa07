"""Where the cursor stands in a text that may be broken behind it: what could be typed there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.language.yaml_nodes import MappingNode, ScalarNode, SequenceNode, YamlNode, compose

_MARK = "\u2038"
"""Stands where the cursor is. YAML takes it as a name."""
_TYPED = re.compile(r"[\w$./-]*\Z")
_COMMENT = re.compile(r"(?:^|\s)#[^\n]*\Z")
_CLOSING = {"{": "}", "[": "]"}


class Context(NamedTuple):
    """What is around a place."""

    path: tuple[str, ...]
    """Keys, the outermost first; `-` is an item of a list."""
    is_key: bool
    """Whether a key of a mapping is typed; else a value, or an item of a list."""
    typed: str
    """What stands of the word before the cursor."""
    given: frozenset[str]
    """The keys that the mapping around has before the place."""
    text: str
    """The text before the place, with what closes its brackets."""


def context_at(text: str, offset: int) -> Context | None:
    """Find what is around a place; None in a comment, and where the text before it is broken."""
    before = text[:offset]
    match = _TYPED.search(before)
    typed = match[0] if match else ""
    start = before[: len(before) - len(typed)]
    if _COMMENT.search(start):
        return None
    closing = _open_brackets(start)
    line = start[start.rfind("\n") + 1 :]
    # In block style, what begins a line is a key unless the text says otherwise.
    tries = (f"{_MARK}:", _MARK) if not closing and not line.strip(" -") else (_MARK, f"{_MARK}:")
    if line.rstrip(" ").endswith("-") and not closing:
        tries = (_MARK, f"{_MARK}:")
    for mark in tries:
        whole = f"{start}{mark}{closing}\n"
        try:
            root = compose(whole, "", [])
        except CostcalcError:
            continue
        for path, is_key, given in _marked(root):
            return Context(path, is_key, typed, given, whole)
    return None


def _open_brackets(text: str) -> str:
    """What closes the brackets of a text that are open at its end."""
    opened: list[str] = []
    quote = ""
    begins = True  # whether a value, and not a plain text, begins here
    previous = "\n"
    in_comment = False
    for letter in text:
        if in_comment:
            in_comment = letter != "\n"
        elif quote:
            quote = "" if letter == quote else quote
        elif letter == "#" and previous in " \n\t":
            in_comment = True
        elif letter in "'\"" and begins:
            quote = letter
        elif letter in "{[" and begins:
            opened.append(letter)
        elif letter in "}]" and opened:
            opened.pop()
        if letter == "\n" or letter in "{[,:" or (letter == "-" and begins):
            begins = not (letter == "," and not opened)
        elif letter != " ":
            begins = False
        previous = letter
    return quote + "".join(_CLOSING[one] for one in reversed(opened))


def _marked(root: YamlNode) -> Iterator[tuple[tuple[str, ...], bool, frozenset[str]]]:
    """The path to the mark, whether it is a key, and the keys beside it."""
    stack: list[tuple[YamlNode, tuple[str, ...], frozenset[str]]] = [(root, (), frozenset())]
    while stack:
        node, path, given = stack.pop()
        if isinstance(node, MappingNode):
            keys = frozenset(str(key.value) for key, _ in node.value if isinstance(key, ScalarNode))
            for key, value in node.value:
                if isinstance(key, ScalarNode) and _MARK in key.value:
                    yield path, True, keys - {key.value}
                stack.append((value, (*path, str(key.value)), keys))
        elif isinstance(node, SequenceNode):
            stack += [(one, (*path, "-"), frozenset()) for one in node.value]
        elif isinstance(node, ScalarNode) and _MARK in node.value:
            yield path, False, given
