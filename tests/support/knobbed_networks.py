"""Random networks whose widths, sides, layers and structure depend on alpha, rho and params."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import yaml


class Drawing:
    """Draws a network as YAML text; the same seed draws the same network."""

    names_of_sides: Sequence[str] = ("in_height", "in_width")

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def of(self, *choices: object) -> str:
        return str(self.random.choice(choices))

    def chance(self, one_in: int) -> bool:
        return self.random.randrange(one_in) == 0

    def number(self, depth: int = 2) -> str:
        """An expression of a number."""
        if depth == 0 or self.chance(3):
            return self.of(
                *range(1, 40), "alpha", "rho", "n", "w", "x", "in_channels", *self.names_of_sides
            )
        a, b = self.number(depth - 1), self.number(depth - 1)
        return self.of(
            f"({a} + {b})",
            f"({a} - {b})",
            f"({a} * {b})",
            f"({a} / {self.divisor(b)})",
            f"({a} // {self.divisor(b)})",
            f"({a} % {self.divisor(b)})",
            f"max({a}, {b})",
            f"min({a}, {b}, {self.of(4, 'n', 'w')})",
            f"floor({a})",
            f"ceil({a})",
            f"round({a})",
            f"divisible({a}, {self.of(2, 4, 8, 'n')})",
            f"scaled({self.of(8, 12, 30, 'w')})",
            f"({a} if {self.condition(depth - 1)} else {b})",
        )

    def divisor(self, text: str) -> str:
        return self.of(2, 3, 4, "n", f"max(1, {text})", text)

    def condition(self, depth: int = 1) -> str:
        a, b = self.number(depth), self.number(depth)
        comparison = f"{a} {self.of('<', '<=', '>', '>=', '==', '!=')} {b}"
        if depth and self.chance(3):
            word, other = self.of("and", "or"), self.condition(depth - 1)
            comparison = f"({comparison}) {word} {self.of('', 'not ')}({other})"
        return comparison

    def width(self) -> str:
        rule = self.of("floor", "ceil", "round", "divisible")
        if self.chance(4):
            return self.of("in_channels / 2", "in_channels / 4", "w / 2", "w * x")
        return f"max(1, min(200, {rule}({self.number()})))"

    def layer(self) -> tuple[str, dict[str, object]]:
        """A layer's type and its fields."""
        shared: dict[str, object] = {"kernel_size": self.random.choice([1, 1, 3])}
        if self.chance(4):
            shared["stride"] = self.random.choice([2, f"2 if {self.condition()} else 1"])
        if self.chance(5):
            shared["padding"] = self.random.choice(["same", "valid", 1])
        width = self.random.choice([8, 16, self.width(), self.width()])
        choices: list[tuple[str, dict[str, object]]] = [
            ("conv2d", {"out_channels": width, **shared}),
            ("depthwise_conv2d", shared),
            ("pointwise_conv2d", {"out_channels": width}),
            ("conv2d", {"out_channels": width, "groups": self.of(1, 2, "n"), **shared}),
            ("relu", {}),
            ("batch_norm", {}),
            ("max_pool2d", {"kernel_size": 2}),
            ("$kind", {}),
        ]
        return self.random.choice(choices)

    def item(self, depth: int) -> dict[str, object]:
        kind = self.of("layer", "layer", "layer", "layer", "sequence", "residual", "concat")
        fields: dict[str, object]
        if kind == "layer" or not depth:
            kind, fields = self.layer()
        elif kind == "concat":
            other = ("pointwise_conv2d", {"out_channels": 6})
            fields = {
                "branches": [["identity"], [dict([self.random.choice([other, ("relu", {})])])]]
            }
        else:
            fields = {"layers": [self.item(depth - 1) for _ in range(self.random.randint(1, 2))]}
        if kind == "residual":
            if self.chance(2):
                fields["layers"] = [{"relu": {}}, {"batch_norm": {"when": self.condition()}}]
            elif self.chance(2):
                fields["shortcut_when"] = self.condition()
        if self.chance(3):
            fields["when"] = self.condition()
        if self.chance(4):
            count = f"max(0, min(4, round({self.number()})))"
            fields["repeat"] = self.random.choice([2, 5, "n", count])
        return {kind: fields}


def network(seed: int) -> str:
    """A network; about half of them are valid at many settings."""
    drawing = Drawing(seed)
    kind: object = drawing.of("relu", "tanh")
    if drawing.chance(3):
        kind = f"kinds[0] if {drawing.condition(0)} else kinds[1]"
    stem = {"conv2d": {"out_channels": "scaled(16)", "kernel_size": 3, "stride": 2}}
    layers = [stem, *(drawing.item(2) for _ in range(drawing.random.randint(2, 6)))]
    require_something(layers, seed)
    tree = {
        "input": [3, drawing.random.choice([16, 24, 33]), drawing.random.choice([16, 24])],
        "rounding": drawing.random.choice(["floor", "nearest", {"divisor": 8}]),
        "params": {
            "n": drawing.random.choice([2, 3]),
            "w": drawing.random.choice([8, 12, 30]),
            "x": drawing.random.choice([0.5, 0.75, 1.5]),
            "kinds": ["relu", "tanh"],
            "kind": kind,
        },
        "layers": layers,
    }
    return yaml.safe_dump(tree, sort_keys=False)


def require_something(layers: list[dict[str, object]], seed: int) -> None:
    """Add a condition that a network must meet to one in three, in a body of its own too."""
    drawing = Drawing(-1 - seed)
    if not drawing.chance(3):
        return
    fields = {"condition": f"{drawing.condition()} or {drawing.condition()}"}
    if drawing.chance(2):
        fields["when"] = drawing.condition()
    required: dict[str, object] = {"require": fields}
    if drawing.chance(2):
        required = {"sequence": {"layers": [required, "relu"], "repeat": drawing.of("n", 2)}}
    layers.insert(drawing.random.randint(1, len(layers)), required)
