"""RANGE texts: the values of a knob, exact and counted, against lists made the plain way."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.errors import CostcalcError
from costcalc.explore import ranges
from costcalc.explore.ranges import ALPHA, RESOLUTION, RHO, param_knob, read_range

NUMBER = param_knob("n", True)
FRACTION = param_knob("n", False)

no_deadline = settings(deadline=None)


def values(text, knob=NUMBER):
    return read_range(text, knob).all()


def quarters(*numerators):
    return [Fraction(numerator, 4) for numerator in numerators]


# What people write


@pytest.mark.parametrize(
    ("knob", "text", "expected"),
    [
        (ALPHA, "0.25..1.0", quarters(1, 2, 3, 4)),
        (ALPHA, "0.25..1.0:0.25", quarters(1, 2, 3, 4)),
        (ALPHA, "0.25..0.9", [*quarters(1, 2, 3), Fraction(9, 10)]),  # b is always a value
        (ALPHA, "1..1.1", [1, Fraction(11, 10)]),
        (ALPHA, "1..1", [1]),
        (ALPHA, "1..3:1", [1, 2, 3]),
        (ALPHA, "0.35", [Fraction(7, 20)]),
        (ALPHA, "6/7", [Fraction(6, 7)]),
        (ALPHA, "1/3..1:1/3", [Fraction(1, 3), Fraction(2, 3), 1]),
        (ALPHA, "1, 0.35,6/7 , 1.4", [1, Fraction(7, 20), Fraction(6, 7), Fraction(7, 5)]),
        (ALPHA, "1.4, 0.5..1.0, 0.35", [Fraction(7, 5), *quarters(2, 3, 4), Fraction(7, 20)]),
        (ALPHA, " 0.5 .. 1 : 0.25 ", quarters(2, 3, 4)),
        (ALPHA, "1,0.5,1.0,2/4,0.5..1", [1, Fraction(1, 2), Fraction(3, 4)]),  # the first is kept
        (ALPHA, "0.1..0.3:0.1", [Fraction(1, 10), Fraction(1, 5), Fraction(3, 10)]),
        (RHO, "0.5..1.0:0.1", [Fraction(n, 10) for n in (5, 6, 7, 8, 9, 10)]),
        (RHO, "5/7", [Fraction(5, 7)]),
        (RESOLUTION, "128..224", [128, 160, 192, 224]),
        (RESOLUTION, "128..230", [128, 160, 192, 224, 230]),
        (RESOLUTION, "100..120:7", [100, 107, 114, 120]),
        (RESOLUTION, "96,128x96,224", [96, (128, 96), 224]),
        (RESOLUTION, "224,224x224,224X192, 224×192", [224, (224, 192)]),
        (RESOLUTION, "128..160,96x64", [128, 160, (96, 64)]),
        (NUMBER, "0..3", [0, 1, 2, 3]),
        (NUMBER, "-2..1.5", [-2, -1, 0, 1, Fraction(3, 2)]),
        (NUMBER, "-1,-1/2", [-1, Fraction(-1, 2)]),
        (NUMBER, "1e2..3e2:1e2", [100, 200, 300]),
        (FRACTION, "0.5..1:0.25", quarters(2, 3, 4)),
        (NUMBER, "relu,gelu, relu", ["relu", "gelu"]),
        (NUMBER, "true,false", ["true", "false"]),
        (NUMBER, "classes // 2, 4/2", ["classes // 2", 2]),
        (NUMBER, "[16,32],[8,8]", ["[16,32]", "[8,8]"]),
        (NUMBER, "[[1,2],[3]],[]", ["[[1,2],[3]]", "[]"]),
        (NUMBER, "max(1,2), [min(3,4),5]", ["max(1,2)", "[min(3,4),5]"]),
    ],
)
def test_the_values_of_a_range(knob, text, expected):
    found = read_range(text, knob)
    assert found.all() == expected
    assert found.count == len(expected)
    assert all(type(value) in (int, Fraction, str, tuple) for value in found.all())


def test_a_whole_value_of_a_param_is_an_int():
    types = [type(value) for value in values("4/2,1.0,0.5..1.5:0.5")]
    assert types == [int, int, Fraction, Fraction]
    assert [type(value) for value in values("1..3")] == [int, int, int]
    assert [type(value) for value in values("1/2..2:1/2")] == [Fraction, int, Fraction, int]


def test_a_fraction_for_a_param_of_channels_is_an_expression():
    """As where a network says it: alpha scales a plain number of channels, and 7/2 is none."""
    channels = param_knob("c_channels", True)
    assert values("7/2, 3.5, 8/2, 4", channels) == ["7/2", Fraction(7, 2), "8/2", 4]
    assert values("7/2..9/2", channels) == [Fraction(7, 2), Fraction(9, 2)]


# Any range, against a loop over fractions


def spelled(value, draw):
    """A number as a decimal where it ends, or as a fraction, with some spaces."""
    text = str(value)
    if value.denominator in (1, 2, 4, 5, 8, 10, 20) and draw(st.booleans()):
        scaled = value * 1000
        digits = str(abs(scaled.numerator)).rjust(4, "0")
        text = "-" * (value < 0) + f"{digits[:-3]}.{digits[-3:]}"
    return draw(st.sampled_from(["", " "])) + text + draw(st.sampled_from(["", " "]))


def steps(start, last, step):
    found = []
    while start < last:
        found.append(start)
        start += step
    return [*found, last]


@st.composite
def written_ranges(draw):
    """A text, and its values one after the other."""
    numbers = st.fractions(-3, 9, max_denominator=20)
    texts, parts = [], []
    for _ in range(draw(st.integers(1, 4))):
        start = draw(numbers)
        if draw(st.booleans()):
            texts.append(spelled(start, draw))
            parts.append([start])
            continue
        last = start + abs(draw(numbers))
        step = draw(st.none() | st.fractions(Fraction(1, 7), 5, max_denominator=20))
        text = f"{spelled(start, draw)}..{spelled(last, draw)}"
        texts.append(text if step is None else f"{text}:{spelled(step, draw)}")
        parts.append(steps(start, last, step or 1))
    return ",".join(texts), parts


@no_deadline
@given(written_ranges())
def test_any_range_is_its_steps_and_its_end(written):
    text, parts = written
    every = [value for part in parts for value in part]
    expected = [value for place, value in enumerate(every) if value not in every[:place]]
    assert values(text) == expected
    assert read_range(text, NUMBER).count == len(expected)


@no_deadline
@given(written_ranges(), st.integers(0, 60), st.integers(0, 60))
def test_a_part_is_a_slice(written, first, stop):
    text, parts = written
    whole = read_range(text, NUMBER)
    assert whole.part(first, stop) == whole.all()[first:stop]
    # Of spans as they are, which are made into a list where there are several.
    spans = ranges.Range([ranges.Span(part[0], Fraction(1), part[-1]) for part in parts])
    every = [value for part in parts for value in steps(part[0], part[-1], 1)]
    assert spans.count == len(every)
    assert spans.part(first, stop) == every[first:stop]


# Ranges that no memory holds


@pytest.mark.parametrize("more", ["", ",7", ",1/3..1/2:1/10"])
def test_a_range_of_10_to_the_15_values(more):
    found = read_range(f"1..{10**15}{more}", NUMBER)
    assert found.count == 10**15 + {"": 0, ",7": 1}.get(more, 3)
    assert found.part(0, 3) == [1, 2, 3]
    assert found.part(10**15 - 2, 10**15) == [10**15 - 1, 10**15]
    end = {"": [], ",7": [7]}.get(more, [Fraction(1, 3), Fraction(13, 30), Fraction(1, 2)])
    assert found.part(10**15 - 1, 10**15 + 9) == [10**15, *end]


def test_a_fine_step_is_exact_at_the_far_end():
    found = read_range("1/3..1000000:0.000000001", ALPHA)
    assert found.count == 10**15 - 333_333_333 + 1
    assert found.part(found.count - 2, found.count) == [
        Fraction(1, 3) + (found.count - 2) * Fraction(1, 10**9),
        10**6,
    ]


def test_values_are_kept_once_where_they_can_be_looked_at(monkeypatch):
    monkeypatch.setattr(ranges, "MAX_DISTINCT", 6)
    assert values("1..5,3") == [1, 2, 3, 4, 5]
    assert values("1..6,3") == [1, 2, 3, 4, 5, 6, 3]
    assert ranges.Range.of(iter([3, 1, 3, 2, 1])).all() == [3, 1, 2]


# Bad input


@pytest.mark.parametrize(
    ("knob", "text", "message"),
    [
        (ALPHA, "", "a value of the range is empty"),
        (ALPHA, "  ", "a value of the range is empty"),
        (ALPHA, ",", "a value of the range is empty"),
        (ALPHA, "1,,0.5", "a value of the range is empty"),
        (ALPHA, "1,", "a value of the range is empty"),
        (NUMBER, "[1,2],", "a value of the range is empty"),
        (ALPHA, "..", "an end of the range is empty"),
        (ALPHA, "1..", "an end of the range is empty"),
        (ALPHA, "..1", "an end of the range is empty"),
        (ALPHA, "0.5..:0.25", "an end of the range is empty"),
        (ALPHA, "1.0..0.25", "the range '1.0..0.25' is reversed"),
        (RESOLUTION, "224..128:32", "the range '224..128:32' is reversed"),
        (NUMBER, "1..-1", "the range '1..-1' is reversed"),
        (ALPHA, "0.25..1:0", "the step must be above 0, not 0"),
        (ALPHA, "0.25..1:-1/4", "the step must be above 0, not -1/4"),
        (NUMBER, "1..4:0.0", "the step must be above 0, not 0.0"),
        (RESOLUTION, "128..224:0", "the step must be above 0, not 0"),
        (ALPHA, "0.25..1:", "the step '' is not a number"),
        (ALPHA, "0.25..1:x", "the step 'x' is not a number"),
        (ALPHA, "0.25..1:0.1:2", "the step '0.1:2' is not a number"),
        (ALPHA, "0.25..1:1/0", "the step '1/0' is not a number"),
        (RHO, "0.5..1", "the range '0.5..1' needs a step, after a colon"),
        (FRACTION, "0.5..1", "the range '0.5..1' needs a step, after a colon"),
        (RESOLUTION, "128..224:0.5", "the step must be a whole number, not 0.5"),
        (RESOLUTION, "128..224:33/2", "the step must be a whole number, not 33/2"),
        (ALPHA, "x", "'x' is not a number such as 0.35 or a fraction such as 6/7"),
        (ALPHA, "0.25..x", "'x' is not a number"),
        (ALPHA, "1/0", "'1/0' is not a number"),
        (ALPHA, "nan", "'nan' is not a number"),
        (ALPHA, "1e999999999", "'1e999999999' is not a number"),
        (ALPHA, "0", "'0' is not greater than 0"),
        (ALPHA, "-0.5", "'-0.5' is not greater than 0"),
        (ALPHA, "0..1", "'0' is not greater than 0"),
        (RHO, "0.0", "'0.0' is not greater than 0"),
        (RESOLUTION, "0", "'0' is not a size such as 224 or 128x96 (height x width)"),
        (RESOLUTION, "0..224", "'0' is not a size"),
        (RESOLUTION, "224x0", "'224x0' is not a size"),
        (RESOLUTION, "-1", "'-1' is not a size"),
        (RESOLUTION, "0.5", "'0.5' is not a size"),
        (RESOLUTION, "128x96..224", "the ends of a range must be numbers, not '128x96..224'"),
        (RESOLUTION, "128..224x192", "the ends of a range must be numbers"),
        (NUMBER, "relu..gelu", "the ends of a range must be numbers, not 'relu..gelu'"),
        (NUMBER, "1..gelu", "the ends of a range must be numbers"),
    ],
)
def test_bad_ranges(knob, text, message):
    with pytest.raises(CostcalcError) as raised:
        read_range(text, knob)
    assert raised.value.message.startswith(f"{knob.name}: {message}")
    assert raised.value.hint
    if "reversed" not in message:
        assert raised.value.hint == f"such as {knob.example}"


def test_a_reversed_range_is_turned_round_in_the_hint():
    with pytest.raises(CostcalcError) as raised:
        read_range("1.0 .. 0.25:0.25", ALPHA)
    assert raised.value.hint == "write 0.25..1.0"


@pytest.mark.parametrize("knob", [ALPHA, RHO, RESOLUTION, NUMBER])
def test_the_example_of_a_hint_is_a_range(knob):
    assert read_range(knob.example.removeprefix("n="), knob).count > 1
