"""What a file says where it has alpha, rho, resolution or batch in a place that is not theirs."""

from __future__ import annotations

from costcalc.language.choices import WORD, is_choice
from costcalc.language.names import is_identifier
from costcalc.language.yaml_nodes import ScalarNode, SequenceNode, YamlNode, text_of

LONGEST = 60
"""Characters of a value that a hint repeats."""
_SHAPE = ["3", "224", "224"]


def knob_hint(key: str, given: YamlNode, own: YamlNode | None) -> str | None:
    """The hint for a key that a file does not have: what to write instead of what is given.

    own: the input of the file.
    """
    channels, *sides = _shape(own)
    if key == "alpha":
        return f"alpha is a key of the file: alpha: 0.5, or to choose, alpha: {{{WORD}: [0.5, 1]}}"
    if key == "batch":
        return "--batch says how many samples"
    if key == "rho":
        scaled = [f"round({_factor(side)} * ratio)" for side in sides]
        chosen = _chosen(channels, scaled, "ratio", given, "[0.5, 1]")
        return f"--rho scales the sides of input; {chosen}"
    if key == "resolution":
        text = text_of(given)
        if isinstance(given, ScalarNode) and text.isdecimal() and len(text) < LONGEST:
            return f"input has the sides: [{channels}, {text}, {text}]"
        chosen = _chosen(channels, ["side", "side"], "side", given, "[160, 192, 224]")
        return f"input has the sides: [{', '.join((channels, *sides))}]; {chosen}"
    return None


def _chosen(channels: str, sides: list[str], param: str, given: YamlNode, example: str) -> str:
    options = text_of(given.value[0][1]) if is_choice(given) else ""
    if not 0 < len(options) <= LONGEST:
        options = example
    shape = ", ".join((channels, *sides))
    return f"to choose, input: [{shape}] and params: {{{param}: {{{WORD}: {options}}}}}"


def _shape(own: YamlNode | None) -> list[str]:
    """The channels and the sides of an image that a file has as its input; else an example."""
    parts = own.value if isinstance(own, SequenceNode) else []
    texts = [text_of(part) for part in parts if isinstance(part, ScalarNode)]
    is_image = len(texts) == len(parts) == len(_SHAPE) and all(texts)
    return texts if is_image and sum(map(len, texts)) <= LONGEST else _SHAPE


def _factor(side: str) -> str:
    return side if side.isdecimal() or is_identifier(side) else f"({side})"
