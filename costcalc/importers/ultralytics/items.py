"""The rows of an Ultralytics model as items.

A module is a block whose params stand in the order of a row's args. A param called `n` takes the
row's repeats; without one, the module is repeated. A first param `out_channels` is a width, which
the scale multiplies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.nodes import Made, node
from costcalc.importers.ultralytics.args import Args, names_anchors
from costcalc.importers.ultralytics.modules import (
    ASKS,
    CUTS,
    LAYERS,
    MASKS,
    NEWER_HEADS,
    OF_ANCHORS,
    PARTS,
    SPECIAL,
    TORCHVISION,
)
from costcalc.importers.ultralytics.rows import Row, whole
from costcalc.language.item import Blocks
from costcalc.language.yaml_nodes import SequenceNode, YamlNode


def items(
    file: Blocks, rows: Sequence[Row], keys: Mapping[str, YamlNode], at: YamlNode
) -> SequenceNode:
    """Make the items of all rows, and report rows that no block fits."""
    newer = any(row.name in NEWER_HEADS for row in rows)
    anchored = any(map(names_anchors, rows))
    asks = any(row.name in ASKS for row in rows)
    made: list[Made] = []
    text: Made = "text"  # the texts as the image has changed them so far
    for row in rows:
        try:
            read = "text" if row.name == "WorldDetect" else text
            made += _Item(file, row, keys, newer, anchored, read, asks).made()
        except CostcalcError as error:
            file.found.append(error)
            made.append(node({"identity": {"name": row.number}}, row.at))
        if row.name == "ImagePoolingAttn":
            text = row.number
    result = node(made, at)
    assert isinstance(result, SequenceNode)
    return result


class _Item(Args):
    """A row while its item is made."""

    def __init__(
        self,
        file: Blocks,
        row: Row,
        keys: Mapping[str, YamlNode],
        newer: bool,
        anchored: bool,
        text: Made,
        asks: bool,
    ) -> None:
        super().__init__(file, row, keys, newer, anchored)
        self.text = text
        self.start = "image" if asks else "input"

    def made(self) -> list[Made]:
        """The items of the row: one, and for a head with masks another."""
        row = self.row
        if row.name == "Concat":
            return [self._item("concat", self.of_concat())]
        if row.name == "CBLinear":
            return self._linear_parts()
        if row.name == "CBFuse":
            return self._fused_parts()
        is_own = row.name in self.file.own_names and row.name in self.file.blocks
        if row.name == "TorchVision" and not is_own:
            return [self._item("network", self._torchvision())]
        layer = LAYERS.get(row.name)
        if layer:
            return [self._item(layer[0], self.of_layer(*layer))]
        name = OF_ANCHORS.get(row.name, row.name) if names_anchors(row) else row.name
        block = self.file.blocks.get(name)
        if block is None or (row.name in PARTS and not is_own):
            raise self._unknown()
        fields = self.of_block(block, is_own)
        items = [self._item(name, fields)]
        if name in MASKS:
            makes = MASKS[name]
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

    def _torchvision(self) -> dict[str, Made]:
        """TorchVision: a shipped network without its last children."""
        _, name, _, unwraps, cut, splits, *more = [*self.row.args, *[None] * 6][:7]
        word = name.value if name is not None else ""
        if word not in TORCHVISION:
            hint = nearest(str(word), TORCHVISION) or f"known are {', '.join(TORCHVISION)}"
            raise self.fault(name or self.row.module, f"unknown network '{str(word)[:40]}'", hint)
        hint = f"args: [512, {word}, DEFAULT, True, 2]"
        count = 2 if cut is None else whole(cut) or 0
        if (unwraps and unwraps.value not in ("True", "true")) or count not in CUTS:
            raise self.fault(
                cut or self.row.module,
                f"TorchVision is read without its last {min(CUTS)} to {max(CUTS)} children",
                hint,
            )
        if any(one and one.value not in ("False", "false") for one in (splits, *more)):
            raise self.fault(splits or self.row.module, "a split of TorchVision is not read", hint)
        return {"of": word, "outputs": [CUTS[count]]}

    def _unknown(self) -> CostcalcError:
        name = self.row.name
        known = [*LAYERS, *SPECIAL, *self.file.blocks]
        hint = nearest(name, known, 0.8) or (
            f"write it as a block in this file, under blocks: {{{name[:40]}: {{params: {{"
            "out_channels}, layers: [...]}}, or include a file that has it"
        )
        return self.fault(self.row.module, f"unknown module '{name[:60]}'", hint)
