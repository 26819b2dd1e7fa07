"""Quantised ops of ONNX and fused ops of ONNX Runtime (com.microsoft).

They compute what the ops of floats do, with the same weights; scales and zero points are no
parameters, and rounding costs nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.importers.graphs.axes import View, fresh
from costcalc.importers.graphs.call import Call, Handler, Result, Table
from costcalc.importers.graphs.elementwise import combined, merged, of_each
from costcalc.importers.graphs.moves import joined
from costcalc.importers.graphs.products import linear
from costcalc.importers.graphs.values import Constant, Map, Out, Value
from costcalc.importers.graphs.windows import global_pooling
from costcalc.importers.onnx.products import matmul
from costcalc.importers.onnx.windows import conv

_MS = "com.microsoft."


def _quantised_conv(call: Call) -> Result:
    """x, its scale and zero point, weights, theirs, the output's, and a bias."""
    return conv(call, call.map(0), 3, bias=call.has(8))


def _integer_conv(call: Call) -> Result:
    return conv(call, call.map(0), 1, bias=False)


def _product(weights: int) -> Handler:
    """weights: the input that has them, or the second map."""
    return lambda call: matmul(call, call.value(0), call.value(weights))


def _quantised_gemm(call: Call) -> Result:
    weights = call.weights(3)
    rows, columns = reversed(weights.dims) if call.whole("transB", 0) else weights.dims
    return linear(call, call.map(0), rows, columns, bias=call.has(6))


def _product_with_bias(call: Call) -> Result:
    """MatMulIntegerToFloat and DynamicQuantizeMatMul: a bias is the last input, if any."""
    made = matmul(call, call.value(0), call.value(1))
    place = 4 if call.op.type.endswith("DynamicQuantizeMatMul") else 6
    return combined(call, "add", made, call.value(place)) if call.has(place) else made


def _fused_product(call: Call) -> Result:
    x, y = call.value(0), call.value(1)
    turned = []
    for value, name in ((x, "transA"), (y, "transB")):
        if not call.whole(name, 0):
            turned.append(value)
        elif isinstance(value, Constant):
            dims = (*value.dims[:-2], *value.dims[:-3:-1])
            turned.append(value._replace(dims=dims, values=None))
        else:
            *before, one, other = value.view.axes
            turned.append(value.seen(value.view.with_axes((*before, other, one))))
    return matmul(call, *turned)


def _few_bits(call: Call) -> Result:
    """MatMulNBits: weights of N rows of K, of a few bits each."""
    return linear(call, call.map(0), call.whole("K", 0), call.whole("N", 0), bias=call.has(5))


def _merge(type_: str) -> Handler:
    """Two maps, each behind it its scale and zero point."""
    return lambda call: combined(call, type_, call.value(0), call.value(3))


def _activation(type_: str) -> Handler:
    return lambda call: of_each(call, call.map(0), type_)


def _quantised_concat(call: Call) -> Result:
    """The output's scale and zero point, and then maps with theirs."""
    maps = [call.map(place) for place in range(2, len(call.inputs), 3)]
    return joined(call, maps, call.axis(call.whole("axis", 0), len(maps[0].dims)))


def _quantised_mean(call: Call) -> Result:
    return global_pooling(call, call.map(0), mean=True)


def _fused_conv(call: Call) -> Result:
    """A convolution, a map that is added, and an activation."""
    made = conv(call, call.map(0), 1, bias=call.has(2))
    if call.has(3):
        made = merged(call, "add", [made, call.map(3)])
    types = {"Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "LeakyRelu": "leaky_relu"}
    types |= {"HardSigmoid": "hard_sigmoid", "Clip": "relu6", "HardSwish": "hard_swish"}
    word = call.text("activation", "")
    if word and word not in types:
        raise call.fault(f"the activation '{word[:40]}' is not known")
    return of_each(call, made, types[word]) if word else made


def _attention(call: Call) -> Result:
    """com.microsoft.Attention: one product makes queries, keys and values."""
    x, weights = call.map(0), call.weights(1)
    features = weights.dims[-1]
    sizes = call.wholes("qkv_hidden_sizes", [features // 3] * 3)
    if len(weights.dims) != 2 or sum(sizes) != features:
        raise call.fault(f"weights of {list(weights.dims)}")
    made = linear(call, x, *weights.dims, bias=call.has(2))
    parts = call.drafts.add_parts({"parts": list(sizes)}, made.out, call.op)
    return [_attended(call, made, parts, call.whole("num_heads", 1), sizes[2])]


def _attended(call: Call, x: Map, parts: Sequence[Out], heads: int, features: int) -> Map:
    """Attention of maps whose axes stand as those of x, but for as many channels."""
    fields = {"heads": heads}
    if call.whole("unidirectional", 0) or call.whole("is_causal", 0):
        fields["causal"] = True
    out = call.drafts.add("dot_product_attention", fields, list(parts), call.op)
    (channels,) = fresh([features])
    view = View((x.view.own[0], channels, *x.view.own[2:]), (*x.view.axes[:-1], channels))
    return Map(out, view, x.type)


def _attention_of_maps(call: Call) -> Result:
    """Attention (opset 23) and com.microsoft.MultiHeadAttention of tokens with three axes."""
    maps = [call.map(place) for place in range(3)]
    heads = call.whole("num_heads", call.whole("q_num_heads", 1))
    if any(len(x.dims) != 3 for x in maps) or any(
        call.has(place) for place in ((4, 5) if "." not in call.op.type else (6, 7))
    ):
        raise call.fault("only tokens with three axes and no keys of the past are read")
    if call.op.type.startswith(_MS) and call.has(3):
        maps = [_biased(call, x) for x in maps]
    maps = [call.drafts.channels_last(x, call.op, sides=1) for x in maps]
    kept = call.whole("kv_num_heads", heads)
    features = maps[2].dims[2] * heads // kept
    made = _attended(call, maps[0], [x.out for x in maps], heads, features)
    if kept != heads:
        made.out.draft.fields["kv_heads"] = kept
    return [made, maps[1], maps[2]]


def _biased(call: Call, x: Map) -> Map:
    """A part of the bias is added to each map."""
    bias: Value = Constant((x.dims[-1],), "float32")
    made = combined(call, "add", x, bias)
    assert isinstance(made, Map)
    return made


QUANTISED: Table = {
    "QLinearConv": _quantised_conv,
    "ConvInteger": _integer_conv,
    "QLinearMatMul": _product(3),
    "MatMulInteger": _product(1),
    "Attention": _attention_of_maps,
    **{
        _MS + name: make
        for name, make in {
            "QLinearConv": _quantised_conv,
            "QGemm": _quantised_gemm,
            "MatMulIntegerToFloat": _product_with_bias,
            "DynamicQuantizeMatMul": _product_with_bias,
            "FusedMatMul": _fused_product,
            "MatMulNBits": _few_bits,
            "FusedConv": _fused_conv,
            "QLinearAdd": _merge("add"),
            "QLinearMul": _merge("multiply"),
            "QLinearSigmoid": _activation("sigmoid"),
            "QLinearLeakyRelu": _activation("leaky_relu"),
            "QLinearSoftmax": _activation("softmax"),
            "QLinearConcat": _quantised_concat,
            "QLinearGlobalAveragePool": _quantised_mean,
            "Attention": _attention,
            "MultiHeadAttention": _attention_of_maps,
        }.items()
    },
}
