"""The `published:` figures of a network: what a paper or a model's page prints for a setting."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc import units
from costcalc.errors import CostcalcError, Faults, Problems
from costcalc.language.suggestions import suggest_key
from costcalc.language.yaml_nodes import (
    Entries,
    ScalarNode,
    SequenceNode,
    YamlNode,
    entries,
    is_empty,
    problem,
)

SETTINGS = ("variant", "alpha", "resolution")
FIGURES = ("macs", "params", "top1", "top5")
_KEYS = ("source", *SETTINGS, *FIGURES, "note", "figures")


class PrintedCount(NamedTuple):
    """A printed count: the text, its value, and the weight of its last digit."""

    text: str
    value: int
    digit: Fraction

    def agreement(self, exact: int) -> str:
        """Say whether the exact count gives the printed one: rounded, truncated, or it differs."""
        if 2 * abs(self.value - exact) <= self.digit:
            return "rounded"
        if 0 <= exact - self.value < self.digit:
            return "truncated"
        return "differs"


class Figures(NamedTuple):
    """One published row; a setting that is None is the network's own."""

    source: str | None
    variant: str | None
    alpha: Fraction | None
    resolution: tuple[int, int] | None
    macs: PrintedCount | None
    params: PrintedCount | None
    top1: Fraction | None
    top5: Fraction | None
    note: str | None


def read_published(path: str, node: YamlNode | None, variants: Mapping[str, Any]) -> list[Figures]:
    """Read the rows in order; the first source is the default. Raise Problems for faulty ones."""
    if node is None or is_empty(node):
        return []
    reader = _Reader(path, variants)
    figures = reader.listed(node, {})
    if reader.found:
        raise Problems(reader.found)
    return figures


class _Reader:
    def __init__(self, path: str, variants: Mapping[str, Any]) -> None:
        self.path = path
        self.variants = variants
        self.found = Faults()

    def fail(self, node: YamlNode, message: str, hint: str | None = None) -> None:
        self.found.append(problem(self.path, node, message, hint))

    def listed(self, node: YamlNode, shared: Entries) -> list[Figures]:
        """Read a list of rows; `figures` of an entry are rows that share its other keys."""
        if not isinstance(node, SequenceNode):
            self.fail(node, "published must be a list of figures")
            return []
        figures: list[Figures] = []
        for child in node.value:
            parts = entries(self.path, child, "published figures", self.found)
            for name, (key, _) in parts.items():
                if name not in _KEYS or (name == "figures" and shared):
                    self.fail(
                        key,
                        f"unknown key '{name}' in published",
                        suggest_key(name, [k for k in _KEYS if k != name]),
                    )
            parts = {**shared, **parts}
            inner = parts.pop("figures", None)
            if inner is not None:
                figures.extend(self.listed(inner[1], {**parts}) if not shared else [])
            else:
                figures.append(self.figures(parts))
        return figures

    def figures(self, parts: Entries) -> Figures:
        variant = self.text(parts, "variant")
        if variant is not None and variant not in self.variants:
            self.fail(
                parts["variant"][1],
                f"unknown variant '{variant}'",
                suggest_key(variant, self.variants),
            )
        return Figures(
            source=self.text(parts, "source"),
            variant=variant,
            alpha=self.read(parts, "alpha", units.ratio),
            resolution=self.read(parts, "resolution", units.resolution),
            macs=self.read(parts, "macs", _printed),
            params=self.read(parts, "params", _printed),
            top1=self.read(parts, "top1", _percent),
            top5=self.read(parts, "top5", _percent),
            note=self.text(parts, "note"),
        )

    def text(self, parts: Entries, key: str) -> str | None:
        text: str | None = self.read(parts, key, str)
        return text

    def read(self, parts: Entries, key: str, convert: Any) -> Any:
        if key not in parts or is_empty(parts[key][1]):
            return None
        node = parts[key][1]
        if not isinstance(node, ScalarNode):
            self.fail(node, f"{key} must be a single value")
            return None
        try:
            return convert(node.value)
        except CostcalcError as error:
            self.fail(node, f"{key}: {error.message}", error.hint)
        except ValueError as error:
            self.fail(node, f"{key}: {error}")
        return None


def _printed(text: str) -> PrintedCount:
    value, digit = units.count(text)
    return PrintedCount(text, value, digit)


def _percent(text: str) -> Fraction:
    value = Fraction(units.number(text))
    if not 0 <= value <= 100:
        raise ValueError(f"{text!r} is not a percentage from 0 to 100")
    return value
