"""The args of an Ultralytics row as fields of what the row becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.errors import CostcalcError
from costcalc.importers.nodes import Made, node
from costcalc.importers.ultralytics.modules import OF_FILE, OF_SCALE, activation_word
from costcalc.importers.ultralytics.rows import Row, whole
from costcalc.language.item import Blocks, Signature
from costcalc.language.yaml_nodes import ScalarNode, SequenceNode, YamlNode, is_empty, problem

_OF_FILE = frozenset(("legacy", "points", "dims", *OF_FILE)).union(
    param for params in OF_SCALE.values() for param, _, _ in params
)
"""Params of shipped blocks that no arg gives: the file does."""

_KEYS = {"nc": "nc: 80", "kpt_shape": "kpt_shape: [17, 3]"}
"""Keys of a file that args name, with an example."""


def names_anchors(row: Row) -> bool:
    """Whether a row is a head of YOLOv5's own, whose second arg is the file's anchors."""
    return [str(arg.value) for arg in row.args[1:2]] == ["anchors"]


class Args:
    """A row and the file around it."""

    def __init__(
        self, file: Blocks, row: Row, keys: Mapping[str, YamlNode], newer: bool, anchored: bool
    ) -> None:
        """newer: whether heads are of the newer kind; anchored: whether the file is YOLOv5's."""
        self.file = file
        self.row = row
        self.keys = keys
        self.newer = newer
        self.anchored = anchored

    def fault(self, at: YamlNode, message: str, hint: str | None = None) -> CostcalcError:
        return problem(self.file.path, at, f"row {self.row.number}: {message}", hint)

    def of_concat(self) -> dict[str, Made]:
        args = self.row.args
        if args and whole(args[0]) != 1:
            raise self.fault(args[0], "Concat is along the channels", "args: [1]")
        return {}

    def of_layer(self, layer: str, names: Sequence[str]) -> dict[str, Made]:
        given = self._named(names)
        if "out_channels" in given and layer == "conv_transpose2d":
            given["out_channels"] = self._width(self.row.args[0])
        if layer in ("max_pool2d", "avg_pool2d", "conv2d"):
            given.setdefault("padding", "valid")
        if layer == "zero_pad2d":
            given["padding"] = self._around(self.row.args[0])
        if layer == "conv2d":
            given.setdefault("bias", True)
        if self.row.repeats > 1:
            given["repeat"] = self._repeats()
        return given

    def _around(self, at: YamlNode) -> Made:
        """PyTorch's order is left, right, top, bottom; ours is top, bottom, left, right."""
        if not isinstance(at, SequenceNode) or len(at.value) != 4:
            return at
        left, right, top, bottom = at.value
        return [top, bottom, left, right]

    def of_block(self, block: Signature, is_own: bool) -> dict[str, Made]:
        params = list(block.params) if is_own else _given_by_args(block)
        takes_repeats = "n" in params
        given = self._named([name for name in params if name != "n"])
        if takes_repeats:
            given["n"] = self._repeats()
        elif self.row.repeats > 1:
            given["repeat"] = self._repeats()
        if params[:1] == ["out_channels"] and self.row.args and not self._is_as_it_is:
            given["out_channels"] = self._width(self.row.args[0])
        for param, of_network, _ in OF_SCALE.get(self.row.name, ()):
            given[param] = of_network
        if "points" in block.params and "kpt_shape" in self.keys:
            given.update(self._points())
        if "legacy" in block.params:
            given["legacy"] = not self.newer
        if self.anchored and self.row.name == "Bottleneck":
            given["first_kernel"] = 1
        if self.row.name == "C2fAttn":
            given.update(self._text_heads(given))
        for name, key in OF_FILE.items():
            if name in block.params and key in self.keys:
                given[name] = key
        if "npr" in given:
            given["npr"] = self._width(self.row.args[params.index("npr")])
        return given

    def _points(self) -> dict[str, Made]:
        """How many points a pose has, and how many numbers each."""
        shape = self.keys["kpt_shape"]
        sides = shape.value if isinstance(shape, SequenceNode) else []
        return dict(zip(("points", "dims"), sides, strict=False))

    def _text_heads(self, given: Mapping[str, Made]) -> dict[str, Made]:
        """The heads of C2fAttn at a scale; its embedding is as wide as it is inside."""
        heads = given.get("nh")
        if not isinstance(heads, ScalarNode) or "width" not in self._scaled:
            return {}
        most = f"min({heads.value}, max_channels // 64)"
        return {"nh": node(f"floor(max({most} * width, 1))", heads)}

    def _named(self, names: Sequence[str]) -> dict[str, Made]:
        """The args by the names of fields, without those that are None."""
        args = self.row.args
        if self.row.name == "SPP" and len(args) == 2 and isinstance(args[1], SequenceNode):
            args = [args[0], *args[1].value]
        if self._is_as_it_is:
            args = args[1:]
            if len(args) > 1 and whole(args[1]) != 3:
                raise self.fault(args[1], "RepConv has a kernel of 3", "args: [64, 64, 3, 1]")
        if len(args) > len(names):
            known = f"its args are [{', '.join(names)}]" if names else "it takes none"
            raise self.fault(args[len(names)], f"{self.row.name} has an arg too many: {known}")
        given: dict[str, Made] = {}
        for name, arg in zip(names, args, strict=False):
            value = self._activation(arg) if name == "act" else self._value(arg)
            if value is not None and name:
                given[name] = value
        return given

    def _value(self, arg: YamlNode) -> Made:
        """An arg as a value: a number, a word, the name of a key of the file; None where it says
        nothing."""
        is_none = isinstance(arg, ScalarNode) and (is_empty(arg) or arg.value == "None")
        if self.anchored and arg.value == "anchors":
            return self._anchors(arg)
        if isinstance(arg, ScalarNode) and arg.value in _KEYS and arg.value not in self.keys:
            raise self.fault(arg, f"the file has no key {arg.value}", _KEYS[arg.value])
        return None if is_none else arg

    def _anchors(self, arg: YamlNode) -> Made:
        """How many anchors each place has: YOLOv5's key has their sizes, or says it."""
        value = self.keys.get("anchors")
        first = value.value[0] if isinstance(value, SequenceNode) and value.value else value
        if isinstance(first, SequenceNode) and len(first.value) % 2 == 0:
            return node(len(first.value) // 2, arg)
        if first is None or whole(first) is None:
            example = "anchors: [[10, 13, 16, 30, 33, 23]], width and height of each, or anchors: 3"
            raise self.fault(first or arg, "the key anchors has a list for each level", example)
        return first

    def _activation(self, arg: YamlNode) -> Made:
        """True is the usual activation, False none, and nn.ReLU() is itself."""
        text = str(arg.value) if isinstance(arg, ScalarNode) else ""
        if text in ("True", "true", "None", ""):
            return None
        if text in ("False", "false"):
            return node("none", arg)
        word = activation_word(text)
        if word is None:
            raise self.fault(arg, f"unknown activation '{text[:40]}'", "nn.ReLU(), or False")
        return node(word, arg)

    @property
    def _is_as_it_is(self) -> bool:
        """Whether args are the module's own, with in_channels: RepConv's, but where a fork gives it
        a width and its kernel of 3."""
        args = self.row.args
        is_own = self.row.name in self.file.own_names
        return self.row.name == "RepConv" and not is_own and len(args) > 1 and whole(args[1]) != 3

    def _width(self, arg: YamlNode) -> Made:
        """A width at a scale: at most max_channels, times width, up to a multiple of 8."""
        text = arg.value if isinstance(arg, ScalarNode) else ""
        if "width" not in self._scaled:
            number = whole(arg)
            return arg if number is None else node(-(-number // 8) * 8, arg)
        most = f"min({text}, max_channels)" if "max_channels" in self._scaled else text
        return node(f"8 * ceil({most} * width / 8)", arg)

    @property
    def _scaled(self) -> Sequence[str]:
        if "scales" in self.keys:
            return ("depth", "width", "max_channels")
        return [key.removesuffix("_multiple") for key in self.keys if key.endswith("_multiple")]

    def _repeats(self) -> Made:
        """Repeats at a scale: times depth, to the nearest whole number, of two to the even one."""
        count = self.row.repeats
        at = self.row.at.value[1]
        if count == 1 or "depth" not in self._scaled:
            return node(count, at)
        half = f"{count // 2} * depth" if count % 2 == 0 else f"{count} * depth / 2"
        return node(f"max(1, ceil({half} - 1/4) + floor({half} + 1/4))", at)


def _given_by_args(block: Signature) -> list[str]:
    """The params of a shipped block that args give: those before the first that is worked out."""
    names: list[str] = []
    for name, default in block.params.items():
        if default is not None and default.names:
            break
        if name not in _OF_FILE:
            names.append(name)
    return names
