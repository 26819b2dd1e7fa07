"""The field that every layer has: how the reference calls it."""

from pathlib import Path

import pytest

import costcalc


def load(text: str, tmp_path: Path):
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return costcalc.load(str(path))


def calls(text: str, tmp_path: Path) -> list[str]:
    return [node.layer.call for node in load(text, tmp_path).cost().network.nodes]


def fault(text: str, tmp_path: Path):
    with pytest.raises(costcalc.Problems) as raised:
        load(text, tmp_path)
    (problem,) = raised.value.problems
    return problem


def test_a_layer_is_a_module_unless_it_says_else(tmp_path):
    text = "input: [3, 8, 8]\nlayers: [relu, relu: {call: function}, relu: {call: method}]"
    assert calls(text, tmp_path) == ["module", "function", "method"]


def test_defaults_and_the_first_copy_say_it(tmp_path):
    text = (
        "input: [3, 8, 8]\ndefaults: {relu: {call: function}}\n"
        "layers: [relu: {repeat: 2, first: {call: method}}]"
    )
    assert calls(text, tmp_path) == ["method", "function"]


def test_a_block_hands_it_on(tmp_path):
    text = """
input: [3, 8, 8]
blocks:
  pair:
    params: {call: function}
    layers: [relu: {call}, elu: {call: call}]
layers: [pair, pair: {call: method}]
"""
    assert calls(text, tmp_path) == ["function", "function", "method", "method"]


def test_its_words_are_free_elsewhere(tmp_path):
    """They mean something under this key alone: a block may be called module, a param function."""
    text = """
input: [3, 8, 8]
params: {function: 4, method: 2}
blocks: {module: {layers: [relu]}}
layers: [module, conv2d: {out_channels: function * method, kernel_size: 1, call: module}]
"""
    assert calls(text, tmp_path) == ["module", "module"]
    assert load(text, tmp_path).cost().layers[-1].output_shape.channels == 8


def test_another_word_is_an_error_with_its_place(tmp_path):
    problem = fault("input: [3, 8, 8]\nlayers:\n  - relu: {call: functional}", tmp_path)
    assert (problem.position.line, problem.position.column) == (3, 18)
    assert problem.message == "unknown name 'functional'"
    assert problem.hint == "did you mean 'function'?"
    problem = fault("input: [3, 8, 8]\nlayers:\n  - relu: {call: 3}", tmp_path)
    assert "call must be module, function or method, not 3" in problem.message


def test_a_value_for_a_layer_without_fields_of_its_own_is_refused_as_ever(tmp_path):
    assert fault("input: [3, 8, 8]\nlayers: [relu: 5]", tmp_path).hint == "write only relu"
