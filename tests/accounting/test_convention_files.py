"""Convention files: what is shipped, what is faulty, what one takes from another."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_network import NET, model_of

import costcalc
from costcalc.accounting.convention import Convention, convention_names, load_convention
from costcalc.accounting.rules import types
from costcalc.costs.convention_counts import Counting
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.language.network_file import NetworkFile
from costcalc.layers import LAYERS

NAMES = convention_names()


def test_the_conventions_that_there_must_be():
    assert NAMES[0] == "default"
    asked = (
        "default paper fvcore ptflops-pytorch ptflops-aten thop torchinfo torchprofile "
        "torch-flop-counter calflops onnx-tool keras slim"
    )
    assert set(asked.split()) <= set(NAMES)


UNRECORDED = {"local_response_norm"}
"""Layer types on which not all tools have been recorded yet."""


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_convention_speaks_of_every_layer_type_and_of_no_network(name):
    convention = load_convention(name)
    assert set(types()) - UNRECORDED <= set(convention.count.by_type())
    assert convention.about
    text = Path(convention.path).read_text(encoding="utf-8").lower()
    named = [word for word in ("mobilenet", "resnet", "vit") if word in text.split("quirks")[0]]
    # Where a page with figures is called so, it is a source.
    assert not named or name == "slim"


def test_what_a_convention_says_nothing_of_is_not_guessed():
    """It is left out where all are listed, by name."""
    attention = "dot_product_attention: {from: [x, x, x], heads: 2}"
    text = f"input: [4, 6]\nlayers: [relu: {{name: x}}, {attention}]\n"
    network = build(NetworkFile(text, "n.yaml"))
    for name in ("default", "paper"):
        assert Counting(network, load_convention(name)).total() == 2 * 4 * 6 * 6
    own = Counting(network, Convention("x", "x", "count: {}\nnothing: [activations]"))
    assert own.unknown == ["dot_product_attention"]
    with pytest.raises(CostcalcError, match="says nothing of dot_product_attention"):
        own.total()


@pytest.mark.parametrize("name", ["default", "fvcore", "keras", "ptflops-pytorch", "thop"])
def test_samples_of_a_batch_are_counted_and_their_params_are_not(name):
    pattern = "b c (h p) (w q) -> (b h w) c (p q)"
    there = f"pattern: {pattern}, p: 2, q: 2"
    layers = f"[rearrange: {{{there}, layers: [linear: {{out_features: 5, bias: false}}]}}]"
    network = build(NetworkFile(f"input: [4, 6, 4]\nlayers: {layers}\n", "n.yaml"))
    counting = Counting(network, load_convention(name))
    assert counting.total() == (3 * 2) * (2 * 2) * 4 * 5  # windows, places, weights
    assert counting.params() == 4 * 5


FAULTS = [
    ("count: {conv4d: {macs: 1}}", 1, 9, "unknown layer type or family 'conv4d'", "conv3d"),
    ("count: {pooling: {input: 1}}", 1, 9, "unknown layer type or family 'pooling'", "poolings"),
    ("count: {conv2d: {mac: 1}}", 1, 18, "unknown quantity 'mac' in conv2d", "macs"),
    ("count: {conv2d: {macs: 1.5}}", 1, 24, "macs must be a whole number", None),
    ("count: {conv2d: {macs: 99999999}}", 1, 24, "macs must be a whole number", None),
    ("count: {conv2d: [1]}", 1, 17, "conv2d must be a mapping", None),
    ("count: {}\nunit: FLOPS", 2, 7, "unit must be MAC or FLOP, not 'FLOPS'", None),
    ("counts: {}", 1, 1, "unknown key 'counts' in a convention", "count"),
    ("unit: MAC", 1, 1, "a convention needs the key 'count'", None),
    (
        "count: {relu: {output: 1}}\nnothing: [relu]",
        2,
        11,
        "relu has a rule in 'count'",
        None,
    ),
    ("count: {}\nnothing: relu", 2, 10, "nothing must be a list", None),
    ("count: {}\nnothing: [rely]", 2, 11, "unknown layer type or family 'rely'", "relu"),
    ("count: {}\nparams: {batch_norm.fold: {}}", 2, 10, "unknown layer type or", "batch_norm"),
    ("count: {}\nnothing: [relu.functional]", 2, 11, "unknown layer type or", "relu.function"),
    ("count: {}\nparams_once: {rely: 1}", 2, 15, "unknown layer type or", "relu"),
    ("count: {}\nparams_once: {relu: x}", 2, 21, "relu must be a whole number", None),
]


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), FAULTS)
def test_faults_have_places(text, line, column, message, hint, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(costcalc.Problems) as raised:
        load_convention(str(path))
    (first, *_) = [p for p in raised.value.problems if message in p.message]
    assert (first.position.line, first.position.column) == (line, column)
    assert hint is None or hint in first.hint


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(costcalc.CostcalcError) as raised:
        load_convention("fvcor")
    assert raised.value.message == "no convention is named 'fvcor'"
    assert raised.value.hint == "did you mean 'fvcore'?"


def test_a_layer_that_a_convention_does_not_know_is_an_error(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("count: {conv2d: {macs: 1}}\nnothing: [relu]", encoding="utf-8")
    with pytest.raises(costcalc.CostcalcError) as raised:
        model_of(NET, tmp_path, convention=str(path)).cost()
    error = raised.value
    assert error.message.startswith("the convention says nothing of batch_norm, depthwise_conv2d, ")
    assert str(error.position) == f"{path}:1:1"
    assert "like: default" in error.hint


def test_like_another(tmp_path):
    """Its own rules hold for all kinds of a layer type, and every other type's for the rest."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "like: thop\ncount: {upsample: {input: 1}, relu: {output: 1}}\nnothing: [prelu]"
    )
    own, thop = load_convention(str(path)), load_convention("thop")
    assert own.count["upsample"] == {"input": 1}
    assert "upsample.bilinear" in thop.count
    assert "upsample.bilinear" not in own.count
    assert (own.count["prelu"], own.count["softmax"]) == ({}, thop.count["softmax"])
    assert (own.params, own.unit) == (thop.params, thop.unit)
    path.write_text("like: thp")
    with pytest.raises(costcalc.Problems) as raised:
        load_convention(str(path))
    (error,) = raised.value.problems
    assert (error.position.line, error.position.column) == (1, 7)
    assert error.hint == "did you mean 'thop'?"


def test_a_file_is_called_by_its_path_and_never_the_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("default.yaml").write_text("like: fvcore")
    totals = costcalc.load("mobilenet", convention="./default.yaml").cost().totals
    assert (totals.convention, totals.total) == ("./default.yaml", 578875904)


def test_a_number_of_any_length_is_refused(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(f"count: {{conv2d: {{macs: {'9' * 5000}}}}}")
    with pytest.raises(costcalc.Problems, match="macs must be a whole number of at most 9,999,999"):
        load_convention(str(path))


def test_layer_types_have_one_name_each():
    assert set(types()) == {layer.type for layer in LAYERS.values()}
