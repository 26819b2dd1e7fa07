"""Where an item stands: at a line of a text, or at a node of a model file."""

from __future__ import annotations

from collections.abc import Sequence

from yaml import Mark
from yaml.nodes import Node as YamlNode


class NodeMark(Mark):
    """A node of a model file, which stands where a text has a line and a column."""

    def __init__(self, number: int, name: str, scope: Sequence[str] = ()) -> None:
        """number: of the node in the file, from 0. name: empty for the file itself. scope: the
        modules around it, the outermost first, as far as the file knows them."""
        super().__init__("", 0, number, 0, None, 0)
        self.node = name
        self.scope = tuple(scope)


def line_of(node: YamlNode) -> int | None:
    """The line of a node in its text, from 1; None in a model file, which has no lines."""
    mark = node.start_mark
    return None if isinstance(mark, NodeMark) else int(mark.line) + 1


def node_of(node: YamlNode) -> str | None:
    """The name of the model file's node that a node stands for; None in a text."""
    mark = node.start_mark
    return mark.node if isinstance(mark, NodeMark) else None


def scope_of(node: YamlNode) -> tuple[str, ...]:
    """The modules around a node of a model file."""
    mark = node.start_mark
    return mark.scope if isinstance(mark, NodeMark) else ()
