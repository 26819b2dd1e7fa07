"""Classes of keras.layers that go along a sequence, or let its places read one another."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.importers.json_text import Entry
from costcalc.importers.keras.call import DIVISOR, Call, Fields, Layers, Result, Tensor
from costcalc.importers.nodes import Made

_RECURRENT = {
    "LSTM": "lstm",
    "GRU": "gru",
    "SimpleRNN": "rnn",
    "LSTMCell": "lstm",
    "GRUCell": "gru",
    "SimpleRNNCell": "rnn",
    "CuDNNLSTM": "lstm",
    "CuDNNGRU": "gru",
}
_LAST: Layers = [{"slice": {"axis": "length", "start": -1}}, {"flatten": {}}]
_MERGES = {"sum": "add", "ave": "add", "mul": "multiply"}


def recurrent(call: Call) -> Result:
    return _recurrent(call, call.kind, call.config)


def bidirectional(call: Call) -> Result:
    """Both directions are of one kind and size, so that one layer has them."""
    inner = call.config.entry("layer")
    back = call.config.entry("backward_layer")
    config = inner.entry("config")
    for key in ("units", "use_bias", "return_sequences"):
        if "config" in back and back.entry("config").text(key) != config.text(key):
            raise call.fault(f"the two directions differ in {key}, which is not read")
    merge = call.config.text(
        "merge_mode", "none" if "merge_mode" in call.config.parts else "concat"
    )
    if merge not in ("concat", "none", *_MERGES):
        raise call.fault(f"unknown merge_mode '{merge[:40]}'", "concat, sum, ave, mul or null")
    return _recurrent(call, inner.text("class_name"), config, merge)


def _recurrent(call: Call, kind: str, config: Entry, merge: str = "") -> Result:
    """merge: how the maps of both directions become one; empty of one direction."""
    if kind == "RNN":
        cell = config.entry("cell")
        kind, cell_config = cell.text("class_name"), cell.entry("config")
    else:
        cell_config = config
    type_ = _RECURRENT.get(kind)
    if type_ is None:
        raise call.fault(f"steps of {kind[:40] or 'an unknown class'} are not known")
    if call.sides != 1:
        raise call.fault(f"goes along a sequence, and the map has {call.sides} sides")
    units = cell_config.whole("units")
    has_two = kind.startswith("CuDNN") or (
        type_ == "gru" and cell_config.flag("reset_after", False)
    )
    fields: Fields = {"hidden_size": units}
    if merge:
        fields["bidirectional"] = True
    if not cell_config.flag("use_bias", True):
        fields["bias"] = False
    elif not has_two:
        fields["biases"] = 1
    whole = config.flag("return_sequences", False)
    layers: Layers = [{type_: fields}, *([] if whole else _LAST), *_merged(merge, units)]
    states = 2 if type_ == "lstm" else 1
    more: list[Layers] = []
    if config.flag("return_state", False):
        # The state has as many numbers as the last step, which stands for it: lstm has two.
        for half in ({"stop": units}, {"start": units}) if merge == "concat" else ({},):
            part: Layers = [{"slice": {"axis": "channels", **half}}] if half else []
            more += [[*(_LAST if whole else []), *part]] * states
        if merge not in ("", "concat"):
            more *= 2
    elif merge == "none":
        more = [[]]  # of the other direction, which has the same shape
    return Result(layers, 1 if whole else 0, more)


def _merged(merge: str, units: int) -> Layers:
    """What makes one map of both directions, one behind the other in its channels."""
    if merge == "none":
        return [{"slice": {"axis": "channels", "stop": units}}]
    if merge not in _MERGES:
        return []
    parts: Layers = [{"split": {"parts": 2}}, {_MERGES[merge]: {}}]
    return [*parts, DIVISOR] if merge == "ave" else parts


def repeat_vector(call: Call) -> Result:
    count = call.config.whole("n")
    if call.sides:
        raise call.fault(f"repeats a vector, and the map has {call.sides} sides")
    return Result([{"rearrange": {"pattern": "c -> c 1"}}, {"upsample": {"size": [count]}}], 1)


def multi_head_attention(call: Call) -> Result:
    config = call.config
    key_dim = config.whole("key_dim")
    fields: Fields = {
        "heads": config.whole("num_heads"),
        "head_dim": key_dim,
        "value_dim": config.whole("value_dim", key_dim),
    }
    return _attention(call, fields)


def grouped_attention(call: Call) -> Result:
    fields: Fields = {
        "heads": call.config.whole("num_query_heads"),
        "kv_heads": call.config.whole("num_key_value_heads"),
        "head_dim": call.config.whole("head_dim"),
    }
    return _attention(call, fields)


def _attention(call: Call, fields: Fields) -> Result:
    reads = _roles(call)
    if not call.config.flag("use_bias", True):
        fields["bias"] = False
    if "output_shape" in call.config:
        given = call.config.listed("output_shape") or [call.config.parts["output_shape"]]
        if len(given) != 1:
            raise call.fault("output_shape of several axes is not read")
        fields["out_channels"] = f"1 * {call.config.whole_of('output_shape', given[0])}"
    layers = [{"multi_head_attention": {**fields, **_causal(call)}}]
    sides = reads[0].sides
    axes = _axes(call, sides)
    if len(axes) == sides:
        return Result(layers, sides, reads=reads)
    if len(reads) > 1:
        raise call.fault("attention_axes of several maps are not read")
    names = [f"s{axis}" for axis in range(1, sides + 1)]
    kept = [name for axis, name in enumerate(names, 1) if axis not in axes]
    inside = [name for axis, name in enumerate(names, 1) if axis in axes]
    pattern = f"b c {' '.join(names)} -> (b {' '.join(kept)}) c {' '.join(inside)}"
    body: Made = [{type_: dict(own)} for one in layers for type_, own in one.items()]
    return Result([{"rearrange": {"pattern": pattern, "layers": body}}], sides, reads=reads)


def _axes(call: Call, sides: int) -> set[int]:
    """The axes whose places read one another: all but batch and channels unless said."""
    given = call.config.listed("attention_axes")
    if not given and "attention_axes" in call.config:
        given = [call.config.parts["attention_axes"]]
    if not given:
        return set(range(1, sides + 1))
    axes = [call.config.whole_of("attention_axes", axis) for axis in given]
    found = {axis if axis > 0 else axis + sides + 2 for axis in axes}
    if not found <= set(range(1, sides + 1)):
        raise call.fault(f"attention_axes must be from 1 to {sides}")
    return found


def _roles(call: Call) -> list[Tensor]:
    """Queries, keys and values; what is one map stands once. Keras has values before keys."""
    by_place = dict(zip(("query", "value", "key"), call.args, strict=False))
    given = {**by_place, **{name: maps[0] for name, maps in call.named.items() if maps}}
    if "query" not in given or "value" not in given:
        raise call.fault("reads a query and a value")
    query, value = given["query"], given["value"]
    key = given.get("key", value)
    if key != value:
        return [query, key, value]
    return [query] if query == value else [query, value]


def _causal(call: Call) -> Mapping[str, Made]:
    return {"causal": True} if call.flags.get("use_causal_mask") == "true" else {}


def dot_attention(call: Call) -> Result:
    """Attention without weights, whose maps are query, value and key."""
    if call.config.flag("use_scale", False) or call.config.text("score_mode", "dot") != "dot":
        raise call.fault(
            "scores with trained numbers of their own are not read",
            "use_scale: false and score_mode: dot have none",
        )
    query, *others = _roles(call)
    value = (others or [query])[-1]
    reads = [query, (others or [query])[0], value]
    fields: Fields = {"heads": 1, **_causal(call)}
    return Result([{"dot_product_attention": fields}], query.sides, reads=reads)


SEQUENCES = {
    "LSTM": recurrent,
    "GRU": recurrent,
    "SimpleRNN": recurrent,
    "RNN": recurrent,
    "CuDNNLSTM": recurrent,
    "CuDNNGRU": recurrent,
    "Bidirectional": bidirectional,
    "RepeatVector": repeat_vector,
    "MultiHeadAttention": multi_head_attention,
    "GroupQueryAttention": grouped_attention,
    "Attention": dot_attention,
}
