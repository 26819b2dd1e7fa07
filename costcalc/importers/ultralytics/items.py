"""The rows of an Ultralytics model as items.

A module is a block whose params stand in the order of a row's args. A param called `n` takes the
row's repeats; without one, the module is repeated. A first param `out_channels` is a width, which
the scale multiplies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.nodes import Made, node
from costcalc.importers.ultralytics.modules import (
    ASKS,
    LAYERS,
    MASKS,
    NEWER_HEADS,
    OF_FILE,
    OF_SCALE,
    PARTS,
    activation_word,
)
from costcalc.importers.ultralytics.rows import Row, whole
from costcalc.language.item import Blocks, Signature
from costcalc.language.yaml_nodes import (
    ScalarNode,
    SequenceNode,
    YamlNode,
    is_empty,
    problem,
)


def items(
    file: Blocks, rows: Sequence[Row], keys: Mapping[str, YamlNode], at: YamlNode
) -> SequenceNode:
    """Make the items of all rows, and report rows that no block fits."""
    newer = any(row.name in NEWER_HEADS for row in rows)
    asks = any(row.name in ASKS for row in rows)
    made: list[Made] = []
    text: Made = "text"  # the texts as the image has changed them so far
    for row in rows:
        try:
            read = "text" if row.name == "WorldDetect" else text
            made += _Item(file, row, keys, newer, read, asks).made()
        except CostcalcError as error:
            file.found.append(error)
            made.append(node({"identity": {"name": row.number}}, row.at))
        if row.name == "ImagePoolingAttn":
            text = row.number
    result = node(made, at)
    assert isinstance(result, SequenceNode)
    return result


class _Item:
    """A row while its item is made."""

    def __init__(
        self,
        file: Blocks,
        row: Row,
        keys: Mapping[str, YamlNode],
        newer: bool,
        text: Made,
        asks: bool,
    ) -> None:
        self.file = file
        self.text = text
        self.row = row
        self.keys = keys
        self.newer = newer
        self.start = "image" if asks else "input"

    def fault(self, at: YamlNode, message: str, hint: str | None = None) -> CostcalcError:
        return problem(self.file.path, at, f"row {self.row.number}: {message}", hint)

    def made(self) -> list[Made]:
        """The items of the row: one, and for a head with masks another."""
        row = self.row
        if row.name == "Concat":
            return [self._item("concat", self._concat())]
        if row.name == "CBLinear":
            return self._linear_parts()
        if row.name == "CBFuse":
            return self._fused_parts()
        layer = LAYERS.get(row.name)
        if layer:
            return [self._item(layer[0], self._of_layer(*layer))]
        block = self.file.blocks.get(row.name)
        is_own = block is not None and row.name in self.file.own_names
        if block is None or (row.name in PARTS and not is_own):
            raise self._unknown()
        fields = self._of_block(block)
        items = [self._item(row.name, fields)]
        if row.name in MASKS:
            makes = MASKS[row.name]
            known = self.file.blocks[makes].params
            masks = {name: value for name, value in fields.items() if name in known}
            reads: Made = list(row.sources) if makes == "Proto26" else row.sources[0]
            proto = {"name": f"{row.number}.proto", "from": reads, **masks}
            items.append({node(makes, row.module): proto})  # type: ignore[dict-item]
        return items

    def _item(self, type_: str, fields: dict[str, Made]) -> Made:
        row = self.row
        beside: dict[str, Made] = {"name": row.number}
        block = self.file.blocks.get(type_)
        reads_text = block is not None and "text" in (block.inputs or ())
        is_first = row.number == 0 and self.start != "input"
        if reads_text or is_first or row.sources != [row.number - 1]:
            names: list[Made] = [self.start if one < 0 else one for one in row.sources]
            names += [self.text] if reads_text else []
            beside["from"] = names[0] if len(names) == 1 else names
        return node({node(type_, row.module): {**beside, **fields}}, row.at)  # type: ignore[dict-item]

    # YOLOv9's second backbone

    def _linear_parts(self) -> list[Made]:
        """CBLinear: a convolution whose channels are dealt out in parts."""
        row = self.row
        widths = row.args[0].value if row.args and isinstance(row.args[0], SequenceNode) else []
        numbers = [whole(width) for width in widths]
        if not numbers or None in numbers or len(row.args) > 1:
            raise self.fault(row.module, "CBLinear has a list of widths", "args: [[64, 128]]")
        total = sum(number for number in numbers if number)
        parts: list[Made] = [f"{row.number}.{part}" for part in range(len(numbers))]
        conv = self._item("conv2d", {"out_channels": total, "kernel_size": 1, "bias": True})
        split = {"name": parts[0] if len(parts) == 1 else parts, "from": row.number}
        kind = "identity" if len(parts) == 1 else "split"
        fields: dict[str, Made] = {} if len(parts) == 1 else {"parts": list(numbers)}
        return [conv, node({kind: {**split, **fields}}, row.at)]

    def _fused_parts(self) -> list[Made]:
        """CBFuse: a part of each map, as large as the last one, and all added."""
        row = self.row
        chosen = row.args[0].value if row.args and isinstance(row.args[0], SequenceNode) else []
        numbers = [whole(one) for one in chosen]
        *sources, last = row.sources
        if None in numbers or len(numbers) != len(sources):
            hint = "args: [[0, 0]] for from: [10, 11, -1]"
            raise self.fault(row.module, "CBFuse has a number for each map but the last", hint)
        made: list[Made] = []
        names: list[Made] = []
        for place, (source, part) in enumerate(zip(sources, numbers, strict=True)):
            names.append(f"{row.number}.{place}")
            reads: list[Made] = [last, f"{source}.{part}"]
            made.append(node({"FuseTo": {"name": names[-1], "from": reads}}, row.at))
        made.append(node({"add": {"name": row.number, "from": [*names, last]}}, row.at))
        return made

    # The fields of modules

    def _concat(self) -> dict[str, Made]:
        args = self.row.args
        if args and whole(args[0]) != 1:
            raise self.fault(args[0], "Concat is along the channels", "args: [1]")
        return {}

    def _of_layer(self, layer: str, names: Sequence[str]) -> dict[str, Made]:
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

    def _of_block(self, block: Signature) -> dict[str, Made]:
        given_by_file = ("legacy", "points", "dims", *_params_of_scale())
        params = [name for name in block.params if name not in given_by_file]
        takes_repeats = "n" in params
        given = self._named([name for name in params if name != "n"])
        if takes_repeats:
            given["n"] = self._repeats()
        elif self.row.repeats > 1:
            given["repeat"] = self._repeats()
        if params[:1] == ["out_channels"] and self.row.args:
            given["out_channels"] = self._width(self.row.args[0])
        for param, of_network, _ in OF_SCALE.get(self.row.name, ()):
            given[param] = of_network
        if "points" in block.params and "kpt_shape" in self.keys:
            given.update(self._points())
        if "legacy" in block.params:
            given["legacy"] = not self.newer
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
        return None if is_none else arg

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

    def _unknown(self) -> CostcalcError:
        name = self.row.name
        known = [*LAYERS, "Concat", "CBLinear", "CBFuse", *self.file.blocks]
        hint = nearest(name, known, 0.8) or (
            f"write it as a block in this file, under blocks: {{{name[:40]}: {{params: {{"
            "out_channels}, layers: [...]}}, or include a file that has it"
        )
        return self.fault(self.row.module, f"unknown module '{name[:60]}'", hint)


def _params_of_scale() -> list[str]:
    return [param for params in OF_SCALE.values() for param, _, _ in params]
