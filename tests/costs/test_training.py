"""What training takes, against what PyTorch itself counts and keeps."""

import json
import os
import subprocess

import pytest
from support.paths import PROJECT, RECORDED

import costcalc
from costcalc.api import Model
from costcalc.costs.training import kept_elements
from costcalc.language.network_file import NetworkFile
from costcalc.numeric.exact import sum_of

FIGURES = json.loads((RECORDED / "training.json").read_text())
"""By network: MACs forward and backward by torch.utils.flop_counter, and the bytes of what autograd
keeps, of a batch of 2; recorded by tests/peers/record_training.py."""


def grouped(network):
    """What flop_counter adds for gradients of weights of grouped convolutions.

    Its formula of such a gradient counts as many MACs as without groups.
    """
    found = 0
    for node in network.nodes:
        if node.layer.family == "convolutions":
            groups = node.layer.groups_of(node.inputs[0].shape)
            found += (groups - 1) * node.layer.macs(node.shape, node.inputs[0].shape) * 2
    return found


@pytest.mark.parametrize("name", FIGURES["macs"])
def test_macs_are_those_of_flop_counter(name):
    table = costcalc.load(name).cost(batch=2)
    assert table.totals.macs == FIGURES["macs"][name][0]
    assert table.totals.training_macs + grouped(table.network) == FIGURES["macs"][name][1]


@pytest.mark.parametrize("name", FIGURES["kept"])
def test_what_is_kept_is_that_of_autograd_within_6_percent(name):
    network = costcalc.load(name).cost(batch=2).network
    assert 4 * sum_of(kept_elements(network)) == pytest.approx(FIGURES["kept"][name], rel=0.06)


NET = """\
input: [3, 8, 8]
params: {{first: true, rest: true, body: true}}
layers:
  - conv2d: {{when: first, name: stem, out_channels: 3, kernel_size: 3, trainable: {stem}}}
  - conv2d: {{name: body, repeat: {copies}, out_channels: 3, kernel_size: 3, trainable: {body}}}
  - flatten
  - linear: {{name: head, out_features: 5, trainable: {head}}}
"""
CONV, LINEAR = 8 * 8 * 3 * 3 * 9, 192 * 5


def training(stem="true", body="true", head="true", copies=1, **params):
    text = NET.format(stem=stem, body=body, head=head, copies=copies)
    return Model(NetworkFile(text, "net.yaml"), None).cost(params).totals


@pytest.mark.parametrize(
    ("given", "macs"),
    [
        ({}, 2 * CONV + 3 * CONV + 3 * LINEAR),  # no gradient of the image
        ({"stem": "false"}, CONV + 2 * CONV + 3 * LINEAR),
        ({"stem": "false", "body": "false"}, 2 * CONV + 2 * LINEAR),
        ({"body": "false"}, 2 * CONV + 2 * CONV + 3 * LINEAR),  # of the map, not of the weights
        ({"stem": "false", "body": "false", "head": "false"}, 2 * CONV + LINEAR),
        ({"copies": 4}, 2 * CONV + 4 * 3 * CONV + 3 * LINEAR),
        ({"first": False, "copies": 4}, 2 * CONV + 3 * 3 * CONV + 3 * LINEAR),
    ],
)
def test_gradients_that_nobody_needs_are_not_counted(given, macs):
    assert training(**given).training_macs == macs


def test_a_sweep_counts_as_each_point_does():
    """Copies that are alike are counted once and multiplied, but for the first."""
    text = NET.format(stem="true", body="true", head="true", copies="n").replace(
        "first: true", "first: true, n: 1"
    )
    model = Model(NetworkFile(text, "net.yaml"), None)
    values = {"n": "1,2,9", "first": "true,false"}
    found = model.sweep(values, metrics=["training_macs", "training_memory"])
    for row, n in enumerate((1, 2, 9)):
        for column, first in enumerate(("true", "false")):
            totals = model.cost({"n": str(n), "first": first}).totals
            assert found.training_macs[row][column] == totals.training_macs
            assert found.training_memory[row][column] == totals.training_memory


def test_an_optimizer_keeps_numbers_of_trained_params_alone():
    found = {
        name: costcalc.load("resnet8", optimizer=name).cost().totals
        for name in ("sgd", "momentum", "adam")
    }
    memory = [totals.training_memory for totals in found.values()]
    assert memory[1] - memory[0] == memory[2] - memory[1] == 4 * found["sgd"].params
    with pytest.raises(costcalc.CostcalcError, match="unknown optimizer 'adamm'"):
        costcalc.load("resnet8", optimizer="adamm")


@pytest.mark.peers
def test_the_figures_are_what_torch_says(tmp_path):
    script = PROJECT / "tests" / "peers" / "record_training.py"
    out = tmp_path / "training.json"
    python = os.environ.get("PEERS_PYTHON", "python")
    subprocess.run([python, str(script), str(out)], check=True)
    assert json.loads(out.read_text()) == FIGURES
