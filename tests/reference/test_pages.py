"""The pages of layers and blocks: every field has a meaning, what it counts and its default."""

import pytest

from costcalc.cli import run
from costcalc.layers import LAYERS
from costcalc.reference import layers
from costcalc.reference.json_schema import schema

ENTRIES = [entry for _, entries in layers.families() for entry in entries]
FIELDS = [
    pytest.param(entry, field, id=f"{entry.name}.{field.name}")
    for entry in ENTRIES
    for field in entry.fields
]
COUNTED = ("whole number", "number or", "number, ")


def test_every_layer_and_block_has_a_page():
    assert {entry.name for entry in ENTRIES} >= {layer.type for layer in LAYERS.values()}
    assert [layers.entry(entry.name) for entry in ENTRIES] == ENTRIES


@pytest.mark.parametrize(("entry", "field"), FIELDS)
def test_every_field_says_what_it_means(entry, field):
    assert field.meaning
    assert not field.meaning.endswith(".")
    assert field.default
    assert entry.kind == "block" or field.takes
    if any(word in field.takes for word in COUNTED):
        assert field.unit


@pytest.mark.parametrize(("entry", "field"), FIELDS)
def test_the_schema_says_it_too(entry, field):
    properties = schema()["$defs"][f"{entry.kind}_{entry.name}"]["properties"]
    said = properties[field.name]["description"]
    assert said.startswith(field.meaning)
    assert field.unit in said
    assert said.endswith("; required" if field.default == "required" else field.default)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_command_shows_it_all(entry, capsys):
    assert run(["layers", entry.name]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for field in entry.fields:
        for said in (field.name, field.default, field.takes, field.unit, field.meaning):
            assert said in out


def test_what_a_toy_layer_says_is_shown(capsys, monkeypatch):
    """A field that no other layer has says what it means where it is declared."""
    from costcalc.layers.base import SameShape
    from costcalc.layers.fields import size

    class Toy(SameShape, type="toy", family="activations"):
        """A toy.

        Shapes: unchanged.
        Source: nobody.
        """

        marbles = size(3).means("marbles in the bag", "marbles")

    try:
        assert run(["layers", "toy"]) == 0
        out = capsys.readouterr().out
        assert (
            "marbles  3       whole number, at least 1 (marbles)\n      marbles in the bag\n" in out
        )
        assert schema()["$defs"]["layer_toy"]["properties"]["marbles"]["description"] == (
            "marbles in the bag (marbles); default: 3"
        )
    finally:
        del LAYERS["toy"]
