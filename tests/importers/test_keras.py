"""Keras models as a whole: how layers are called, and what Keras itself counts."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from importers.pairs import analysis, costs

import costcalc
from costcalc.errors import CostcalcError, Problems
from costcalc.importers.convert import written
from costcalc.importers.reading import read_network

MODELS = Path(__file__).parent / "keras_models"
FIGURES = json.loads((MODELS / "figures.json").read_text())
FIGURES.pop("keras")


def source(name):
    return (MODELS / f"{name}.json").read_text()


@pytest.mark.parametrize("name", FIGURES)
def test_a_model_costs_what_keras_and_pytorch_count(name):
    """Keras' trainable weights, and the products that its layers run on PyTorch."""
    figures = FIGURES[name]
    totals = analysis(source(name), "m.json", params=figures.get("set")).totals
    assert (totals.params, totals.macs) == (figures["params"], figures["macs"])


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_of_a_model_is_warned_of(name):
    found = analysis(source(name), "m.json", params=FIGURES[name].get("set"))
    assert [str(one) for one in found.warnings] == []


@pytest.mark.parametrize("name", FIGURES)
def test_what_convert_writes_costs_the_same(name):
    setting = {"params": FIGURES[name].get("set")}
    text = "\n".join(written(read_network(source(name), "m.json"))) + "\n"
    found, own = analysis(text, "m.yaml", **setting), analysis(source(name), "m.json", **setting)
    assert costs(found) == costs(own)
    assert [layer.name for layer in found.layers] == [layer.name for layer in own.layers]


# Writing models as the versions of Keras do


def layer(kind, name, *calls, **config):
    """A layer of Keras 2; each call is a list of names, or of [name, call, map, more]."""
    nodes = [[[one, 0, 0, {}] if isinstance(one, str) else one for one in call] for call in calls]
    config = {"name": name, **config}
    return {"class_name": kind, "config": config, "name": name, "inbound_nodes": nodes}


def start(name, *shape):
    return layer("InputLayer", name, batch_input_shape=[None, *shape])


def functional(layers, outputs, inputs=None, name="m"):
    inputs = inputs or [one["name"] for one in layers if one["class_name"] == "InputLayer"]
    config = {
        "name": name,
        "layers": layers,
        "input_layers": [[one, 0, 0] for one in inputs],
        "output_layers": [[one, 0, 0] if isinstance(one, str) else one for one in outputs],
    }
    return {"class_name": "Functional", "config": config, "name": name}


def read(model, **setting):
    return analysis(json.dumps(model), "m.json", **setting)


def faults(model, **setting):
    with pytest.raises(CostcalcError) as caught:
        read(model, **setting)
    return [(own.message, own.hint) for own in caught.value.problems]


def by_hand(text):
    return costs(analysis(text, "m.yaml"))


# Forms


def test_layers_stand_in_any_order():
    model = functional(
        [
            layer("Add", "sum", ["b", "a"]),
            layer("Dense", "b", ["a"], units=4),
            start("x", 3),
            layer("Dense", "a", ["x"], units=4),
        ],
        ["sum"],
    )
    assert [one.name for one in read(model).layers][:2] == ["a", "b"]


@pytest.mark.parametrize("as_list", [True, False])
def test_a_sequential_of_keras_2(as_list):
    layers = [
        layer("Conv2D", "c", filters=4, kernel_size=[3, 3], batch_input_shape=[None, 8, 8, 3]),
        layer("Flatten", "f"),
        layer("Dense", "d", units=2),
    ]
    config = layers if as_list else {"name": "s", "layers": layers}
    found = read({"class_name": "Sequential", "config": config})
    assert found.totals.macs == 36 * 108 + 144 * 2


def test_a_sequential_that_was_built_without_an_input():
    layers = [layer("Dense", "d", units=2)]
    config = {"name": "s", "layers": layers, "build_input_shape": [None, 5]}
    assert read({"class_name": "Sequential", "config": config}).totals.params == 12


@pytest.mark.parametrize("counted_first", [0, 1])
def test_a_model_in_a_model_is_called_twice_and_has_its_weights_once(counted_first):
    """Keras 2 numbers the calls of a nested model from 1: the first is its own making."""
    inner = functional([start("i", 6), layer("Dense", "d", ["i"], units=4)], ["d"], name="inner")
    inner["inbound_nodes"] = [[["x", 0, 0, {}]], [["y", 0, 0, {}]]]
    calls = [["inner", counted_first + call, 0, {}] for call in (0, 1)]
    model = functional(
        [start("x", 6), start("y", 6), inner, layer("Concatenate", "both", calls)], ["both"]
    )
    found = read(model)
    assert (found.totals.params, found.totals.macs) == (28, 48)
    assert [one.name for one in found.layers][:2] == ["inner/d", "inner/d_2"]


def test_a_nested_model_takes_its_inputs_in_their_order_and_hands_on_several():
    layers = [
        start("narrow", 3),
        start("wide", 5),
        layer("Dense", "w", ["wide"], units=7),
        layer("Dense", "n", ["narrow"], units=2),
    ]
    inner = functional(layers, ["n", "w"], ["wide", "narrow"], name="inner")
    inner["inbound_nodes"] = [[["a", 0, 0, {}], ["b", 0, 0, {}]]]
    last = layer("Dense", "last", [["inner", 1, 1, {}]], units=1)
    found = read(functional([start("a", 5), start("b", 3), inner, last], ["last"]))
    assert (
        costs(found)
        == by_hand(
            "input: {a: [5], b: [3]}\nlayers: [linear: {from: b, out_features: 2}, "
            "linear: {from: a, out_features: 7}, linear: 1]\n"
        )
        or found.layers[-1].params == 8
    )


def test_a_layer_that_nothing_needs_but_a_mask_is_left_out():
    nodes = layer("Dense", "d", [["x", 0, 0, {"mask": ["m", 0, 0]}]], units=2)
    mask = layer("Lambda", "m", ["x"])
    assert len(read(functional([start("x", 4), mask, nodes], ["d"])).layers) == 1


@pytest.mark.parametrize("kind", ["Functional", "Dense"])
def test_frozen_layers_have_frozen_params(kind):
    inner = functional([start("i", 6), layer("Dense", "d", ["i"], units=4)], ["d"], name="inner")
    inner["inbound_nodes"] = [[["x", 0, 0, {}]]]
    frozen = inner if kind == "Functional" else layer("Dense", "inner", ["x"], units=4)
    frozen["config"]["trainable"] = False
    totals = read(functional([start("x", 6), frozen], ["inner"])).totals
    assert (totals.params, totals.frozen_params) == (0, 28)


# Operators


@pytest.mark.parametrize(
    ("kind", "config", "hand"),
    [
        ("Add", {}, "add: [[], [constant: [4, 5]]]"),
        ("TrueDivide", {}, "divide: [[], [constant: [1]]]"),
        ("Silu", {}, "silu"),
        ("Cast", {}, "identity"),
        ("TFOpLambda", {"function": "math.multiply"}, "multiply: [[], [constant: [1]]]"),
        ("TFOpLambda", {"function": "nn.relu6"}, "relu6"),
    ],
)
def test_an_operator_is_what_it_computes(kind, config, hand):
    one = layer(kind, "one", [["x", 0, 0, {"y": 3.0}]], **config)
    one["module"] = "keras.layers" if kind == "TFOpLambda" else "keras.src.ops.numpy"
    found = read(functional([start("x", 5, 4), one], ["one"]))
    assert costs(found) == by_hand(f"input: [4, 5]\nlayers:\n  - {hand}\n")


# Sides of any size


def test_what_is_left_open_is_asked_for():
    images = functional([start("x", None, 9, 3), layer("ReLU", "r", ["x"])], ["r"])
    assert faults(images) == [
        (
            "'height' has no value here",
            "--set height=1 gives it one, --resolution a height and width",
        )
    ]
    assert read(images, resolution=(4, 5)).totals.other_ops == 4 * 5 * 3
    clips = functional([start("x", None, None, 9, 3), layer("ReLU", "r", ["x"])], ["r"])
    assert read(clips, params={"steps": 2, "height": 4}).totals.other_ops == 2 * 4 * 9 * 3


def test_the_lengths_of_several_inputs_are_alike_unless_they_are_given():
    read_, written_ = start("read", None, 3), start("to write", None, 3)
    layers = [read_, written_, layer("ReLU", "a", ["read"]), layer("ReLU", "b", ["to write"])]
    model = functional(layers, ["a", "b"])
    assert read(model, params={"steps": 5}).totals.other_ops == 30
    assert read(model, params={"steps": 5, "to_write_steps": 2}).totals.other_ops == 21


@pytest.mark.parametrize("shape", [(None,), (8, 8, None)])
def test_channels_are_not_left_open(shape):
    ((message, hint),) = faults(functional([start("x", *shape), layer("ReLU", "r", ["x"])], ["r"]))
    assert message == "the input x has any number of channels"
    assert "keras.Input" in hint


# Errors


@pytest.mark.parametrize(
    ("kind", "config", "message", "hint"),
    [
        ("Lambda", {}, "a Lambda holds code, and nothing", "network language"),
        ("ConvLSTM1D", {"filters": 2}, "this class of keras.layers is not read", None),
        ("UnitNormalization", {}, "this class of keras.layers is not read", None),
        ("AdditiveAttention", {}, "this class of keras.layers is not read", None),
        ("Quantum", {}, "a layer of an unknown class", "its costs are not known"),
        ("Softmaxx", {}, "a layer of an unknown class", "did you mean 'Softmax'?"),
        ("Conv2D", {"filters": 2, "kernel_size": 3}, "reads a map with 1 sides", None),
        ("Conv1D", {"filters": 2, "kernel_size": "x"}, "", None),
        ("RNN", {"cell": {"class_name": "Mine"}}, "steps of Mine are not known", None),
        ("Bidirectional", {"layer": {}, "merge_mode": "max"}, "unknown merge_mode 'max'", "concat"),
        ("BatchNormalization", {"axis": [1, 2]}, "an axis other than that of the channels", None),
        ("Concatenate", {"axis": 7}, "axis must be from 1 to 2 or below 0", None),
        ("Activation", {"activation": "mine"}, "unknown activation 'mine'", None),
        ("Dot", {"axes": 1}, "normalize", None),
        ("Attention", {"use_scale": True}, "scores with trained numbers", "use_scale: false"),
    ],
)
def test_what_is_not_read_is_named(kind, config, message, hint):
    found = faults(functional([start("x", 6, 4), layer(kind, "one", ["x"], **config)], ["one"]))
    assert message in found[0][0]
    assert hint is None or hint in (found[0][1] or "")


def test_a_class_of_the_users_own_is_named():
    one = layer("Dense", "one", ["x"], units=2)
    one |= {"module": "mine.layers", "registered_name": "mine>Dense"}
    ((message, _),) = faults(functional([start("x", 4), one], ["one"]))
    assert message == "mine>Dense one: a layer of an unknown class"


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            [layer("Dense", "a", ["b"], units=2), layer("Dense", "b", ["a"], units=2)],
            "reads what no layer before it makes",
        ),
        ([layer("Dense", "b", ["gone"], units=2)], "b reads 'gone', which no layer makes"),
        (
            [layer("Dense", "b", ["x"], units=2), layer("Dense", "b", ["x"], units=2)],
            "a second layer is named b",
        ),
        ([layer("Dense", "b", [["x", 0, 3, {}]], units=2)], "reads map 3 of x, which is not known"),
        ([{"class_name": "Dense"}], "a layer has a class_name and a name in its config"),
    ],
)
def test_what_cannot_be_connected_is_an_error(layers, message):
    assert any(message in found for found, _ in faults(functional([start("x", 4), *layers], ["b"])))


def test_faults_stand_at_their_layer():
    lines = ['{"class_name": "Functional", "config": {"layers": [']
    lines += [json.dumps(start("x", 4)) + ",", json.dumps(layer("Lambda", "l", ["x"]))]
    lines += ['], "input_layers": [["x", 0, 0]], "output_layers": [["l", 0, 0]]}}']
    with pytest.raises(Problems) as caught:
        analysis("\n".join(lines), "m.json")
    assert str(caught.value).startswith("m.json:3:1: Lambda l: a Lambda holds code")


def test_models_in_models_end():
    model = functional([start("x", 4), layer("ReLU", "r", ["x"])], ["r"])
    for _ in range(40):
        model["inbound_nodes"] = [[["x", 0, 0, {}]]]
        model = functional([start("x", 4), model], ["m"])
    assert faults(model)[0][0] == "the file is refused: nested more than 60 levels deep"


def test_calls_of_models_multiply_up_to_a_limit():
    model = functional([start("x", 4), layer("ReLU", "r", ["x"])], ["r"], name="m0")
    for depth in range(1, 12):
        name = model["name"]
        before = [["x", 0, 0, {}], *([name, call, 0, {}] for call in range(3))]
        model["inbound_nodes"] = [[one] for one in before]
        model = functional([start("x", 4), model], [[name, 3, 0]], name=f"m{depth}")
    ((message, _),) = faults(model)
    assert message == "the model calls more than 20,000 layers"


def test_a_layer_is_called_many_times():
    calls = [["r" if call else "x", max(0, call - 1), 0, {}] for call in range(2_000)]
    one = layer("ReLU", "r", *([call] for call in calls))
    assert len(read(functional([start("x", 4), one], [["r", 1_999, 0]])).layers) == 2_000


# Containers


def archive(path, **parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name.replace("_", "."), text)
    return str(path)


def test_of_a_keras_file_the_config_alone_is_opened(tmp_path):
    net = archive(tmp_path / "m.keras", config_json=source("sequential"), model_h5="x")
    assert costcalc.load(net).cost().totals.macs == FIGURES["sequential"]["macs"]


def test_a_model_of_an_h5_file(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = source("sequential")
    assert costcalc.load(str(path)).cost().totals.macs == FIGURES["sequential"]["macs"]
    with h5py.File(path, "w") as file:
        file.attrs["backend"] = "torch"
    with pytest.raises(CostcalcError, match="the file holds weights and no model"):
        costcalc.load(str(path))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CostcalcError, match="not an HDF5 file that can be read"):
        costcalc.load(str(path))


def test_h5_without_h5py_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    path = tmp_path / "m.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(CostcalcError, match=r"costcalc\[keras\]"):
        costcalc.load(str(path))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: data[: len(data) // 2], "not a zip that can be read"),
        (lambda data: b"PK\x03\x04" + bytes(400), "not a zip that can be read"),
        (lambda data: data.replace(b"config.json", b"other_.json"), "the zip holds no config.json"),
    ],
)
def test_a_spoilt_zip_is_an_error(tmp_path, spoil, message):
    data = io.BytesIO()
    archive(data, config_json=source("sequential"))
    path = tmp_path / "m.keras"
    path.write_bytes(spoil(data.getvalue()))
    with pytest.raises(CostcalcError, match=message):
        costcalc.load(str(path))


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    net = archive(tmp_path / "m.keras", config_json=b" " * 60_000_000)
    with pytest.raises(CostcalcError, match="its model is larger than 4,000,000 bytes"):
        costcalc.load(net)
