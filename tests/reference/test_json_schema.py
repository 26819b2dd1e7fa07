"""The JSON Schema: made from the layers, true to the language, and shipped as made."""

from pathlib import Path

import jsonschema
import pytest
import yaml
from support.paths import VALID

from costcalc.language.block_file import library
from costcalc.language.library import configs_folder
from costcalc.layers import LAYERS
from costcalc.reference.json_schema import schema, schema_text

CONFIGS = Path(configs_folder())
VALIDATOR = jsonschema.Draft202012Validator(schema())
FILES = sorted(CONFIGS.glob("*.yaml"))
NETWORKS = sorted(VALID.glob("*.yaml"))


def errors(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def network(item: str) -> str:
    return f"input: [3, 32, 32]\nlayers:\n  - {item}\n"


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_shipped_file_is_what_the_layers_say():
    shipped = (CONFIGS / "network.schema.json").read_text(encoding="utf-8")
    assert shipped == schema_text(), "costcalc schema --output configs/network.schema.json"


@pytest.mark.parametrize("path", [*FILES, *NETWORKS], ids=lambda path: path.name)
def test_every_network_is_valid(path):
    assert errors(path.read_text(encoding="utf-8")) == []


def test_there_are_configs():
    assert len(FILES) >= 20
    assert len(NETWORKS) >= 5


@pytest.mark.parametrize("name", [*LAYERS, *library().own])
def test_every_layer_and_block_is_known(name):
    definitions = schema()["$defs"]
    entry = next(part for part in definitions["item"]["anyOf"] if "properties" in part)
    assert name in entry["properties"]
    assert definitions["item"]["anyOf"][0]["enum"].count(name) == 1


@pytest.mark.parametrize(
    "item",
    [
        "conv2d: {out_channels: 8, kernel_size: [3, 5], padding: [0, 1, 0, 1], bias: false}",
        "conv2d: {out_channels: in_channels * 2, kernel_size: 3, name: a, repeat: 2}",
        "conv2d: {out_channels, kernel_size: 3, first: {stride: 2}}",
        "concat: [[], relu, [relu, relu]]",
        "add: {from: [a, b]}",
        "residual: {layers: [relu], shortcut: [], shortcut_when: stride == 1}",
        "my_block: {anything: 3}",
        "$unit: {out_channels: 3}",
        "$unit",
        "upsample: {scale_factor: 2, mode: bilinear}",
        "require: in_height == 7",
        "require: {condition: near, reason: a map of 7 places, from: a, when: deep}",
    ],
)
def test_what_the_language_allows_is_valid(item):
    assert errors(network(item)) == []


@pytest.mark.parametrize(
    "item",
    [
        "conv2d: {out_channels: 8, kernel_sizze: 3}",
        "conv2d: {out_channels: 0, kernel_size: 3}",
        "conv2d: {out_channels: 8, kernel_size: [3, 3, 3]}",
        "conv2d: {out_channels: 8, kernel_size: 3, first: {strid: 2}}",
        "conv2d: {bias: 3}",
        "inverted_residual: {out_chanels: 8}",
        "{conv2d: {}, relu: {}}",
        "{}",
        "3",
        "none",
        "residual: {shortcut: []}",
        "sequence: {layers: [3]}",
        "require: {reason: a map of 7 places}",
        "require: {condition: near, repeat: 2}",
    ],
)
def test_what_it_refuses_is_invalid(item):
    assert errors(network(item))


@pytest.mark.parametrize(
    "text",
    [
        "input: [3, 4, 5, 6, 7]\nlayers: [relu]\n",
        "input: [3, 32, 32]\n",
        "input: [3, 32, 32]\nlayers: [relu]\nlayer: 3\n",
        "input: [3, 32, 32]\nlayers: [relu]\nrounding: ceil\n",
        "input: [3, 32, 32]\nlayers: [relu]\nvariants: {a: {layers: []}}\n",
        "input: [3, 32, 32]\nlayers: [relu]\npublished: [{macs: 3M, top1: 120}]\n",
    ],
)
def test_a_faulty_file_is_invalid(text):
    assert errors(text)
