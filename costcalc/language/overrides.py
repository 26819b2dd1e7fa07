"""Values that replace params of a network: from `--set NAME=VALUE` or a call in Python."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError, Faults, nearest
from costcalc.language.expressions import KNOBS
from costcalc.language.network_file import NetworkFile
from costcalc.language.values import Value, ValueReader
from costcalc.language.yaml_nodes import compose
from costcalc.numeric.exact import Number


def check_param(file: NetworkFile, name: str) -> None:
    """Raise CostcalcError if the network has no param of this name."""
    known = file.network_params
    if name in known:
        return
    if name == "variant":
        raise CostcalcError("a variant is chosen by load(net, variant)")
    hint = nearest(name, known) or (f"it has {', '.join(known)}" if known else "it has none")
    if name in KNOBS:
        hint = f"--{name} gives it one value; {hint}"
    raise CostcalcError(f"the network has no param '{name}'", hint=hint)


def check_knob(file: NetworkFile, name: str) -> None:
    """Raise CostcalcError for a name that is neither a param nor a knob of every network."""
    knobs = ("alpha", "rho", "resolution", "batch", *file.network_params)
    if name not in knobs:
        raise CostcalcError(
            f"the network has no knob '{name}'",
            hint=nearest(name, knobs) or f"it has {', '.join(knobs)}",
        )


def read_override(file: NetworkFile, name: str, given: Any) -> Value:
    """Read the value of a param: a number, boolean or list, or a text as a network spells it."""
    check_param(file, name)
    if isinstance(given, Fraction):
        return number_override(file, name, given)
    found = Faults()
    place = f"the value of {name}"
    try:
        node = compose(_as_yaml(given), place, found)
        values = ValueReader(place, file.constants, found)
        value = values.read(name, node, (*file.network_params, *KNOBS))
    except CostcalcError as error:
        found.append(error)
    if found:
        first = found[0].problems[0]
        raise CostcalcError(f"{name}: {first.message}", hint=first.hint)
    file.values.named.update(values.named)
    return value


def read_overrides(file: NetworkFile, given: Mapping[str, Any]) -> dict[str, Value]:
    """Read the values of params; those that were read before stay."""
    return {
        name: value if isinstance(value, Value) else read_override(file, name, value)
        for name, value in given.items()
    }


def number_override(file: NetworkFile, name: str, number: Number) -> Value:
    """Make a param's value of a number of any kind; alpha scales it as it scales a plain one."""
    like = read_override(file, name, 1)
    if like.compute is None:
        return Value(like.node, number)
    return Value(like.node, number, lambda scope: scope["scaled"](number))


def _as_yaml(value: Any) -> str:
    """Spell a Python value as a network would; a text is an expression."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_as_yaml, value))}]"
    if isinstance(value, float):
        raise CostcalcError("values are exact: give a text, an int or a Fraction, not a float")
    return str(value)
