"""Every name of a text with all of its uses: params, blocks, maps and files that are included."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.language.names import COMMON, MERGES, REQUIRE, STRUCTURES
from costcalc.language.yaml_nodes import MappingNode, ScalarNode, SequenceNode, YamlNode, compose

PARAM, BLOCK, MAP, FILE = "param", "block", "map", "file"
_IDENTIFIER = re.compile(r"\$?[A-Za-z_][A-Za-z0-9_]*")
_BODIES = ("layers", "shortcut")
_NOT_EXPRESSIONS = ("pattern", "equation", "of", "name", "from", "weights")
"""Fields of items that hold text, or names of another kind."""


class Use(NamedTuple):
    """One place where a name stands: 1-based line and column of YAML."""

    kind: str
    name: str
    line: int
    column: int
    scope: int
    """The body, block or network that the name belongs to; 0 is the whole file."""
    defines: bool


class _Scope:
    """Names that are visible at a place, each with the number of the scope that it belongs to."""

    def __init__(self, params: Mapping[str, int], maps: Mapping[str, int]) -> None:
        self.params = dict(params)
        self.maps = dict(maps)


def uses(text: str, path: str) -> list[Use]:
    """Find all names of a text that is YAML, in its order; of any other, none."""
    try:
        root = compose(text, path, [])
    except CostcalcError:
        return []
    return sorted(_Finder().of_file(root), key=lambda use: (use.line, use.column))


class _Finder:
    """Walks a tree, whatever is wrong with it."""

    def __init__(self) -> None:
        self.blocks: set[str] = set()
        self.scopes = 0

    def of_file(self, root: YamlNode) -> Iterator[Use]:
        parts = _parts(root)
        blocks = _parts(_value(parts, "blocks"))
        self.blocks = set(blocks)
        params = dict.fromkeys(_parts(_value(parts, "params")), 0)
        for _, variant in _parts(_value(parts, "variants")).values():
            params |= dict.fromkeys(_parts(_value(_parts(variant), "params")), 0)
        scope = _Scope(params, {})
        inputs = _value(parts, "input")
        if isinstance(inputs, MappingNode):
            for name, (key, shape) in _parts(inputs).items():
                scope.maps[name] = 0
                yield _use(MAP, key, 0, defines=True)
                yield from self._expressions(shape, scope)
        elif inputs is not None:
            yield from self._expressions(inputs, scope)
        yield from self._params(_value(parts, "params"), scope, 0)
        for _, variant in _parts(_value(parts, "variants")).values():
            own = _parts(variant)
            for key, value in _parts(_value(own, "params")).values():
                yield _use(PARAM, key, 0)
                yield from self._expressions(value, scope)
            yield from self._expressions(_value(own, "input"), scope)
        included = _value(parts, "include")
        for node in included.value if isinstance(included, SequenceNode) else ():
            if isinstance(node, ScalarNode):
                yield _use(FILE, node, 0)
        for name, (key, block) in blocks.items():
            yield _use(BLOCK, key, 0, defines=True)
            yield from self._block(name, block, scope)
        for name, (key, fields) in _parts(_value(parts, "defaults")).items():
            if name in self.blocks:
                yield _use(BLOCK, key, 0)
            yield from self._expressions(fields, scope)
        body = dict(scope.maps)
        yield from self._body(_value(parts, "layers"), _Scope(params, body), 0)
        yield from self._maps(_value(parts, "outputs"), self.last_maps)

    last_maps: Mapping[str, int] = {}
    """The maps that the body seen last has, by name."""

    def _block(self, name: str, node: YamlNode, outer: _Scope) -> Iterator[Use]:
        self.scopes += 1
        own = self.scopes
        parts = _parts(node)
        params = _value(parts, "params")
        scope = _Scope({**outer.params, **dict.fromkeys(_parts(params), own)}, {})
        yield from self._params(params, scope, own)
        inputs = _value(parts, "inputs")
        for part in inputs.value if isinstance(inputs, SequenceNode) else ():
            if isinstance(part, ScalarNode):
                scope.maps[part.value] = own
                yield _use(MAP, part, own, defines=True)
        yield from self._body(_value(parts, "layers"), scope, own)
        yield from self._maps(_value(parts, "outputs"), self.last_maps)

    def _params(self, node: YamlNode | None, scope: _Scope, own: int) -> Iterator[Use]:
        for key, value in _parts(node).values():
            yield _use(PARAM, key, own, defines=True)
            yield from self._expressions(value, scope)

    def _body(self, node: YamlNode | None, scope: _Scope, own: int) -> Iterator[Use]:
        """A body's items; its names are its own, and hide those of bodies around it."""
        for item in node.value if isinstance(node, SequenceNode) else ():
            yield from self._item(item, scope, own)
        self.last_maps = scope.maps

    def _inner(self, node: YamlNode | None, scope: _Scope) -> Iterator[Use]:
        self.scopes += 1
        yield from self._body(node, _Scope(scope.params, scope.maps), self.scopes)

    def _item(self, item: YamlNode, scope: _Scope, own: int) -> Iterator[Use]:
        key, content = item, None
        if isinstance(item, MappingNode):
            if not item.value:
                return
            key, content = item.value[0]
        if not isinstance(key, ScalarNode):
            return
        yield from self._type(key, scope)
        if isinstance(content, SequenceNode) and key.value in STRUCTURES:
            yield from self._inner(content, scope)
            return
        if isinstance(content, SequenceNode) and key.value in MERGES:
            yield from self._branches(content, scope, own)
            return
        if not isinstance(content, MappingNode):
            yield from self._expressions(content, scope)
            return
        given = _parts(content)
        yield from self._maps(_value(given, "from"), scope.maps)
        yield from self._maps(_value(given, "weights"), scope.maps)
        for name, (_, value) in given.items():
            if name == "branches" and isinstance(value, SequenceNode):
                yield from self._branches(value, scope, own)
            elif name in _BODIES and isinstance(value, SequenceNode):
                yield from self._inner(value, scope)
            elif name not in _NOT_EXPRESSIONS and (key.value, name) != (REQUIRE, "reason"):
                yield from self._expressions(value, scope)
        names = _value(given, "name")
        for part in names.value if isinstance(names, SequenceNode) else [names]:
            if isinstance(part, ScalarNode):
                scope.maps[part.value] = own
                yield _use(MAP, part, own, defines=True)

    def _branches(self, node: SequenceNode, scope: _Scope, own: int) -> Iterator[Use]:
        """The items of branches, whose names belong to the body around them."""
        for branch in node.value:
            for item in branch.value if isinstance(branch, SequenceNode) else [branch]:
                yield from self._item(item, scope, own)

    def _type(self, key: ScalarNode, scope: _Scope) -> Iterator[Use]:
        name = key.value
        if name.startswith("$") and name[1:] in scope.params:
            yield _use(PARAM, key, scope.params[name[1:]], at=1, name=name[1:])
        elif name in self.blocks:
            yield _use(BLOCK, key, 0)

    def _maps(self, node: YamlNode | None, maps: Mapping[str, int]) -> Iterator[Use]:
        for part in node.value if isinstance(node, SequenceNode) else [node]:
            if isinstance(part, ScalarNode) and part.value in maps:
                yield _use(MAP, part, maps[part.value])

    def _expressions(self, node: YamlNode | None, scope: _Scope) -> Iterator[Use]:
        """Names of params and blocks in values."""
        if isinstance(node, SequenceNode):
            for part in node.value:
                yield from self._expressions(part, scope)
        elif isinstance(node, MappingNode):
            for key, value in node.value:
                if not (isinstance(key, ScalarNode) and key.value in COMMON[:2]):
                    yield from self._expressions(value, scope)
        elif isinstance(node, ScalarNode):
            quoted = int(node.start_mark.column != node.end_mark.column - len(node.value))
            if node.start_mark.line != node.end_mark.line or (quoted and "'" in node.value):
                return
            for match in _IDENTIFIER.finditer(node.value):
                name = match[0].lstrip("$")
                at = match.end() - len(name) + quoted
                if name in scope.params:
                    yield _use(PARAM, node, scope.params[name], at=at, name=name)
                elif name in self.blocks:
                    yield _use(BLOCK, node, 0, at=at, name=name)


def _use(
    kind: str,
    node: YamlNode,
    scope: int,
    *,
    defines: bool = False,
    at: int | None = None,
    name: str | None = None,
) -> Use:
    mark = node.start_mark
    text = str(node.value)
    if at is None:  # a quoted name begins behind its quote
        at = int(node.end_mark.column - mark.column > len(text))
    return Use(
        kind, text if name is None else name, mark.line + 1, mark.column + 1 + at, scope, defines
    )


def _parts(node: YamlNode | None) -> dict[str, tuple[ScalarNode, YamlNode]]:
    if not isinstance(node, MappingNode):
        return {}
    return {key.value: (key, value) for key, value in node.value if isinstance(key, ScalarNode)}


def _value(parts: Mapping[str, tuple[ScalarNode, YamlNode]], key: str) -> YamlNode | None:
    return parts[key][1] if key in parts else None
