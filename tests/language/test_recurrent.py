"""Rule 41: layers that go along a sequence."""

import pytest

import costcalc
from costcalc.accounting.convention import Convention, load_convention
from costcalc.costs.convention_counts import Counting
from costcalc.costs.table import Analysis
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile

SPOTTER = """\
input: [40, 98]
params: {steps: 98, hidden: 128, layers: 2, features: 64, both: false}
layers:
  - slice: {axis: length, stop: steps}
  - lstm: {hidden_size: hidden, proj_size: features, num_layers: layers, bidirectional: both}
  - slice: {axis: length, start: -1}
  - linear: 12
"""


def run(text, **setting):
    return build(NetworkFile(text, "net.yaml"), Setting(**setting))


def totals(text, **setting):
    return Analysis(run(text, **setting)).totals


def test_a_keyword_spotter():
    found = totals(SPOTTER)
    assert (found.macs, found.params) == (13247232, 137996)


def test_all_steps_are_handed_on():
    shapes = [node.shape.dims for node in run(SPOTTER, params={"both": True}).nodes]
    assert shapes == [(40, 98), (128, 98), (128, 1), (12, 1)]


def test_a_vector_is_one_step():
    network = run("input: [40]\nlayers: [gru: {hidden_size: 32}, flatten, linear: 5]\n")
    assert [node.shape.dims for node in network.nodes] == [(32, 1), (32,), (5,)]


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_hidden_size_may_stand_alone(kind):
    assert run(f"input: [40, 7]\nlayers: [{kind}: 32]\n").outputs[0].shape.dims == (32, 7)


def test_params_are_those_of_pytorch_and_of_keras():
    """Two biases a gate in PyTorch; one in Keras, but for its GRU."""
    found = {}
    for kind in ("lstm", "gru", "rnn"):
        network = run(f"input: [10, 5]\nlayers: [{kind}: 20]\n")
        keras = Counting(network, load_convention("keras")).params()
        found[kind] = (Analysis(network).totals.params, keras)
    assert found == {"lstm": (2560, 2480), "gru": (1920, 1920), "rnn": (640, 620)}


def test_what_tools_count_of_it():
    """fvcore counts 0; what a convention says nothing of is not guessed."""
    network = run("input: [10, 5]\nlayers: [lstm: 20]\n")
    assert Counting(network, load_convention("default")).total() == 12000
    assert Counting(network, load_convention("fvcore")).total() == 0
    own = Counting(network, Convention("own", "own", "count: {}\nnothing: [activations]"))
    assert own.unknown == ["lstm"]


def test_sizes_are_swept(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(SPOTTER)
    swept = costcalc.load(str(path)).sweep(
        {"layers": [1, 3], "features": [0, 64], "steps": [1, 98]}
    )
    for place, layers in enumerate((1, 3)):
        for column, features in enumerate((0, 64)):
            for depth, steps in enumerate((1, 98)):
                params = {"layers": layers, "features": features, "steps": steps}
                point = totals(SPOTTER, params=params)
                assert swept.macs[place, column, depth] == point.macs
                assert swept.params[place, column, depth] == point.params


@pytest.mark.parametrize(
    ("input", "item", "message", "hint"),
    [
        ("[3, 8, 9]", "gru: 5", "gru needs a vector or tokens, not a 3×8×9 map", "rearrange"),
        (
            "[3, 8]",
            "lstm: {hidden_size: 5, proj_size: 5}",
            "lstm: proj_size 5 is not below hidden_size 5",
            "narrower",
        ),
        ("[3, 8]", "gru: {hidden_size: 5, proj_size: 2}", "unknown key 'proj_size' in gru", None),
        ("[3, 8]", "rnn: {num_layers: 2}", "rnn needs hidden_size", "hidden_size"),
    ],
)
def test_what_does_not_fit_is_an_error_at_the_item(input, item, message, hint):
    with pytest.raises(CostcalcError) as caught:
        run(f"input: {input}\nlayers:\n  - {item}\n")
    (problem,) = caught.value.problems
    assert problem.message == message
    assert problem.position.line == 3
    assert hint is None or hint in problem.hint
