"""The fuzzers on a few cases; that their oracles can fail; and that a case is drawn again."""

import pytest
from fuzz import engines, runner
from fuzz.counting import TooLarge
from fuzz.engines import Case, Roads, Texts
from fuzz.expressions import Invalid
from fuzz.networks import network
from fuzz.reference import Reference
from layers.cases import TYPES

from costcalc.graph import builder
from costcalc.language import values
from costcalc.layers import LAYERS
from costcalc.layers.convolution import Convolution
from costcalc.numeric.rules import RULES

FEW = 12


def failures(engine, seed, most, name="networks"):
    """The failures of some cases, each by itself."""
    for number in range(most):
        found = engine.failure(Case(name, seed, number))
        if found:
            yield found


@pytest.mark.slow
def test_every_layer_type_is_drawn():
    """A new type needs a place in `NetworkDrawing`, unless any map will do for it."""
    drawn = set()
    for seed in range(1200):
        try:
            drawn |= {leaf.type for leaf in Reference(network(seed)).leaves}
        except (Invalid, TooLarge):
            continue
    # What a network writes without a number is the type that fits its map.
    assert drawn == {name for name in TYPES if not LAYERS[name].numbered}


def test_most_networks_fit():
    fit = 0
    for seed in range(100):
        try:
            fit += bool(Reference(network(seed)).leaves)
        except (Invalid, TooLarge):
            continue
    assert 75 < fit < 100


def test_a_case_is_drawn_again():
    assert network("networks:7:3") == network("networks:7:3") != network("networks:7:4")
    assert Case.read("networks:7:3") == Case("networks", "7", 3)


@pytest.mark.parametrize("name", ["networks", "specs", "foreign", "models"])
def test_a_few_cases(name, tmp_path):
    engine = engines.ENGINES[name](tmp_path)
    assert [*failures(engine, "1", FEW * (1 if name == "networks" else 5), name)] == []


# Broken code must be found


def found_at_once(engine, monkeypatch, name="networks"):
    monkeypatch.setattr(engines.shrink, "shrunk", lambda case, *_: case)
    return str(next(failures(engine, "1", 60, name)).fault)


def test_a_broken_formula_is_found(tmp_path, monkeypatch):
    right = Convolution.params
    monkeypatch.setattr(Convolution, "params", lambda self, out, x: right(self, out, x) + 1)
    assert "params" in found_at_once(Roads(tmp_path), monkeypatch)


def test_a_broken_rounding_rule_is_found(tmp_path, monkeypatch):
    """A sweep has it, a plain build has not: the roads part."""

    def wrong(np, a, b):
        return a[0] * b[1] // (a[1] * b[0]) + 1, 1

    monkeypatch.setitem(RULES, "floor", RULES["floor"]._replace(arrays=wrong))
    assert "plain_build" not in found_at_once(Roads(tmp_path), monkeypatch)


def test_a_broken_condition_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(builder, "condition", lambda *_: True)
    assert found_at_once(Roads(tmp_path), monkeypatch)


def test_a_crash_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(values.ValueReader, "_unknown", lambda *_: 1 // 0)
    assert "crash" in found_at_once(Texts(tmp_path), monkeypatch, "specs")


def test_a_wrong_place_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(
        values,
        "position",
        lambda path, node, column=0: values.problem(path, node, "").position._replace(line=1),
    )
    assert "place" in found_at_once(Texts(tmp_path), monkeypatch, "specs")


@pytest.mark.slow
def test_a_failing_case_is_made_smaller(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(builder, "condition", lambda *_: True)
    monkeypatch.setattr(engines, "SHRINKING", 10)
    failure = next(failures(Roads(tmp_path), "8", 60))
    runner.show(failure)
    shown = capsys.readouterr().out
    assert "when: " in failure.smallest
    assert failure.smallest.count("\n") < 20
    assert f"python -m tests.fuzz --case {failure.case}" in shown


def test_what_takes_too_long_is_found(monkeypatch):
    monkeypatch.setattr(engines, "SECONDS", 0.05)

    def endless():
        while True:
            pass

    assert "processor time" in str(engines.fault_of(endless))
