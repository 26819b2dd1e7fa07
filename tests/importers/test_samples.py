"""Samples of each format cost what the same networks do that are written by hand."""

import re

import pytest
import yaml
from importers.pairs import analysis, by_hand, costs, samples
from jsonschema import Draft202012Validator

from costcalc.importers.convert import written
from costcalc.importers.formats import FORMATS
from costcalc.importers.reading import read_network
from costcalc.reference.json_schema import schema

ALL = [pytest.param(path, id=path.name) for one in FORMATS for path in samples(one.name)]


@pytest.mark.parametrize("sample", ALL)
def test_a_sample_costs_what_it_does_by_hand(sample):
    found = analysis(sample.read_text(encoding="utf-8"), str(sample))
    own = analysis(by_hand(sample), "by_hand.yaml")
    assert costs(found) == costs(own)
    assert found.totals.activations == own.totals.activations
    last, own_last = found.layers[-1], own.layers[-1]
    assert last.output_shape.dims == own_last.output_shape.dims


@pytest.mark.parametrize("sample", ALL)
def test_what_convert_writes_costs_the_same(sample):
    text = sample.read_text(encoding="utf-8")
    file = read_network(text, sample.name)
    lines = list(written(file))
    assert sample.name in lines[0]
    converted = "\n".join(lines) + "\n"
    Draft202012Validator(schema()).validate(yaml.safe_load(converted))
    for variant in file.variant_names():
        found = analysis(text, sample.name, variant)
        own = analysis(converted, "converted.yaml", variant)
        assert [layer.name for layer in own.layers] == [layer.name for layer in found.layers]
        assert costs(own) == costs(found)
        assert own.network.file.foreign is None
        assert not [one for one in own.warnings if "no output" in one.message]


@pytest.mark.parametrize(
    ("format_", "kinds"),
    [
        ("darknet", r"^\[(?:Gaussian_)?(\w+)\]"),
        ("caffe", r'type: "(\w+)"'),
        ("ncnn", r"^(\w+) +\w+ +\d"),
    ],
)
def test_everything_that_is_known_is_in_a_sample(format_, kinds):
    (one,) = [one for one in FORMATS if one.name == format_]
    texts = [path.read_text(encoding="utf-8") for path in samples(format_)]
    there = {kind for text in texts for kind in re.findall(kinds, text, re.MULTILINE)}
    assert set(one.known()) <= there
