"""Which rule of a convention holds for a layer: of its special kind, its type, its family."""

import pytest

from costcalc.accounting.rules import Rules, kinds, rule_text
from costcalc.layers import FAMILIES, LAYERS

RULES = Rules(
    {
        "poolings": {"input": 1},
        "max_pool2d": {"window": 1},
        "function": {"one": 1},
        "poolings.method": {"one": 2},
        "max_pool2d.method": {"one": 3},
        "upsample.bilinear": {"one": 4},
    }
)


@pytest.mark.parametrize(
    ("type_", "special", "rule"),
    [
        ("avg_pool2d", None, {"input": 1}),
        ("max_pool2d", None, {"window": 1}),
        ("max_pool2d", "function", {"one": 1}),
        ("relu", "function", {"one": 1}),
        ("avg_pool2d", "method", {"one": 2}),
        ("max_pool2d", "method", {"one": 3}),
        ("relu", None, None),
        ("relu", "method", None),
        ("upsample", "bilinear", {"one": 4}),
        ("upsample", None, None),
    ],
)
def test_the_special_kind_goes_before_the_type_and_the_type_before_its_family(type_, special, rule):
    assert RULES.find(LAYERS[type_], lambda asked: asked == special) == rule


def test_the_call_goes_before_other_special_kinds():
    rules = Rules({"upsample.bilinear": {"one": 1}, "upsamplings.function": {"one": 2}})
    assert rules.find(LAYERS["upsample"], lambda asked: True) == {"one": 2}


def over(own, below):
    return dict(Rules(own).over(Rules(below)))


def test_a_rule_of_a_type_goes_over_all_kinds_of_it():
    below = {"relu": {"one": 1}, "relu.function": {"one": 2}, "elu": {"one": 3}}
    assert over({"relu": {}}, below) == {"relu": {}, "elu": {"one": 3}}
    assert over({"relu.function": {}}, below) == {**below, "relu.function": {}}


def test_a_rule_of_a_family_goes_over_its_types():
    below = {"relu": {"one": 1}, "poolings": {"one": 2}, "activations.method": {"one": 3}}
    assert over({"activations": {}}, below) == {"activations": {}, "poolings": {"one": 2}}


def test_a_rule_of_a_type_goes_over_calls_of_any_layer():
    """thop counts no function; who counts ReLUs like thop but for one rule, counts them all."""
    below = {"function": {}, "activations.method": {}, "activations": {}}
    found = Rules({"relu": {"one": 1}}).over(Rules(below))
    for special in (None, "function", "method"):
        assert found.find(LAYERS["relu"], lambda asked, s=special: asked == s) == {"one": 1}
        assert found.find(LAYERS["elu"], lambda asked, s=special: asked == s) == {}


def test_families_are_spelled_out():
    found = RULES.by_type()
    pools = [name for name, layer in LAYERS.items() if layer.family == "poolings"]
    assert {name: found[name] for name in pools} == {
        **{name: {"input": 1} for name in pools},
        "max_pool2d": {"window": 1},
    }
    assert found["avg_pool2d.method"] == {"one": 2}
    assert found["max_pool2d.method"] == {"one": 3}
    assert found["function"] == {"one": 1}
    assert "poolings" not in found
    assert "relu" not in found


def test_what_a_rule_may_be_of():
    assert {"relu", "activations", "function", "batch_norm.folded"} <= set(kinds(""))
    assert "relu.function" in kinds("relu")
    assert "activations.method" in kinds("activations")
    assert "rely.function" not in kinds("rely")
    assert not set(FAMILIES) & set(LAYERS), "a family has the name of a type"


def test_rule_texts():
    assert rule_text({}) == "0"
    assert rule_text({"output": 3, "positions": -1}) == "3 output - 1 positions"
    assert rule_text({"macs": 1, "bias": 1}) == "macs + bias"


def test_kinds_of_one_rule_stand_together_and_special_ones_that_count_nothing():
    rules = Rules({"relu": {"output": 1}, "elu": {"output": 1}, "merges": {}, "function": {}})
    assert rules.grouped() == {"output": ["relu", "elu"], "0": ["function"]}
    assert rules.grouped(nothing=True) == {"output": ["relu", "elu"], "0": ["merges", "function"]}


SIDED = Rules({"poolings": {"input": 1}, "max_pool": {"window": 1}, "max_pool1d": {"one": 1}})


@pytest.mark.parametrize(
    ("type_", "rule"),
    [
        ("max_pool1d", {"one": 1}),
        ("max_pool2d", {"window": 1}),
        ("max_pool3d", {"window": 1}),
        ("avg_pool3d", {"input": 1}),
    ],
)
def test_a_type_without_a_number_is_that_of_any_number_of_sides(type_, rule):
    assert SIDED.find(LAYERS[type_], lambda asked: False) == rule
    assert SIDED.by_type()[type_] == rule


def test_special_kinds_of_a_type_hold_for_all_numbers_of_sides():
    rules = Rules({"conv_transpose.square": {"one": 1}, "conv_transpose3d.square": {"one": 2}})
    found = {
        type_: rules.find(LAYERS[type_], lambda asked: asked == "square")
        for type_ in ("conv_transpose1d", "conv_transpose3d", "conv2d")
    }
    assert found == {"conv_transpose1d": {"one": 1}, "conv_transpose3d": {"one": 2}, "conv2d": None}
    assert rules.by_type()["conv_transpose2d.square"] == {"one": 1}
    assert "conv_transpose2d.square" in kinds("conv_transpose2d")
    assert "conv2d.square" not in kinds("conv2d")


def test_a_rule_of_a_type_without_a_number_goes_over_those_with_one():
    below = {"max_pool2d": {"one": 1}, "max_pool3d.volume": {"one": 2}, "relu": {"one": 3}}
    assert over({"max_pool": {}}, below) == {"max_pool": {}, "relu": {"one": 3}}
    assert over({"max_pool2d": {}}, {"max_pool.volume": {"one": 1}}) == {
        "max_pool.volume": {"one": 1},
        "max_pool2d": {},
        "max_pool2d.volume": {},
    }
