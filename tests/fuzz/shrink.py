"""Make a failing case smaller, for as long as it fails in the same way."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import islice
from time import monotonic
from typing import Any, TypeVar

Subject = TypeVar("Subject")
Tree = Any


def shrunk(
    case: Subject,
    smaller: Callable[[Subject], Iterator[Subject]],
    fails: Callable[[Subject], bool],
    seconds: float,
) -> Subject:
    """The smallest failing case that greedy steps reach in this time."""
    end = monotonic() + seconds
    progress = True
    while progress and monotonic() < end:
        progress = False
        for candidate in smaller(case):
            if monotonic() > end:
                break
            if fails(candidate):
                case, progress = candidate, True
                break
    return case


# Trees


def smaller_trees(tree: Tree) -> Iterator[Tree]:
    """The tree with a part left out, lifted in place of what it is in, or made simpler."""
    places = sorted(_places(tree, ()), key=len)
    for path in places:
        yield _changed(tree, path, None)
    for path in places:
        value = _at(tree, path)
        for other in _simpler(value):
            yield _changed(tree, path, [other])
        if isinstance(value, list) and isinstance(_at(tree, path[:-1]), list):
            yield _changed(tree, path, value)
        if isinstance(value, dict):
            for body in (one for field in value.values() for one in _bodies(field)):
                yield _changed(tree, path, body)


def _bodies(field: Any) -> Iterator[list[Any]]:
    """The lists of items within the fields of an item."""
    if isinstance(field, list):
        yield [
            one for branch in field for one in (branch if isinstance(branch, list) else [branch])
        ]
    if isinstance(field, dict):
        for key in ("layers", "shortcut", "branches"):
            yield from _bodies(field.get(key))


def _simpler(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        return
    if isinstance(value, (int, float)) and value != 1:
        yield 1
        if isinstance(value, int) and abs(value) > 3:
            yield value // 2
            yield value - 1
    if isinstance(value, str) and not value.isidentifier():
        yield from (1, "in_channels", "alpha < 1")
    if isinstance(value, dict) and len(value) == 1 and next(iter(value.values())) == {}:
        yield next(iter(value))


def _places(tree: Tree, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    children: Any = ()
    if isinstance(tree, dict):
        children = tree.items()
    elif isinstance(tree, list):
        children = enumerate(tree)
    for key, child in children:
        yield (*path, key)
        yield from _places(child, (*path, key))


def _at(tree: Tree, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def _changed(tree: Tree, path: tuple[Any, ...], others: list[Any] | None) -> Tree:
    """A copy with other values at a place; none leaves it out."""
    tree = deepcopy(tree)
    holder = _at(tree, path[:-1])
    if others is None:
        del holder[path[-1]]
    elif isinstance(holder, list):
        holder[path[-1] : path[-1] + 1] = others
    else:
        holder[path[-1]] = others[0] if len(others) == 1 else others
    return tree


# Bytes


def smaller_bytes(text: bytes) -> Iterator[bytes]:
    """The text without some of its lines, then without some of its bytes."""
    lines = text.splitlines(keepends=True)
    yield from (b"".join(rest) for rest in _without(lines))
    if len(text) < 2000:
        yield from (bytes(rest) for rest in _without(list(text)))


def _without(parts: list[Any]) -> Iterator[list[Any]]:
    size = len(parts) // 2
    while size:
        for start in range(0, len(parts), size):
            yield parts[:start] + parts[start + size :]
        size //= 2


def first_lines(text: str, most: int = 60) -> str:
    lines = text.splitlines()
    more = [f"... ({len(lines) - most} lines more)"] if len(lines) > most else []
    return "\n".join([*islice(lines, most), *more])
