"""Every layer type against its counter, on random small shapes and fields: see cases/."""

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from layers.cases import CASES, FAMILY_OF, KNOWN, REFUSED, TYPES
from layers.cases.asking import Ask, by_class, by_counting, by_text, layer_of, outcome
from layers.cases.base import METRICS, Case, Counts, Fields, Impossible, Map
from layers.cases.drawing import cases, fitting
from layers.cases.windows import sliding_sides

from costcalc.errors import CostcalcError
from costcalc.layers import LAYERS, Layer
from costcalc.layers.activation import ACTIVATIONS
from costcalc.metrics import METRICS as REGISTRY
from costcalc.shapes import TensorShape

MANY_FIELDS = sorted(name for name, cases in CASES.items() if cases.sides is sliding_sides)
"""Their fields meet in many ways, so they need many examples."""


@pytest.mark.parametrize("type", sorted(set(TYPES) - set(MANY_FIELDS)))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_layer_costs_what_is_counted(type: str, data: st.DataObject) -> None:
    case = data.draw(cases(type))
    assert outcome(by_class, type, case) == outcome(by_counting, type, case)


@pytest.mark.slow
@pytest.mark.parametrize("type", MANY_FIELDS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_sliding_layer_costs_what_is_counted(type: str, data: st.DataObject) -> None:
    case = data.draw(cases(type))
    assert outcome(by_class, type, case) == outcome(by_counting, type, case)


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_network_of_one_layer_costs_what_is_counted(type: str, data: st.DataObject) -> None:
    case = data.draw(cases(type))
    assert outcome(by_text, type, case) == outcome(by_counting, type, case)


def test_every_type_has_cases_in_the_file_of_its_family() -> None:
    assert {layer.type: layer.family for layer in LAYERS.values()} == FAMILY_OF


def test_every_metric_that_layers_have_a_formula_for_is_counted() -> None:
    """Others are taken from shapes, or from another metric."""
    formulas = [name for name, metric in REGISTRY.items() if metric.of and hasattr(Layer, name)]
    assert tuple(formulas) == METRICS


def test_an_alias_is_its_layer() -> None:
    for layer in LAYERS.values():
        assert all(LAYERS[alias] is layer for alias in layer.aliases)
    assert LAYERS["swish"] is LAYERS["silu"]


def test_every_activation_is_a_layer() -> None:
    assert {name for name, *_ in ACTIVATIONS} <= set(TYPES)


@pytest.mark.parametrize("type", TYPES)
def test_the_cases_of_a_type_mostly_fit(type: str) -> None:
    """Else the comparison would say little: a refusal on both sides agrees too."""
    fits = []

    slow = [HealthCheck.too_slow]  # of a machine that does more at once

    @settings(
        max_examples=40,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=slow,
    )
    @given(cases(type))
    def look(case: Case) -> None:
        fits.append(outcome(by_counting, type, case) is not None)

    look()
    assert sum(fits) > len(fits) / 2


@pytest.mark.parametrize("type", ["conv", "conv3d", "linear", "max_pool1d", "multiply", "slice"])
def test_some_cases_do_not_fit(type: str) -> None:
    quick = settings(phases=[Phase.generate], database=None, derandomize=True)
    # NoSuchExample if there is none.
    case = find(cases(type), lambda case: outcome(by_counting, type, case) is None, settings=quick)
    assert outcome(by_class, type, case) is None


# The counters' own test: what else is known, and what cannot be.


@pytest.mark.parametrize(("type", "fields", "maps", "counts"), KNOWN)
@pytest.mark.parametrize("ask", [by_counting, by_class, by_text])
def test_known_figures(
    ask: Ask,
    type: str,
    fields: Fields,
    maps: list[Map],
    counts: Counts,
) -> None:
    assert ask(type, Case(fields, maps)) == counts


@pytest.mark.parametrize(("type", "fields", "maps"), REFUSED)
@pytest.mark.parametrize("ask", [by_counting, by_class, by_text])
def test_what_cannot_be_is_refused(ask: Ask, type: str, fields: Fields, maps: list[Map]) -> None:
    with pytest.raises((CostcalcError, Impossible)):
        ask(type, Case(fields, maps))


@pytest.mark.parametrize("type", TYPES)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_too_many_or_too_few_maps_are_refused(type: str, data: st.DataObject) -> None:
    least, most = LAYERS[type].inputs
    case = data.draw(fitting(type))
    wrong = [case.maps[:number] for number in range(1, least)]
    if most is not None:
        wrong.append((case.maps or [(1,)])[:1] * (most + 1))
    for maps in wrong:
        with pytest.raises(CostcalcError, match=f"{layer_of(type, case).type} takes"):
            by_text(type, Case(case.fields, maps))


def test_groups() -> None:
    """The groups that the cost table shows."""
    x = TensorShape(6, (4, 4))
    assert LAYERS["conv2d"](out_channels=4, kernel_size=3, groups=2).groups_of(x) == 2
    assert LAYERS["pointwise_conv2d"](out_channels=4, groups=2).groups_of(x) == 2
    assert LAYERS["conv_transpose2d"](out_channels=3, kernel_size=3, groups=3).groups_of(x) == 3
    assert LAYERS["depthwise_conv2d"](kernel_size=3).groups_of(x) == 6
    assert LAYERS["max_pool2d"](kernel_size=3).groups_of(x) is None
