"""Read the options of a choice: `{any: [3, 5, 7]}`, `{any: 2..4}` or `{any: 0.25..1.0:0.25}`."""

from __future__ import annotations

from fractions import Fraction

from costcalc import units
from costcalc.errors import CostcalcError
from costcalc.language.yaml_nodes import (
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    is_empty,
    problem,
    text_of,
)
from costcalc.layers.fields import show
from costcalc.numeric.exact import whole

WORD = "any"
MAX_OPTIONS = 10_000
EXAMPLE = f"a choice is {{{WORD}: [3, 5, 7]}} or {{{WORD}: 2..4}}"


def is_choice(node: YamlNode) -> bool:
    """Whether a node is a mapping of the one key `any`."""
    return (
        isinstance(node, MappingNode)
        and len(node.value) == 1
        and isinstance(node.value[0][0], ScalarNode)
        and node.value[0][0].value == WORD
    )


def has_options(node: YamlNode) -> bool:
    """Whether a mapping of one key has what a choice has, under whatever word."""
    if not isinstance(node, MappingNode) or len(node.value) != 1:
        return False
    listed = node.value[0][1]
    is_range = isinstance(listed, ScalarNode) and ".." in listed.value
    return is_range or isinstance(listed, SequenceNode)


def option_nodes(path: str, node: YamlNode) -> list[YamlNode]:
    """The options of a choice, as nodes at their places; those of a range stand at the range.

    Raises CostcalcError where there is none, where one is given twice, and for a faulty range.
    """
    listed = node.value[0][1]
    if isinstance(listed, SequenceNode):
        found = list(listed.value)
    elif isinstance(listed, ScalarNode) and ".." in listed.value:
        try:
            found = [_number(listed, value) for value in _spaced(listed.value)]
        except ValueError as error:
            raise problem(path, listed, str(error), "such as 2..4 or 0.25..1.0:0.25") from None
    elif is_empty(listed):
        found = []
    else:
        raise problem(path, listed, f"{WORD} takes a list or a range", EXAMPLE)
    if not found:
        raise problem(path, node, "a choice needs at least one option", EXAMPLE)
    if len(found) > MAX_OPTIONS:
        raise problem(path, listed, f"a choice has at most {MAX_OPTIONS:,} options")
    seen: set[str | Fraction] = set()
    for option in found:
        if isinstance(option, MappingNode):
            raise _not_an_option(path, option)
        text = text_of(option)
        value = _value(text)
        if value in seen:
            raise problem(path, option, f"the option {text} is given twice")
        seen.add(value)
    return found


def _value(text: str) -> str | Fraction:
    """Equal for options that are one number, such as 1 and 1.0."""
    try:
        return Fraction(units.number(text))
    except ValueError:
        return text


def choice_hint(given: object) -> str | None:
    """The hint for a list where one value is wanted."""
    if not isinstance(given, list) or len(given) < 2:
        return None
    return f"to choose one of them, {{{WORD}: {show(given)}}}"


def _not_an_option(path: str, option: YamlNode) -> CostcalcError:
    if is_choice(option):
        return problem(path, option, "an option is itself a choice", "list its options here")
    return problem(path, option, "an option must be a value, not a mapping", EXAMPLE)


def _number(like: ScalarNode, value: Fraction) -> ScalarNode:
    text = units.decimal_text(value)
    return ScalarNode(like.tag, text, like.start_mark, like.end_mark)


def _spaced(text: str) -> list[Fraction]:
    """The numbers of a range: from its start in steps, and its end in any case."""
    ends, colon, by = text.partition(":")
    first, _, last = ends.partition("..")
    start, end = Fraction(units.number(first.strip())), Fraction(units.number(last.strip()))
    if colon:
        step = Fraction(units.number(by.strip()))
    elif start.denominator == end.denominator == 1:
        step = Fraction(1)
    else:
        raise ValueError(f"the range '{text}' needs a step, after a colon")
    if step <= 0:
        raise ValueError(f"the step must be above 0, not {units.decimal_text(step)}")
    if end < start:
        raise ValueError(f"the range '{text}' is reversed")
    count = (end - start) // step + 1
    if count > MAX_OPTIONS:
        raise ValueError(f"a choice has at most {MAX_OPTIONS:,} options, not {count:,}")
    values = [start + number * step for number in range(count)]
    return [whole(value) for value in (values if values[-1] == end else [*values, end])]
