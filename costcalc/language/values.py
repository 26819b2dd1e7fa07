"""Values as a network writes them: numbers, booleans, lists, expressions, choices, or empty."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from costcalc import units
from costcalc.errors import CostcalcError, nearest
from costcalc.language.choices import EXAMPLE, has_options, is_choice, option_nodes
from costcalc.language.expressions import (
    INDEX,
    LITERALS,
    Evaluate,
    Expression,
    Scope,
    compile_expression,
)
from costcalc.language.operators import FUNCTIONS
from costcalc.language.parsing import ExpressionError
from costcalc.language.yaml_nodes import (
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    is_empty,
    position,
    problem,
)
from costcalc.layers import LAYERS

_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_FOLLOWED_YAML_1_1 = {"yes": "true", "on": "true", "no": "false", "off": "false"}


FIELD_WORDS: dict[str, tuple[str, ...]] = {}
"""The words that fields take besides numbers, by the fields' names."""
for _layer in LAYERS.values():
    for _name, _field in _layer.fields.items():
        if _field.words:
            _before = FIELD_WORDS.get(_name, ())
            FIELD_WORDS[_name] = tuple(dict.fromkeys((*_before, *_field.words)))

DRAW = "{any}"
"""In a scope, what draws an option of a choice; no name of a network is written so."""
MAX_EXPRESSIONS = 300_000
"""Characters of different expressions in a file."""


class Value:
    """A constant, or something to compute in a scope; `node` is where it is written."""

    __slots__ = ("checked", "choices", "compute", "constant", "key", "names", "node", "size")

    def __init__(
        self,
        node: YamlNode,
        constant: Any,
        compute: Evaluate | None = None,
        size: int = 1,
        names: Iterable[str] = (),
    ) -> None:
        self.node = node
        self.names = names
        """What it looks up in a scope."""
        self.size = size
        """Roughly how many operations it takes to evaluate."""
        self.key: YamlNode | None = None
        """The key before it, where it is a field of an item."""
        self.constant = constant
        self.compute = compute
        self.checked: Any = None
        """A constant as the layer's field converts it, once the field is known."""
        self.choices: tuple[Choice, ...] = ()
        """The choices that are drawn where it is evaluated."""

    def evaluate(self, scope: Scope) -> Any:
        return self.constant if self.compute is None else self.compute(scope)

    @property
    def alternatives(self) -> Sequence[Value]:
        """What it may be: the options of a choice, or itself."""
        return (self,)

    @property
    def is_plain(self) -> bool:
        """Whether it is a number, a boolean or a list of them, known without evaluation."""
        return self.constant is not None


class Choice(Value):
    """One of several values, which is drawn where it is evaluated."""

    __slots__ = ("options", "what")

    def __init__(self, node: YamlNode, what: str, options: Sequence[Value]) -> None:
        size = 1 + max(option.size for option in options)
        names = [name for option in options for name in option.names]
        super().__init__(node, None, lambda scope: scope[DRAW](self).evaluate(scope), size, names)
        self.what = what
        """The field or param that it is the value of."""
        self.options = options
        self.choices = (self,)

    @property
    def alternatives(self) -> Sequence[Value]:
        return self.options


class ValueReader:
    """Reads the values of one file; expressions written twice are compiled once."""

    def __init__(self, path: str, constants: Mapping[str, Any], found: list[CostcalcError]) -> None:
        self.path = path
        self.constants = constants
        self.found = found
        self.used: set[str] = set()
        """The names that expressions of the file look up."""
        self.named: set[str] = set()
        """The layers and blocks that expressions of the file name, as types for `$param`."""
        self.hiding: set[str] = set()
        """Params that have the name of a layer or block: in an expression they hide it."""
        self.uses_of_index = 0
        """How often an expression has named the number of a copy."""
        self._compiled: dict[Any, Expression] = {}
        self._length = 0

    def read(
        self, key: str, node: YamlNode, names: Collection[str], words: Collection[str] = ()
    ) -> Value:
        """Read the value of a field or param `key`, whose expressions may use `names`.

        `words` are the words that the field takes besides numbers; a hint names them.

        A plain number given to a key that ends in `channels` is a declared width: alpha scales it
        when it is evaluated, and so the plain numbers of a list given to such a key.

        The words of a field are known under a key of its name only, in a block's params too: a
        block may be called `module`. There a param of that name goes before the word, but not where
        the value of a layer's field is that word alone: `axis: width`.
        """
        if isinstance(node, ScalarNode):
            text = node.value
            if text.isdigit() and len(text) <= 20 and text.isascii():
                return self._number(key, node, int(text))
            if is_empty(node):
                return self._expression(node, key, names, words, (), empty=True)
            if text in _BOOLEANS:
                return Value(node, _BOOLEANS[text])
            if units.NUMBER.fullmatch(text):
                try:
                    return self._number(key, node, units.number(text))
                except ValueError as error:
                    self.found.append(problem(self.path, node, str(error)))
                    return Value(node, 1)
            known = FIELD_WORDS.get(key, ())
            if text in words or (text in known and text not in names):
                return Value(node, text)
            return self._expression(node, text, names, words, known)
        if isinstance(node, SequenceNode):
            items = [self.read(key, item, names) for item in node.value]
            plain = [item.constant for item in items] if all(i.is_plain for i in items) else None
            if all(item.compute is None for item in items):
                return Value(node, plain)
            size = 1 + sum(item.size for item in items)
            names = [name for item in items for name in item.names]
            several = Value(
                node, plain, lambda scope: [item.evaluate(scope) for item in items], size, names
            )
            several.choices = tuple(choice for item in items for choice in item.choices)
            return several
        if is_choice(node):
            return self._choice(key, node, names, words)
        what = "mapping" if isinstance(node, MappingNode) else "node"
        if has_options(node) and isinstance(node.value[0][0], ScalarNode):
            what += f" with the key '{node.value[0][0].value[:60]}'"
        message = f"{key} must be a value (a number, a word, a list), not a {what}"
        hint = None
        place = node
        if isinstance(node, MappingNode):
            hint = EXAMPLE
            if has_options(node):  # a choice whose word is misspelt
                place = node.value[0][0]
        self.found.append(problem(self.path, place, message, hint))
        return Value(node, None)

    def _choice(
        self, key: str, node: YamlNode, names: Collection[str], words: Collection[str]
    ) -> Value:
        try:
            nodes = option_nodes(self.path, node)
        except CostcalcError as error:
            self.found.append(error)
            return Value(node, None, lambda scope: None)
        choice = Choice(node, key, [self.read(key, option, names, words) for option in nodes])
        nested = next((o for option in choice.options for o in option.choices), None)
        if nested is not None:
            self.found.append(problem(self.path, nested.node, "an option has a choice in it"))
        return choice

    def _number(self, key: str, node: YamlNode, number: Any) -> Value:
        if key.endswith("channels"):
            return Value(node, number, lambda scope: scope["scaled"](number))
        return Value(node, number)

    def _expression(
        self,
        node: ScalarNode,
        text: str,
        names: Collection[str],
        words: Collection[str],
        known: Collection[str],
        empty: bool = False,
    ) -> Value:
        hidden = frozenset(self.hiding.intersection(names)) if self.hiding else None
        own = tuple(word for word in known if word in text and word not in names)
        expression = self._compiled.get((text, hidden, own))
        if expression is None:
            self._length += len(text)
            try:
                if self._length > MAX_EXPRESSIONS:
                    raise ExpressionError(
                        f"the file's expressions have more than {MAX_EXPRESSIONS:,} characters"
                    )
                expression = compile_expression(text, self._constants_but(hidden, own))
            except ExpressionError as error:
                error.position = position(self.path, node, self._column(node, error.offset))
                self.found.append(error)
                return Value(node, None, lambda scope: None)
            self._compiled[text, hidden, own] = expression
            self.used.update(expression.names)
            self.named.update(expression.constants)
        for name, offset in expression.names.items():
            if name == INDEX:
                self.uses_of_index += 1
            if name not in names:
                message, hint = self._unknown(name, names, words, empty)
                place = position(self.path, node, self._column(node, offset))
                self.found.append(CostcalcError(message, position=place, hint=hint))
                break
        return Value(node, None, expression.evaluate, 1 + len(text) // 8, expression.names)

    def _constants_but(
        self, hidden: Collection[str] | None, words: Collection[str]
    ) -> Mapping[str, Any]:
        if not (hidden or words):
            return self.constants
        kept = {name: value for name, value in self.constants.items() if name not in (hidden or ())}
        return kept | {word: word for word in words}

    def _unknown(
        self, name: str, names: Collection[str], words: Collection[str], empty: bool
    ) -> tuple[str, str | None]:
        if empty:
            message = f"{name} is empty, and no param of that name is in scope"
            return message, f"give it a value: {name}: {next(iter(words), 1)}"
        hint = nearest(name, words) or nearest(
            name, [*names, *self.constants, *FUNCTIONS, *LITERALS]
        )
        if name == INDEX:
            hint = "the number of a copy: what stands inside of repeat or each sees it"
        elif name.lower() in _FOLLOWED_YAML_1_1:
            hint = f"did you mean '{_FOLLOWED_YAML_1_1[name.lower()]}'?"
        elif words and not hint:
            hint = f"the words it takes: {', '.join(words)}"
        return f"unknown name '{name}'", hint

    @staticmethod
    def _column(node: YamlNode, offset: int) -> int:
        """Columns from the start of a scalar to an offset in it.

        0 where it takes several lines, and where it is empty: its key is what was read.
        """
        if node.start_mark.line != node.end_mark.line or is_empty(node):
            return 0
        return offset + (1 if getattr(node, "style", None) in ("'", '"') else 0)
