"""Compose YAML text into a tree of nodes with positions, within limits.

The nodes are PyYAML's; scalars stay texts here, since the network language says what they mean.
"""

from collections.abc import Container
from typing import Any, TypeAlias

import yaml
from yaml.nodes import MappingNode, ScalarNode, SequenceNode
from yaml.nodes import Node as YamlNode

from costcalc.errors import CostcalcError, NodePosition, Position
from costcalc.language.files import line_and_column
from costcalc.language.library import LIBRARY, MODULES, shown_path
from costcalc.language.places import node_of

__all__ = ["MappingNode", "ScalarNode", "SequenceNode", "YamlNode"]

MAX_NODES = 200_000
MAX_DEPTH = 60
_LEAST = {
    "network": "a network needs at least input and layers; see: costcalc show mobilenet",
    "project": "a project file begins with version: 1",
}
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"

Entries: TypeAlias = dict[str, tuple[ScalarNode, YamlNode]]

_TRUSTED = frozenset((LIBRARY, MODULES))
"""Files of the package, which have neither tags nor aliases: a test reads them."""

_PLAIN, _QUOTED, _COLLECTION = "plain", "quoted", "collection"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _TooMuch(Exception):
    """The document exceeds a limit."""


class _Bounded(_Loader):  # type: ignore[misc]
    """A loader that counts nodes as it composes them, and keeps scalars as texts.

    The composer calls descend_resolver and ascend_resolver around every node and resolve for its
    tag: refusing there stops a deep or long document before it grows, and before the C composer
    would run out of stack.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._nodes = 0

    def descend_resolver(self, parent: Any, index: Any) -> None:
        self._depth += 1
        self._nodes += 1
        if self._depth > MAX_DEPTH:
            raise _TooMuch(_TOO_DEEP)
        if self._nodes > MAX_NODES:
            raise _TooMuch(f"more than {MAX_NODES:,} YAML nodes")

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:
        if kind is ScalarNode:
            return _PLAIN if implicit[0] else _QUOTED
        return _COLLECTION


def _refused(why: str, path: str) -> CostcalcError:
    return CostcalcError(f"the file is refused: {why}", position=Position(path, 1, 1))


def text_of(node: object) -> str:
    """A value as it is written."""
    if isinstance(node, MappingNode):
        return f"{{{', '.join(f'{text_of(key)}: {text_of(own)}' for key, own in node.value)}}}"
    value = getattr(node, "value", "")
    if isinstance(value, list):
        return f"[{', '.join(map(text_of, value))}]"
    return str(value)


def compose(text: str, path: str, found: list[CostcalcError], what: str = "network") -> YamlNode:
    """Return the root node; raise CostcalcError if there is none. Tags are added to `found`."""
    try:
        loader = _Bounded(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except _TooMuch as error:
        raise _refused(str(error), path) from None
    except yaml.MarkedYAMLError as error:
        # Newer releases of libyaml have a limit of their own, which a long run of [ meets first.
        if "nesting depth" in str(error.problem):
            raise _refused(_TOO_DEEP, path) from None
        raise _not_yaml(error, text, path) from None
    except yaml.reader.ReaderError as error:
        before = text.encode("utf-8", "surrogatepass")[: error.position]  # it counts bytes
        line, column = line_and_column(before.decode("utf-8", "ignore"))
        raise CostcalcError(
            f"not YAML: the character U+{_code(error):04X} is not allowed",
            position=Position(path, line, column),
        ) from None
    if root is None:
        raise CostcalcError(
            "the file is empty",
            position=Position(path, 1, 1),
            hint=_LEAST.get(what),
        )
    # An alias needs an anchor and a tag an exclamation mark: most files have neither.
    if path not in _TRUSTED and ("&" in text or "!" in text):
        _audit(root, path, found)
    return root  # type: ignore[no-any-return]


def _not_yaml(error: yaml.MarkedYAMLError, text: str, path: str) -> CostcalcError:
    message = error.problem or error.context or "a fault"
    if message.startswith("but found another document"):
        message = "a file holds one network, and here a second document begins"
    elif message == "second occurrence":
        message = "an anchor is given twice"
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return CostcalcError(f"not YAML: {message}", position=Position(path, 1, 1))
    lines = text.splitlines()
    row, column = mark.line, mark.column
    if row == len(lines) and lines and text.endswith(lines[-1]):
        # libyaml takes the end of a text as a new line, also where no line break is before it.
        row, column = row - 1, len(lines[-1])
    return CostcalcError(
        f"not YAML: {message}",
        position=Position(path, row + 1, column + 1),
        hint=_yaml_hint(message, "".join(lines[row : row + 1]), column),
    )


def _yaml_hint(message: str, line: str, column: int) -> str | None:
    if "\t" in line[: column + 1]:
        return "YAML indents by spaces, not by tabs"
    if "expected ',' or" in message:
        return "inside { } or [ ] an expression with a comma or a bracket needs quotes"
    if message.startswith("mapping values are not allowed"):
        return "a colon is followed by a space, and what belongs together by one indentation"
    return None


def _code(error: yaml.reader.ReaderError) -> int:
    character: Any = error.character
    return ord(character) if isinstance(character, str) else int(character)


def _audit(root: YamlNode, path: str, found: list[CostcalcError]) -> None:
    """Report tags; refuse cycles, and aliases that multiply beyond the limits."""
    sizes: dict[int, int] = {}

    def children(node: YamlNode) -> list[YamlNode]:
        if isinstance(node, MappingNode):
            return [part for pair in node.value for part in pair]
        return list(node.value) if isinstance(node, SequenceNode) else []

    stack: list[tuple[YamlNode, bool]] = [(root, False)]
    active: set[int] = set()
    while stack:
        node, done = stack.pop()
        if done:
            active.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children(node))
            continue
        if id(node) in sizes:
            continue
        if id(node) in active:
            raise problem(path, node, "an alias stands within its own anchor")
        active.add(id(node))
        if node.tag not in (_PLAIN, _QUOTED, _COLLECTION):
            found.append(problem(path, node, f"tags such as {node.tag!r} are not allowed"))
        stack.append((node, True))
        stack.extend((child, False) for child in children(node) if id(child) not in sizes)
    if sizes[id(root)] > MAX_NODES:
        raise problem(
            path, root, f"the file is refused: aliases expand to over {MAX_NODES:,} nodes"
        )


def position(path: str, node: YamlNode, column: int = 0) -> Position:
    mark = node.start_mark
    name = node_of(node)
    if name is not None:
        return NodePosition(shown_path(path), mark.line, name)
    return Position(shown_path(path), mark.line + 1, mark.column + 1 + column)


def problem(path: str, node: YamlNode, message: str, hint: str | None = None) -> CostcalcError:
    return CostcalcError(message, position=position(path, node), hint=hint)


def is_empty(node: YamlNode) -> bool:
    """Whether there is no value, as in `key:`, `{key}` and `~`."""
    return isinstance(node, ScalarNode) and node.tag == _PLAIN and node.value in _NULLS


_NULLS = frozenset(("", "~", "null", "Null", "NULL"))


def entries(path: str, node: YamlNode, what: str, found: list[CostcalcError]) -> Entries:
    """Return the keys of a mapping with their nodes; report and leave out faulty ones."""
    if not isinstance(node, MappingNode):
        found.append(problem(path, node, f"{what} must be a mapping of keys and values"))
        return {}
    result: Entries = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            found.append(problem(path, key, f"a key of {what} must be a name"))
        elif key.value == "<<" and key.tag == _PLAIN:
            found.append(problem(path, key, "merge keys (<<) are not allowed"))
        elif key.value in result:
            first = result[key.value][0].start_mark.line + 1
            found.append(
                problem(
                    path, key, f"key '{key.value}' is given twice; the first is in line {first}"
                )
            )
        else:
            result[key.value] = key, value
    return result


def has_key(text: str, path: str, names: Container[str]) -> bool:
    """Tell whether a text is a YAML mapping with one of some keys."""
    try:
        root = compose(text, path, [])
    except CostcalcError:
        return False
    return isinstance(root, MappingNode) and any(
        isinstance(key, ScalarNode) and key.value in names for key, _ in root.value
    )
