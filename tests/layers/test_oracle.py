"""Every layer type against the oracle, on random small shapes and fields.

The cases are drawn in three parts, which `test_kinds_of_numbers` draws apart: a form (everything
that is no number: which fields are written, how padding is spelled), widths (numbers of channels)
and sides (numbers of rows, columns, taps). A form's widths and sides do not depend on each other.
"""

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from support import oracle
from support.oracle import Counts, Fields, Impossible

from costcalc.costs.table import Analysis
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.language.network_file import NetworkFile
from costcalc.layers import LAYERS
from costcalc.layers.activation import ACTIVATIONS
from costcalc.shapes import FeatureMap

Numbers = dict[str, Any]
Form = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]


class Case(NamedTuple):
    fields: Fields
    maps: list[tuple[Any, Any, Any]]


small = st.integers(1, 4)
side = st.integers(1, 6)
flags = st.booleans()


def any_width(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small)}


def any_sides(draw: Draw, form: Form) -> Numbers:
    return {"h": draw(side), "w": draw(side)}


class Kind(NamedTuple):
    """How to draw cases of one layer type; `make` puts any kind of numbers in their places.

    Numbers of channels come in multiples of a unit, so that they may be small or large.
    """

    make: Callable[[Form, Numbers], Case]
    form: Mapping[str, st.SearchStrategy[Any]] = MappingProxyType({})
    optional: tuple[str, ...] = ()
    widths: Callable[[Draw, Form, int], Numbers] = any_width
    sides: Callable[[Draw, Form], Numbers] = any_sides


def same_number(value: Any) -> Any:
    """The number again as an object of its own, as two layers would compute it."""
    return value + 0


def whole_map(n: Numbers) -> tuple[Any, Any, Any]:
    return n["c"], n["h"], n["w"]


# Windows

SLIDING = {
    "square": flags,
    # Four different sides show most.
    "padding": st.sampled_from(("same", "valid", "number", "pair", "four", "four", "four")),
}


def sliding_sides(draw: Draw, form: Form) -> Numbers:
    """Kernel, stride, dilation and padding of both axes, and a map that the kernel fits on."""
    n: Numbers = {}
    pad = 0 if form["padding"] in ("same", "valid") else draw(st.integers(0, 2))
    for axis in ("height", "width"):
        if axis == "height" or not form["square"]:
            kernel, stride, dilation = draw(st.integers(1, 3)), draw(small), draw(st.integers(1, 2))
        before = after = pad
        if form["padding"] in ("pair", "four"):
            before = after = draw(st.integers(0, 2))
        if form["padding"] == "four":
            after = draw(st.integers(0, 2))
        least = max(1, dilation * (kernel - 1) + 1 - before - after)
        n |= {f"kernel_{axis}": kernel, f"stride_{axis}": stride, f"dilation_{axis}": dilation}
        n |= {f"before_{axis}": before, f"after_{axis}": after, f"more_{axis}": draw(flags) + 0}
        n[axis[0]] = draw(st.integers(least, least + 5))
    return n


def both(form: Form, n: Numbers, name: str) -> Any:
    """A number where the two axes have the same one, else [height, width]."""
    return n[f"{name}_height"] if form["square"] else [n[f"{name}_height"], n[f"{name}_width"]]


def padding_field(form: Form, n: Numbers) -> Any:
    spelled = form["padding"]
    if spelled == "number":
        return n["before_height"]
    if spelled == "pair":
        return [n["before_height"], n["before_width"]]
    if spelled == "four":
        return [n[f"{place}_{axis}"] for axis in ("height", "width") for place in SIDES]
    return spelled


SIDES = ("before", "after")


def sliding_fields(form: Form, n: Numbers) -> Fields:
    fields = {name: both(form, n, name) for name in ("stride", "dilation")}
    return {**fields, "kernel_size": both(form, n, "kernel"), "padding": padding_field(form, n)}


def grouped_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    groups = draw(st.integers(1, 3)) if "groups" in form["written"] else 1
    return {"groups": groups, "c": groups * unit * draw(small), "out": groups * unit * draw(small)}


def conv2d(form: Form, n: Numbers) -> Case:
    fields = {"out_channels": n["out"], "groups": n["groups"], "bias": form["bias"]}
    return Case({**fields, **sliding_fields(form, n)}, [whole_map(n)])


def depthwise(form: Form, n: Numbers) -> Case:
    fields = {"multiplier": n["multiplier"], "bias": form["bias"]}
    return Case({**fields, **sliding_fields(form, n)}, [whole_map(n)])


def pointwise(form: Form, n: Numbers) -> Case:
    fields = {"out_channels": n["out"], "groups": n["groups"], "bias": form["bias"]}
    return Case({**fields, "stride": both(form, n, "stride")}, [whole_map(n)])


def conv_transpose(form: Form, n: Numbers) -> Case:
    fields = {**conv2d(form, n).fields, "output_padding": both(form, n, "more")}
    if form["padding"] == "same":
        del fields["output_padding"]
    return Case(fields, [whole_map(n)])


def pool(form: Form, n: Numbers) -> Case:
    fields = {**sliding_fields(form, n), "ceil_mode": form["ceil_mode"]}
    del fields["dilation"]
    return Case(fields, [whole_map(n)])


CONV = {**SLIDING, "bias": flags}
CONV_OPTIONAL = ("stride", "padding", "dilation", "bias")
POOL = Kind(
    pool, {**SLIDING, "ceil_mode": flags}, ("stride", "padding", "ceil_mode"), sides=sliding_sides
)


# Layers on one map


def plain(form: Form, n: Numbers) -> Case:
    return Case({}, [whole_map(n)])


def norm(form: Form, n: Numbers) -> Case:
    fields = {"scale": form["scale"], "bias": form["bias"]}
    return Case(fields, [whole_map(n)])


def group_norm(form: Form, n: Numbers) -> Case:
    return Case({**norm(form, n).fields, "groups": n["groups"]}, [whole_map(n)])


def group_norm_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    groups = draw(small) if "groups" in form["written"] else 32
    return {"groups": groups, "c": groups * unit * draw(st.integers(1, 3))}


NORM = {"scale": flags, "bias": flags}


def prelu(form: Form, n: Numbers) -> Case:
    return Case({"num_parameters": n["slopes"]}, [whole_map(n)])


def prelu_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    channels = unit * draw(small)
    return {"c": channels, "slopes": channels if form["a_slope_a_channel"] else 1}


def linear(form: Form, n: Numbers) -> Case:
    return Case({"out_features": n["out"], "bias": form["bias"]}, [(n["c"], n["h"], 1)])


def free_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {name: unit * draw(small) for name in ("c", "out", "multiplier")}


def attention(form: Form, n: Numbers) -> Case:
    return Case({"heads": n["groups"], "bias": form["bias"]}, [whole_map(n)])


def shuffle(form: Form, n: Numbers) -> Case:
    return Case({"groups": n["groups"]}, [whole_map(n)])


def group_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    groups = draw(small)
    return {"groups": groups, "c": groups * unit * draw(st.integers(1, 3))}


def few_sides(draw: Draw, form: Form) -> Numbers:
    return {"h": draw(small), "w": draw(st.integers(1, 2))}


def class_token(form: Form, n: Numbers) -> Case:
    return Case({}, [(n["c"], n["h"], 1)])


def dropout(form: Form, n: Numbers) -> Case:
    return Case({"p": form["p"]}, [whole_map(n)])


def slice_(form: Form, n: Numbers) -> Case:
    fields = {name: n[name] for name in ("start", "stop")}
    return Case({**fields, "axis": form["axis"]}, [whole_map(n)])


def cut(draw: Draw, side: int) -> Numbers:
    start = draw(st.integers(0, side - 1))
    return {"start": start, "stop": draw(st.integers(start + 1, side))}


def slice_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    channels = unit * draw(small)
    return {"c": channels, **(cut(draw, channels) if form["axis"] == 0 else {})}


def slice_sides(draw: Draw, form: Form) -> Numbers:
    n = any_sides(draw, form)
    return {**n, **(cut(draw, n["hw"[form["axis"] - 1]]) if form["axis"] else {})}


def zero_pad(form: Form, n: Numbers) -> Case:
    return Case({"padding": padding_field(form, n)}, [whole_map(n)])


def tokens(form: Form, n: Numbers) -> Case:
    return Case({"patch": both(form, n, "patch")}, [whole_map(n)])


def tokens_sides(draw: Draw, form: Form) -> Numbers:
    height = draw(st.integers(1, 3))
    width = height if form["square"] else draw(st.integers(1, 3))
    sides = {"h": height * draw(small), "w": width * draw(small)}
    return {"patch_height": height, "patch_width": width, **sides}


def untokens(form: Form, n: Numbers) -> Case:
    return Case({"height": n["height"], "width": n["width"]}, [whole_map(n)])


def untokens_sides(draw: Draw, form: Form) -> Numbers:
    """Both shapes are made of the same four factors."""
    a, b, c, d = (draw(st.integers(1, 3)) for _ in range(4))
    return {"h": a * b, "w": c * d, "height": a * c, "width": b * d}


def target_sides(draw: Draw, form: Form) -> Numbers:
    height = draw(side)
    width = height if form["square"] else draw(side)
    return {"size_height": height, "size_width": width, **any_sides(draw, form)}


def adaptive_pool(form: Form, n: Numbers) -> Case:
    return Case({"output_size": both(form, n, "size")}, [whole_map(n)])


def upsample(form: Form, n: Numbers) -> Case:
    return Case({form["by"]: both(form, n, "size"), "mode": form["mode"]}, [whole_map(n)])


def center_crop(form: Form, n: Numbers) -> Case:
    if form["like"]:
        return Case({}, [whole_map(n), (n["other"], n["size_height"], n["size_width"])])
    return Case({"size": both(form, n, "size")}, [whole_map(n)])


def crop_sides(draw: Draw, form: Form) -> Numbers:
    n = target_sides(draw, form)
    rest = st.integers(0, 3)
    return {**n, "h": n["size_height"] + draw(rest), "w": n["size_width"] + draw(rest)}


def crop_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small), "other": unit * draw(small)}


# Layers on several maps

SEVERAL = st.integers(2, 4)


def add(form: Form, n: Numbers) -> Case:
    return Case(
        {},
        [tuple(map(same_number, whole_map(n))) for _ in range(form["maps"])],  # type: ignore[misc]
    )


def multiply(form: Form, n: Numbers) -> Case:
    """Every map has the whole side or 1, on each axis."""
    return Case(
        {},
        [
            tuple(same_number(x) if f else 1 for x, f in zip(whole_map(n), full, strict=True))
            for full in form["full"]
        ],  # type: ignore[arg-type]
    )


def concat(form: Form, n: Numbers) -> Case:
    maps = []
    for number in range(form["maps"]):
        sides = [same_number(value) for value in whole_map(n)]
        sides[form["axis"]] = n[f"part{number}"]
        maps.append(tuple(sides))
    return Case({"axis": form["axis"]}, maps)


def parts(draw: Draw, form: Form, unit: int) -> Numbers:
    return {f"part{number}": unit * draw(small) for number in range(form["maps"])}


def concat_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small), **(parts(draw, form, unit) if form["axis"] == 0 else {})}


def concat_sides(draw: Draw, form: Form) -> Numbers:
    sides = {"h": draw(small), "w": draw(small)}
    return {**sides, **(parts(draw, form, 1) if form["axis"] else {})}


BIAS = {"bias": flags}
SQUARE = {"square": flags}
AXIS = {"axis": st.integers(0, 2)}

KINDS: dict[str, Kind] = {
    **{name: Kind(plain) for name in oracle.COUNTERS},
    "adaptive_avg_pool2d": Kind(adaptive_pool, SQUARE, sides=target_sides),
    "add": Kind(add, {"maps": SEVERAL}),
    "avg_pool2d": POOL,
    "batch_norm": Kind(norm, NORM, ("scale", "bias")),
    "center_crop": Kind(center_crop, {"like": flags, **SQUARE}, (), crop_widths, crop_sides),
    "channel_shuffle": Kind(shuffle, widths=group_widths),
    "class_token": Kind(class_token),
    "concat": Kind(
        concat, {"maps": st.integers(1, 4), **AXIS}, ("axis",), concat_widths, concat_sides
    ),
    "conv2d": Kind(conv2d, CONV, (*CONV_OPTIONAL, "groups"), grouped_widths, sliding_sides),
    "conv_transpose2d": Kind(
        conv_transpose,
        CONV,
        (*CONV_OPTIONAL, "groups", "output_padding"),
        grouped_widths,
        sliding_sides,
    ),
    "depthwise_conv2d": Kind(
        depthwise, CONV, (*CONV_OPTIONAL, "multiplier"), free_widths, sliding_sides
    ),
    "dropout": Kind(dropout, {"p": st.sampled_from((0, Fraction(1, 5), 1))}, ("p",)),
    "group_norm": Kind(group_norm, NORM, ("scale", "bias", "groups"), group_norm_widths),
    "layer_norm": Kind(norm, NORM, ("scale", "bias")),
    "linear": Kind(linear, BIAS, ("bias",), free_widths),
    "max_pool2d": POOL,
    "multi_head_attention": Kind(attention, BIAS, ("bias",), group_widths, few_sides),
    "multiply": Kind(
        multiply,
        {"full": st.lists(st.tuples(flags, flags, flags), min_size=2, max_size=3)},
    ),
    "pointwise_conv2d": Kind(
        pointwise, CONV, ("stride", "groups", "bias"), grouped_widths, sliding_sides
    ),
    "prelu": Kind(prelu, {"a_slope_a_channel": flags}, ("num_parameters",), prelu_widths),
    "slice": Kind(slice_, AXIS, ("axis", "start", "stop"), slice_widths, slice_sides),
    "tokens": Kind(tokens, SQUARE, ("patch",), sides=tokens_sides),
    "untokens": Kind(untokens, sides=untokens_sides),
    "upsample": Kind(
        upsample,
        {
            "by": st.sampled_from(("scale_factor", "size")),
            "mode": st.sampled_from(("nearest", "bilinear")),
            **SQUARE,
        },
        ("mode",),
        sides=target_sides,
    ),
    "zero_pad2d": Kind(
        zero_pad,
        {"padding": st.sampled_from(("number", "pair", "four")), "square": st.just(False)},
        sides=sliding_sides,
    ),
}
TYPES = sorted(KINDS)
BY_AXIS = ("concat", "slice")
MANY_FIELDS = sorted(name for name, kind in KINDS.items() if kind.sides is sliding_sides)
"""Their fields meet in many ways, so they need many examples."""


@st.composite
def forms(draw: Draw, type: str) -> Form:
    """A form, with the optional fields that are written; the others show their defaults."""
    kind = KINDS[type]
    form = {name: draw(choice) for name, choice in kind.form.items()}
    form["written"] = frozenset(name for name in kind.optional if draw(st.integers(0, 3)))
    if type in BY_AXIS and "axis" not in form["written"]:
        form["axis"] = 0
    return form


@st.composite
def widths(draw: Draw, type: str, form: Form, unit: int = 1) -> Numbers:
    return KINDS[type].widths(draw, form, unit)


@st.composite
def sides(draw: Draw, type: str, form: Form) -> Numbers:
    return KINDS[type].sides(draw, form)


def make(type: str, form: Form, numbers: Numbers) -> Case:
    kind = KINDS[type]
    fields, maps = kind.make(form, numbers)
    left_out = set(kind.optional) - form["written"]
    return Case({name: fields[name] for name in fields if name not in left_out}, maps)


@st.composite
def fitting(draw: Draw, type: str) -> Case:
    form = draw(forms(type))
    return make(type, form, {**draw(widths(type, form)), **draw(sides(type, form))})


@st.composite
def cases(draw: Draw, type: str) -> Case:
    """Mostly a case that fits; else one with a number in it that may not."""
    case = draw(fitting(type))
    return case if draw(st.integers(0, 2)) else draw(spoilt(case))


@st.composite
def spoilt(draw: Draw, case: Case) -> Case:
    """Another number somewhere: in a field from -1, in a map from 1."""
    fields = dict(case.fields)
    maps = [list(x) for x in case.maps]
    places: list[list[tuple[Any, Any, int]]] = [[(x, axis, 1) for axis in range(3)] for x in maps]
    for name, value in case.fields.items():
        if isinstance(value, list):
            fields[name] = list(value)
            places.append([(fields[name], index, -1) for index in range(len(value))])
        elif type(value) is int and name != "p":
            places.append([(fields, name, -1)])
    holder, key, least = draw(st.sampled_from(draw(st.sampled_from(places))))
    holder[key] = draw(st.integers(least, 7))
    return Case(fields, [tuple(x) for x in maps])  # type: ignore[misc]


# Two ways to ask the package


def by_class(type: str, case: Case) -> Counts:
    layer = LAYERS[type](**case.fields)
    maps = [FeatureMap(*x) for x in case.maps]
    out = layer.output(*maps)
    cost = [getattr(layer, name)(out, *maps) for name in Counts._fields[1:]]
    return Counts(tuple(out), *cost)  # type: ignore[arg-type]


def by_text(type: str, case: Case) -> Counts:
    """The layer as a network of its own."""
    network = build(NetworkFile(network_text(type, case), "one_layer.yaml"))
    (row,) = Analysis(network).layers
    assert row.flops == 2 * row.macs
    output: Any = tuple(row.output_shape)
    return Counts(output, row.macs, row.other_ops, row.params, row.activations)


def network_text(type: str, case: Case) -> str:
    """JSON is YAML."""
    names = [f"map_{number}" for number in range(len(case.maps))]
    fields: dict[str, Any] = {"from": names}
    for name, value in case.fields.items():
        fields[name] = float(value) if isinstance(value, Fraction) else value
    return json.dumps(
        {
            "name": "one layer",
            "input": dict(zip(names, map(list, case.maps), strict=True)),
            "layers": [{type: fields}],
        }
    )


def outcome(ask: Callable[[str, Case], Counts], type: str, case: Case) -> Counts | None:
    try:
        return ask(type, case)
    except (CostcalcError, Impossible):
        return None


def by_oracle(type: str, case: Case) -> Counts:
    return oracle.count(type, case.fields, case.maps)


@pytest.mark.parametrize("type", sorted(set(TYPES) - set(MANY_FIELDS)))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_layer_costs_what_the_oracle_counts(type: str, data: st.DataObject) -> None:
    case = data.draw(cases(type))
    assert outcome(by_class, type, case) == outcome(by_oracle, type, case)


@pytest.mark.parametrize("type", MANY_FIELDS)
@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_a_sliding_layer_costs_what_the_oracle_counts(type: str, data: st.DataObject) -> None:
    case = data.draw(cases(type))
    assert outcome(by_class, type, case) == outcome(by_oracle, type, case)


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_network_of_one_layer_costs_what_the_oracle_counts(
    type: str, data: st.DataObject
) -> None:
    case = data.draw(cases(type))
    assert outcome(by_text, type, case) == outcome(by_oracle, type, case)


def test_the_oracle_counts_every_type() -> None:
    aliases = {alias for layer in LAYERS.values() for alias in layer.aliases}
    assert set(oracle.COUNTERS) == set(LAYERS) - aliases


def test_an_alias_is_its_layer() -> None:
    for layer in LAYERS.values():
        assert all(LAYERS[alias] is layer for alias in layer.aliases)
    assert LAYERS["swish"] is LAYERS["silu"]


def test_every_activation_is_a_layer() -> None:
    assert {name for name, *_ in ACTIVATIONS} <= set(TYPES)


@pytest.mark.parametrize("type", TYPES)
def test_the_cases_of_a_type_mostly_fit(type: str) -> None:
    """Else the comparison would say little: a refusal on both sides agrees too."""
    fits = []

    @settings(max_examples=40, database=None, derandomize=True)
    @given(cases(type))
    def look(case: Case) -> None:
        fits.append(outcome(by_oracle, type, case) is not None)

    look()
    assert sum(fits) > len(fits) / 2


@pytest.mark.parametrize("type", ["conv2d", "linear", "max_pool2d", "multiply", "slice", "tokens"])
def test_some_cases_do_not_fit(type: str) -> None:
    quick = settings(phases=[Phase.generate], database=None, derandomize=True)
    # NoSuchExample if there is none.
    case = find(cases(type), lambda case: outcome(by_oracle, type, case) is None, settings=quick)
    assert outcome(by_class, type, case) is None


# Figures that are known from elsewhere, or from counting on paper: the oracle's own test.

KNOWN = [
    # LeCun et al. 1998, section II.B: C1 has 156 trainable parameters and 122,304 connections,
    # of which 4,704 are the biases.
    (
        "conv2d",
        {"out_channels": 6, "kernel_size": 5, "padding": "valid"},
        [(1, 32, 32)],
        Counts((6, 28, 28), 122_304 - 4_704, 4_704, 156, 4_704),
    ),
    # GoogLeNet's first pool in PyTorch: 112 to 56 in ceil mode, 55 without.
    (
        "max_pool2d",
        {"kernel_size": 3, "stride": 2, "padding": 0, "ceil_mode": True},
        [(1, 112, 112)],
        Counts((1, 56, 56), other_ops=9 * 56 * 56),
    ),
    (
        "max_pool2d",
        {"kernel_size": 3, "stride": 2, "padding": 0},
        [(1, 112, 112)],
        Counts((1, 55, 55), other_ops=9 * 55 * 55),
    ),
    # A window that would start in the padding after the map: PyTorch drops it.
    (
        "avg_pool2d",
        {"kernel_size": 3, "stride": 4, "padding": 1, "ceil_mode": True},
        [(1, 3, 3)],
        Counts((1, 1, 1), other_ops=9),
    ),
    # DCGAN's generator doubles the map so (Radford et al. 2015).
    (
        "conv_transpose2d",
        {"out_channels": 2, "kernel_size": 4, "stride": 2, "padding": 1, "bias": False},
        [(3, 4, 4)],
        Counts((2, 8, 8), 16 * 16 * 3 * 2, 0, 16 * 3 * 2, 128),
    ),
    # PyTorch's docs of ConvTranspose2d: output_padding 1 gives 12 back where 11 could be meant.
    (
        "conv_transpose2d",
        {
            "out_channels": 1,
            "kernel_size": 3,
            "stride": 2,
            "padding": 1,
            "output_padding": 1,
            "groups": 1,
        },
        [(1, 6, 6)],
        Counts((1, 12, 12), 9 * 36, 144, 10, 144),
    ),
    # 4 n c² + 2 n² c with n = 3, c = 4; softmax of 2 heads and 4 biases.
    (
        "multi_head_attention",
        {"heads": 2},
        [(4, 3, 1)],
        Counts((4, 3, 1), 192 + 72, 3 * 2 * 9 + 48, 80, 48),
    ),
    ("multiply", {}, [(4, 3, 3), (4, 1, 1)], Counts((4, 3, 3), other_ops=36)),
    ("concat", {}, [(4, 3, 3), (1, 3, 3)], Counts((5, 3, 3))),
    ("tokens", {"patch": 2}, [(4, 6, 4)], Counts((4, 6, 4))),
    ("group_norm", {"groups": 2, "scale": False}, [(4, 2, 1)], Counts((4, 2, 1), 0, 40, 4)),
]


@pytest.mark.parametrize(("type", "fields", "maps", "counts"), KNOWN)
@pytest.mark.parametrize("ask", [by_oracle, by_class, by_text])
def test_known_figures(
    ask: Callable[[str, Case], Counts],
    type: str,
    fields: Fields,
    maps: list[oracle.Map],
    counts: Counts,
) -> None:
    assert ask(type, Case(fields, maps)) == counts


X = (6, 4, 5)
CONV_OF_X: Fields = {"out_channels": 4, "kernel_size": 3}

REFUSED: list[tuple[str, Fields, list[oracle.Map]]] = [
    # Groups that do not divide the channels that come in, or go out
    ("conv2d", {**CONV_OF_X, "groups": 4}, [X]),
    ("conv2d", {**CONV_OF_X, "groups": 3}, [X]),
    ("pointwise_conv2d", {"out_channels": 4, "groups": 4}, [X]),
    ("pointwise_conv2d", {"out_channels": 4, "groups": 3}, [X]),
    ("conv_transpose2d", {**CONV_OF_X, "groups": 4}, [X]),
    ("conv_transpose2d", {**CONV_OF_X, "groups": 3}, [X]),
    ("group_norm", {"groups": 4}, [X]),
    ("group_norm", {}, [(48, 4, 5)]),  # 32 groups unless said
    ("channel_shuffle", {"groups": 4}, [X]),
    ("multi_head_attention", {"heads": 4}, [X]),
    ("prelu", {"num_parameters": 2}, [X]),
    # A kernel larger than the padded map, or an output with nothing left
    ("conv2d", {"out_channels": 4, "kernel_size": [5, 1], "padding": "valid"}, [X]),
    ("conv2d", {"out_channels": 4, "kernel_size": [1, 4], "dilation": 2, "padding": 0}, [X]),
    ("depthwise_conv2d", {"kernel_size": [1, 8], "padding": [0, 1]}, [X]),
    ("max_pool2d", {"kernel_size": [6, 1], "padding": [1, 0, 0, 0]}, [X]),
    ("conv_transpose2d", {**CONV_OF_X, "padding": [3, 0]}, [X]),
    ("conv_transpose2d", {**CONV_OF_X, "padding": [0, 0, 3, 4]}, [X]),
    ("conv_transpose2d", {**CONV_OF_X, "output_padding": 1}, [X]),
    # Numbers that are too small
    ("conv2d", {**CONV_OF_X, "stride": [1, 0]}, [X]),
    ("conv2d", {**CONV_OF_X, "padding": [0, 0, -1, 0]}, [X]),
    ("conv2d", {**CONV_OF_X, "dilation": 0}, [X]),
    ("conv2d", {**CONV_OF_X, "groups": 0}, [X]),
    ("conv2d", {**CONV_OF_X, "out_channels": 0}, [X]),
    ("depthwise_conv2d", {"kernel_size": 3, "multiplier": 0}, [X]),
    ("max_pool2d", {"kernel_size": 0}, [X]),
    ("adaptive_avg_pool2d", {"output_size": 0}, [X]),
    ("upsample", {"scale_factor": 0}, [X]),
    ("zero_pad2d", {"padding": -1}, [X]),
    # Maps that do not fit each other
    ("add", {}, [X, X, (5, 4, 5)]),
    ("add", {}, [X, (6, 3, 5)]),
    ("add", {}, [X, (6, 4, 1)]),
    ("multiply", {}, [X, (1, 1, 1), (3, 1, 1)]),
    ("multiply", {}, [(6, 1, 1), (1, 2, 1), X]),
    ("concat", {}, [X, X, (6, 4, 4)]),
    ("concat", {"axis": 2}, [X, (6, 3, 5)]),
    ("concat", {"axis": 1}, [X, (5, 4, 5)]),
    ("concat", {"axis": 3}, [X, X]),
    ("center_crop", {}, [X, (6, 5, 5)]),
    ("center_crop", {}, [X, (6, 4, 6)]),
    # Parts that are not there, or fill no map
    ("center_crop", {}, [X]),
    ("center_crop", {"size": 2}, [X, (3, 2, 2)]),
    ("center_crop", {"size": [4, 6]}, [X]),
    ("upsample", {}, [X]),
    ("upsample", {"scale_factor": 2, "size": 8}, [X]),
    ("slice", {"axis": 3}, [X]),
    ("slice", {"stop": 7}, [X]),
    ("slice", {"start": 6}, [X]),
    ("slice", {"start": 3, "stop": 3}, [X]),
    ("slice", {"start": -1}, [X]),
    ("slice", {"axis": 1, "stop": 5}, [X]),
    ("tokens", {"patch": [2, 2]}, [X]),
    ("tokens", {"patch": [3, 5]}, [X]),
    ("untokens", {"height": 4, "width": 4}, [X]),
    ("linear", {"out_features": 3}, [(6, 1, 2)]),
    ("class_token", {}, [X]),
]


@pytest.mark.parametrize(("type", "fields", "maps"), REFUSED)
@pytest.mark.parametrize("ask", [by_oracle, by_class, by_text])
def test_what_cannot_be_is_refused(
    ask: Callable[[str, Case], Counts], type: str, fields: Fields, maps: list[oracle.Map]
) -> None:
    with pytest.raises((CostcalcError, Impossible)):
        ask(type, Case(fields, maps))


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_too_many_or_too_few_maps_are_refused(type: str, data: st.DataObject) -> None:
    least, most = LAYERS[type].inputs
    case = data.draw(fitting(type))
    wrong = [case.maps[:number] for number in range(1, least)]
    if most is not None:
        wrong.append(case.maps[:1] * (most + 1))
    for maps in wrong:
        with pytest.raises(CostcalcError, match=f"{type} takes"):
            by_text(type, Case(case.fields, maps))


def test_groups() -> None:
    """The groups that the cost table shows."""
    x = FeatureMap(6, 4, 4)
    assert LAYERS["conv2d"](out_channels=4, kernel_size=3, groups=2).groups_of(x) == 2
    assert LAYERS["pointwise_conv2d"](out_channels=4, groups=2).groups_of(x) == 2
    assert LAYERS["conv_transpose2d"](out_channels=3, kernel_size=3, groups=3).groups_of(x) == 3
    assert LAYERS["depthwise_conv2d"](kernel_size=3).groups_of(x) == 6
    assert LAYERS["max_pool2d"](kernel_size=3).groups_of(x) is None
