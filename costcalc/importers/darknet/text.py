"""The text of a Darknet file: sections with keys, each at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.nodes import place
from costcalc.language.yaml_nodes import YamlNode, problem

MAX_SECTIONS = 5000
_ACTIVATIONS = {
    "linear": "none",
    "leaky": "leaky_relu",
    "relu": "relu",
    "relu6": "relu6",
    "logistic": "sigmoid",
    "swish": "silu",
    "mish": "mish",
    "hard_mish": "mish",
    "gelu": "gelu",
    "elu": "elu",
    "selu": "elu",
    "tanh": "tanh",
    "loggy": "sigmoid",
    "ramp": "relu",
    "hardtan": "relu6",
}
_OTHER_NAMES = {
    "conv": "convolutional",
    "max": "maxpool",
    "avg": "avgpool",
    "conn": "connected",
    "local_avg": "local_avgpool",
    "soft": "softmax",
    "Gaussian_yolo": "yolo",
}


class Section(NamedTuple):
    """A section: its name and its keys, each with its place in the text."""

    name: str
    at: YamlNode
    keys: Mapping[str, tuple[str, YamlNode]]


class Keys:
    """The keys of a section, as numbers and words."""

    def __init__(self, section: Section, path: str) -> None:
        self.section = section
        self.path = path

    def fault(self, key: str, message: str, hint: str | None = None) -> CostcalcError:
        at = self.section.keys[key][1] if key in self.section.keys else self.section.at
        return problem(self.path, at, f"[{self.section.name}] {message}", hint)

    def number(self, key: str, least: int = 0, default: int | None = None) -> int | None:
        """A whole number. Raises CostcalcError for anything else."""
        if key not in self.section.keys:
            return default
        text = self.section.keys[key][0]
        if not re.fullmatch(r"-?[0-9]{1,9}", text) or int(text) < least:
            raise self.fault(key, f"{key} must be a whole number from {least}, not '{text[:40]}'")
        return int(text)

    def given(self, key: str, default: int, least: int = 0) -> int:
        """A whole number that has a default."""
        value = self.number(key, least, default)
        assert value is not None
        return value

    def word(self, key: str, default: str) -> str:
        return self.section.keys[key][0] if key in self.section.keys else default

    def numbers(self, key: str) -> list[int]:
        """Numbers with commas between them."""
        if key not in self.section.keys:
            raise self.fault(key, f"needs {key}")
        parts = [part for part in self.section.keys[key][0].split(",") if part]
        if not parts or not all(re.fullmatch(r"-?[0-9]{1,9}", part) for part in parts):
            raise self.fault(key, f"{key} must be numbers with commas between them")
        return [int(part) for part in parts]

    def activation(self, default: str) -> str:
        word = self.word("activation", default)
        if word not in _ACTIVATIONS:
            raise self.fault(
                "activation", f"unknown activation '{word[:40]}'", nearest(word, _ACTIVATIONS)
            )
        return _ACTIVATIONS[word]


def read_sections(text: str, path: str, found: list[CostcalcError]) -> list[Section]:
    """Read the lines; the first key of a name counts, as in Darknet."""
    sections: list[Section] = []
    keys: dict[str, tuple[str, YamlNode]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        bare = "".join(re.split("[#;]", line, maxsplit=1)[0].split())
        if not bare:
            continue
        at = place(number, len(line) - len(line.lstrip()) + 1)
        if bare.startswith("["):
            if not bare.endswith("]") or len(bare) < 3:
                found.append(problem(path, at, f"'{bare[:40]}' is no section", "[convolutional]"))
            if len(sections) == MAX_SECTIONS:
                found.append(problem(path, at, f"a file has at most {MAX_SECTIONS:,} sections"))
                break
            keys = {}
            name = bare.strip("[]")
            sections.append(Section(_OTHER_NAMES.get(name, name), at, keys))
            continue
        key, equals, value = bare.partition("=")
        if not equals:
            found.append(problem(path, at, f"'{bare[:40]}' is no key with a value", "filters=32"))
        else:
            keys.setdefault(key, (value, at))
    return sections
