"""The text of an ncnn file: a line a layer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.importers.nodes import Made, place
from costcalc.language.yaml_nodes import YamlNode, problem

MAX_LAYERS = 20_000
_NUMBER = re.compile(r"(-?[0-9]{1,6})=(.*)")
_ARRAY = -23300


class Layer(NamedTuple):
    """A line as it was read."""

    path: str
    type: str
    name: str
    inputs: list[str]
    outputs: list[str]
    numbers: Mapping[int, list[str]]
    at: YamlNode

    def number(self, key: int, default: int) -> int:
        """A whole number by its id. Raises CostcalcError for anything else."""
        if key not in self.numbers:
            return default
        text = self.numbers[key][0] if self.numbers[key] else ""
        try:
            value = float(text)
        except ValueError:
            value = 0.5
        if not value.is_integer() or abs(value) > 2**31:
            raise self.fault(f"{key}={text[:40]} is no whole number")
        return int(value)

    def listed(self, key: int) -> list[int]:
        """Whole numbers of an array."""
        return [
            self._replace(numbers={0: [text]}).number(0, 0) for text in self.numbers.get(key, [])
        ]

    def pair(self, width: int, height: int, default: int) -> list[Made]:
        """Height and width, of which the width stands for both unless the height is given."""
        across = self.number(width, default)
        return [self.number(height, across), across]

    def fault(self, message: str, hint: str | None = None) -> CostcalcError:
        return problem(self.path, self.at, f"{self.type[:40]} {self.name[:60]}: {message}", hint)


def read_layers(text: str, path: str, found: list[CostcalcError]) -> list[Layer]:
    """Read every line behind the two of the head; report those that are no layers."""
    layers: list[Layer] = []
    expected, last = 0, place(1)
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if number == 2 and len(words) == 2:
            expected = int(words[0]) if words[0].isdigit() and len(words[0]) < 6 else 0
            continue
        if number == 1 or not words:
            continue
        at = last = place(number, len(line) - len(line.lstrip()) + 1)
        if len(layers) == MAX_LAYERS:
            found.append(problem(path, at, f"a file has at most {MAX_LAYERS:,} layers"))
            break
        try:
            layers.append(_layer(path, at, words))
        except CostcalcError as error:
            found.append(error)
            if len(found) > 50 or words[0].startswith("pnnx."):
                break
    if len(layers) < expected and not found:
        what = f"the file has {len(layers)} of the {expected} layers that line 2 states"
        found.append(problem(path, last, what, "the rest is cut off, or line 2 is wrong"))
    return layers


def _layer(path: str, at: YamlNode, words: Sequence[str]) -> Layer:
    if words[0].startswith("pnnx."):
        hint = "the file for ncnn lies beside it: model.ncnn.param"
        raise problem(path, at, "this is a file of pnnx, which ncnn does not read", hint)
    counts = [int(word) if word.isdigit() and len(word) < 6 else -1 for word in words[2:4]]
    if len(words) < 4 or min(counts) < 0 or len(words) < 4 + sum(counts):
        raise problem(
            path,
            at,
            "a layer is its type, its name, two numbers of blobs and their names",
            "Convolution conv1 1 1 data conv1 0=32 1=3 6=864",
        )
    start = 4 + counts[0]
    end = start + counts[1]
    numbers: dict[int, list[str]] = {}
    for word in words[end:]:
        match = _NUMBER.fullmatch(word)
        if match is None:
            raise problem(path, at, f"'{word[:40]}' is no id with a value", "such as 0=32")
        key, value = int(match[1]), match[2].split(",")
        if key <= _ARRAY:
            key, value = _ARRAY - key, value[1:]  # the first says how many follow
        numbers[key] = value
    return Layer(
        path, words[0], words[1], list(words[4:start]), list(words[start:end]), numbers, at
    )
