"""JSON with the places of its values: JSON is YAML, whose nodes know where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from costcalc.errors import CostcalcError
from costcalc.language.yaml_nodes import (
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    compose,
    is_empty,
    problem,
)

_DIGITS = re.compile(r"[0-9]{1,9}")


def is_whole(text: object) -> bool:
    """Whether a value is a whole number, as it is written, of a usual size."""
    return isinstance(text, str) and _DIGITS.fullmatch(text) is not None


class Entry:
    """An object of JSON; what it lacks is None, or the default that is asked for."""

    def __init__(self, path: str, at: YamlNode) -> None:
        self.path = path
        self.at = at
        pairs = at.value if isinstance(at, MappingNode) else ()
        self.parts: dict[str, YamlNode] = {
            key.value: value for key, value in pairs if isinstance(key, ScalarNode)
        }

    def fault(
        self, message: str, hint: str | None = None, at: YamlNode | None = None
    ) -> CostcalcError:
        return problem(self.path, at or self.at, message, hint)

    def __contains__(self, key: str) -> bool:
        return key in self.parts and not is_empty(self.parts[key])

    def entry(self, key: str) -> Entry:
        """The object of a key; an empty one, at the place of this one, where there is none."""
        found = Entry(self.path, self.parts[key] if key in self else self.at)
        if key not in self:
            found.parts = {}
        return found

    def entries(self, key: str) -> Iterator[Entry]:
        """The objects in a list."""
        for one in self.listed(key):
            yield Entry(self.path, one)

    def listed(self, key: str) -> list[YamlNode]:
        node = self.parts.get(key)
        return list(node.value) if isinstance(node, SequenceNode) else []

    def text(self, key: str, default: str = "") -> str:
        node = self.parts.get(key)
        return str(node.value) if isinstance(node, ScalarNode) and key in self else default

    def flag(self, key: str, default: bool) -> bool:
        """True or false. Raises CostcalcError for anything else."""
        word = self.text(key, str(default).lower())
        if word not in ("true", "false"):
            raise self.fault(f"{key} must be true or false", at=self.parts[key])
        return word == "true"

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number. Raises CostcalcError for anything else, or for none without a default."""
        if key not in self:
            if default is None:
                raise self.fault(f"{key} is missing")
            return default
        return self.whole_of(key, self.parts[key])

    def wholes(self, key: str, count: int, default: int | None = None) -> list[int]:
        """Whole numbers, as many as there are sides; one number stands for all."""
        node = self.parts.get(key)
        if isinstance(node, SequenceNode):
            found = [self.whole_of(key, one) for one in node.value]
            if len(found) == count:
                return found
            if len(found) != 1:
                raise self.fault(f"{key} must be {count} numbers", at=node)
            return found * count
        return [self.whole(key, default)] * count

    def whole_of(self, key: str, node: YamlNode) -> int:
        """The whole number at a node. Raises CostcalcError for anything else."""
        text = node.value if isinstance(node, ScalarNode) else ""
        try:
            value = float(text)
        except ValueError:
            value = 0.5
        if not value.is_integer() or abs(value) > 10**12:
            raise self.fault(f"{key} must be a whole number, not '{str(text)[:40]}'", at=node)
        return int(value)


def read_json(text: str, path: str, what: str) -> Entry:
    """Read an object. Raises CostcalcError where the text is none."""
    found: list[CostcalcError] = []
    root = compose(text, path, found)
    if found:
        raise found[0]
    if not isinstance(root, MappingNode):
        raise problem(path, root, f"{what} is an object: {{...}}")
    return Entry(path, root)
