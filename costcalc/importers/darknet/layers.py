"""The layers of a Darknet file: what each section is in the network language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.darknet.text import Keys, Section
from costcalc.importers.nodes import Made, node, place
from costcalc.language.item import Blocks
from costcalc.language.yaml_nodes import SequenceNode, problem

_RECURRENT = ("conv_lstm", "history")
_NOTHING = ("yolo", "region", "detection", "dropout", "cost", "empty", "contrastive", "silence")
"""Sections that cost nothing where a network runs: they say how it is trained, or read boxes."""
_OUTPUTS = ("yolo", "region", "detection", "avgpool", "softmax", "cost")
"""The width before one of these is that of the answer, which alpha leaves alone."""


Fields: TypeAlias = dict[str, Made]


def items(file: Blocks, sections: Sequence[Section]) -> SequenceNode:
    """Make the items of all sections, and report those that have none."""
    making = _Layers(file.path, sections)
    made: list[Made] = []
    for number in range(len(sections)):
        try:
            made.append(making.item(number))
        except CostcalcError as error:
            file.found.append(error)
            making.channels.append(None)
    result = node(made, sections[0].at if sections else place(1))
    assert isinstance(result, SequenceNode)
    return result


class _Layers:
    """The layers of a file while their items are made, with the channels of each so far."""

    def __init__(self, path: str, sections: Sequence[Section]) -> None:
        self.path = path
        self.sections = sections
        self.channels: list[int | None] = []
        """None where they are unknown, as behind a fault and of the input."""

    def item(self, number: int) -> Made:
        section = self.sections[number]
        keys = Keys(section, self.path)
        make: Callable[[int, Keys], tuple[str, Fields, int | None]] | None
        make = getattr(self, f"_{section.name}", None) if section.name in SECTIONS else None
        if section.name in _NOTHING:
            type_, fields, channels = "identity", {}, self._before
        elif make is not None:
            type_, fields, channels = make(number, keys)
        else:
            raise self._unknown(section)
        self.channels.append(channels)
        activation = keys.activation("linear") if section.name in _ACTIVATED else "none"
        if activation != "none":
            if "from" in fields:  # the first of a body reads what the body does
                fields = {**fields, "from": ["input", *fields["from"][1:]]}
            type_, fields = "sequence", {"layers": [{type_: fields}, activation]}
        return node({node(type_, section.at): {"name": number, **fields}}, section.at)  # type: ignore[dict-item]

    @property
    def _before(self) -> int | None:
        """The channels of the layer before; None where they are unknown."""
        return self.channels[-1] if self.channels else None

    def _unknown(self, section: Section) -> CostcalcError:
        hint = nearest(section.name, SECTIONS, 0.8)
        if section.name in _RECURRENT:
            hint = "this one is not read: write what it does as items of the network language"
        return problem(self.path, section.at, f"unknown section [{section.name[:40]}]", hint)

    def _read(self, number: int, keys: Keys, key: str) -> list[int]:
        """The layers that a key names, by their numbers."""
        found = []
        for value in keys.numbers(key):
            layer = number + value if value < 0 else value
            if not 0 <= layer < number:
                raise keys.fault(
                    key,
                    f"layer {number} reads layer {layer}, which is not before it",
                    "-1 is the layer before; layers are numbered from 0 behind [net]",
                )
            found.append(layer)
        return found

    def _is_last(self, number: int) -> bool:
        """Whether what follows reads the answer of the network."""
        for section in self.sections[number + 1 :]:
            if section.name != "dropout":
                return section.name in _OUTPUTS
        return True

    # Sections, by their names: the type, its fields and the channels that it makes

    def _convolutional(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        for key in ("deform", "antialiasing"):
            if keys.given(key, 0):
                raise keys.fault(key, f"{key} is not read", "leave it out, if it costs nothing")
        filters, size = keys.given("filters", 1, 1), keys.given("size", 1, 1)
        dilation = keys.given("dilation", 1, 1) if size > 1 else 1
        around = size // 2 if keys.given("pad", 0) else keys.given("padding", 0)
        stride = keys.given("stride", 1, 1)
        strides = [keys.given("stride_y", stride, 1), keys.given("stride_x", stride, 1)]
        normed = bool(keys.given("batch_normalize", 0))
        # Alpha scales a plain width, and no expression: what answers keeps its channels.
        fields: Fields = {
            "out_channels": f"1 * {filters}" if not normed and self._is_last(number) else filters,
            "kernel_size": size,
            "stride": strides[0] if strides[0] == strides[1] else list(strides),
            "padding": around * dilation,
            "dilation": dilation,
            "groups": keys.given("groups", 1, 1),
            "norm": "batch_norm" if normed else "none",
            "activation": keys.activation("logistic"),
        }
        return "conv_bn_act", _without(fields, _CONV), filters

    def _maxpool(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        stride = keys.given("stride", 1, 1)
        if keys.given("maxpool_depth", 0):
            channels = keys.given("out_channels", 1, 1)
            return "maxpool_depth", {"out_channels": channels}, channels
        size = keys.given("size", stride, 1)
        around = keys.given("padding", size - 1)
        strides = [keys.given("stride_y", stride, 1), keys.given("stride_x", stride, 1)]
        ends = [around // 2, around - around // 2]
        fields: Fields = {"kernel_size": size, "stride": list(strides), "padding": [*ends, *ends]}
        return "max_pool2d", fields, self._before

    def _local_avgpool(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        return ("avg_pool2d", *self._maxpool(number, keys)[1:])

    def _avgpool(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        return "global_avg_pool", {}, self._before

    def _route(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        sources = self._read(number, keys, "layers")
        groups = keys.given("groups", 1, 1)
        part = keys.given("group_id", 0)
        if part >= groups:
            raise keys.fault("group_id", f"there is no group {part} of {groups}", "from 0")
        own = [self.channels[source] for source in sources]
        channels = None if None in own else sum(one // groups for one in own if one)
        if groups == 1:
            return "concat", {"from": list(sources)}, channels
        branches: list[Made] = [
            {
                "slice": {
                    "from": source,
                    "axis": 0,
                    "start": f"in_channels // {groups} * {part}",
                    "stop": f"in_channels // {groups} * {part + 1}",
                }
            }
            for source in sources
        ]
        return "concat", {"branches": branches}, channels

    def _shortcut(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        sources = self._read(number, keys, "from")
        own = self._before
        weights = keys.word("weights_type", "none")
        if weights != "none":
            return "add", {"branches": self._weighted(sources, weights, keys)}, own
        names: list[Made] = ["previous", *sources]
        if all(self.channels[source] == own for source in sources):
            return "add", {"from": names}, own
        if len(sources) > 1 or own is None or self.channels[sources[0]] is None:
            raise keys.fault("from", "layers of other widths are added one by one only")
        return "add_some", {"from": names}, own

    def _weighted(self, sources: Sequence[int], weights: str, keys: Keys) -> list[Made]:
        """The maps of a shortcut, each times a trained number, or one a channel."""
        if weights not in ("per_feature", "per_layer", "per_channel"):
            shown = f"unknown weights_type '{weights[:40]}'"
            raise keys.fault("weights_type", shown, "per_feature or per_channel")
        fields: Fields = {"per_channel": weights == "per_channel"}
        others: list[Made] = [{"weighted": {"from": one, **fields}} for one in sources]
        return [{"weighted": fields}, *others]

    def _upsample(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        return "upsample", {"scale_factor": keys.given("stride", 2, 1)}, self._before

    def _connected(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        output = keys.given("output", 1, 1)
        fields: Fields = {
            "out_features": output,
            "batch_normalize": bool(keys.given("batch_normalize", 0)),
            "activation": keys.activation("logistic"),
        }
        return "connected", fields, output

    def _gates(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        """[lstm] and [gru] at one step: a layer for the input of each gate, one for the state."""
        output = keys.given("output", 1, 1)
        fields: Fields = {
            "hidden_size": output,
            "gates": 4 if keys.section.name == "lstm" else 3,
            "batch_normalize": bool(keys.given("batch_normalize", 0)),
        }
        return "gates", fields, output

    _lstm = _gru = _gates

    def _rnn(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        output = keys.given("output", 1, 1)
        fields: Fields = {
            "out_features": output,
            "hidden_size": keys.given("hidden", 1, 1),
            "batch_normalize": bool(keys.given("batch_normalize", 0)),
            "activation": keys.activation("logistic"),
        }
        return "recurrent", fields, output

    def _crnn(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        size, output = keys.given("size", 3, 1), keys.given("output", 1, 1)
        fields: Fields = {
            "out_channels": f"1 * {output}",
            "hidden": keys.given("hidden", 1, 1),
            "kernel_size": size,
            "stride": keys.given("stride", 1, 1),
            "padding": size // 2 if keys.given("pad", 0) else keys.given("padding", 0),
            "groups": keys.given("groups", 1, 1),
            "norm": "batch_norm" if keys.given("batch_normalize", 0) else "none",
            "activation": keys.activation("logistic"),
        }
        return "recurrent_conv", fields, output

    def _scale_channels(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        (source,) = self._read(number, keys, "from")
        return "multiply", {"from": ["previous", source]}, self.channels[source]

    def _sam(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        return self._scale_channels(number, keys)

    def _reorg(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        stride = keys.given("stride", 1, 1)
        before = self._before
        return "pixel_unshuffle", {"factor": stride}, before and before * stride * stride

    _reorg3d = _reorg

    def _local(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        filters, size = keys.given("filters", 1, 1), keys.given("size", 1, 1)
        fields: Fields = {
            "out_channels": f"1 * {filters}",
            "kernel_size": size,
            "stride": keys.given("stride", 1, 1),
            "padding": size // 2 if keys.given("pad", 0) else 0,
            "activation": keys.activation("logistic"),
        }
        return "local", fields, filters

    def _crop(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        sides = [keys.given("crop_height", 1, 1), keys.given("crop_width", 1, 1)]
        return "center_crop", {"size": list(sides)}, self._before

    def _softmax(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        return "softmax", {}, self._before

    def _activation(self, number: int, keys: Keys) -> tuple[str, Fields, int | None]:
        word = keys.activation("linear")
        return ("identity" if word == "none" else word), {}, self._before


_ACTIVATED = ("shortcut", "scale_channels", "sam")
"""Sections that merge maps, behind which an activation may stand."""
_CONV: Fields = {
    "kernel_size": 1,
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "groups": 1,
    "norm": "batch_norm",
    "activation": "relu",
}
"""What conv_bn_act has unless said; its padding is none where the kernel is 1."""


def _without(fields: Fields, defaults: Fields) -> Fields:
    """Fields without those that say what holds anyhow."""
    kept = {name: value for name, value in fields.items() if defaults.get(name) != value}
    if fields["kernel_size"] != 1:
        kept["padding"] = fields["padding"]
    return kept


SECTIONS = (
    *("convolutional", "maxpool", "local_avgpool", "avgpool", "route", "shortcut", "upsample"),
    *("connected", "lstm", "gru", "rnn", "crnn", "scale_channels", "sam", "reorg", "reorg3d"),
    *("local", "crop", "softmax"),
    *("activation", *_NOTHING),
)
"""The sections that are read."""
