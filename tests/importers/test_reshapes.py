"""Reshapes by numbers in the formats that have them, of a map of 6 channels, 4 by 5."""

import json

import pytest
from importers.pairs import analysis

from costcalc.errors import CostcalcError


def ncnn(*sides: int) -> tuple[str, str]:
    """Width, height and channels, as far as there are so many."""
    numbers = " ".join(f"{key}={side}" for key, side in enumerate(reversed(sides)))
    return "x.param", f"7767517\n2 2\nInput i 0 1 i 0=5 1=4 2=6\nReshape r 1 1 i r {numbers}\n"


def caffe(*sides: int) -> tuple[str, str]:
    dims = " ".join(f"dim: {side}" for side in (0, *sides))
    shape = "input_shape { dim: 1 dim: 6 dim: 4 dim: 5 }"
    layer = 'name: "r" type: "Reshape" bottom: "i" top: "r"'
    reshape = f"reshape_param {{ shape {{ {dims} }} }}"
    return "x.prototxt", f'input: "i" {shape}\nlayer {{ {layer} {reshape} }}\n'


def keras(*sides: int) -> tuple[str, str]:
    """The channels last."""
    target = [*sides[1:], sides[0]]
    layers = [
        {
            "class_name": "Reshape",
            "config": {"name": "r", "target_shape": target, "batch_input_shape": [None, 4, 5, 6]},
        }
    ]
    config = {"name": "m", "layers": layers}
    return "x.json", json.dumps({"class_name": "Sequential", "config": config})


CASES = {
    (12, 2, 5): (12, 2, 5),
    (-1, 2, 5): (12, 2, 5),
    (12, -1, 5): (12, 2, 5),
    (12, 2, -1): (12, 2, 5),
    (12, 10): (12, 10),
    (12, -1): (12, 10),
    (-1, 10): (12, 10),
    (120,): (120,),
    (-1,): (120,),
}


@pytest.mark.parametrize("form", [ncnn, caffe, keras])
@pytest.mark.parametrize("sides", CASES)
def test_elements_are_taken_apart_by_numbers(form, sides):
    name, text = form(*sides)
    last = analysis(text, name).layers[-1]
    assert last.output_shape.dims == CASES[sides]


@pytest.mark.parametrize("form", [ncnn, caffe, keras])
@pytest.mark.parametrize("sides", [(-1, -1, 5), (12, 0, 5), (7, -1), (-2, 10)])
def test_what_cannot_be_is_refused(form, sides):
    name, text = form(*sides)
    with pytest.raises(CostcalcError):
        analysis(text, name)
