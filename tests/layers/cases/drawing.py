"""Cases of a layer type: a form, widths and sides, which are drawn apart and put together."""

from typing import Any

from hypothesis import strategies as st

from . import CASES
from .base import Case, Draw, Form, Numbers

BY_AXIS = ("concat", "slice", "split")


@st.composite
def forms(draw: Draw, type: str) -> Form:
    """A form, with the optional fields that are written; the others show their defaults."""
    cases = CASES[type]
    sides = draw(
        st.sampled_from((0, 1, 2, 3) if cases.number is None else (0, *3 * [cases.number]))
    )
    form: Form = {"sides": sides, "axes": sides or cases.number or 1}
    for name, choice in cases.form.items():
        form[name] = draw(choice(form) if callable(choice) else choice)
    form["written"] = frozenset(name for name in cases.optional if draw(st.integers(0, 3)))
    if type in BY_AXIS and "axis" not in form["written"]:
        form["axis"] = 0
    return form


@st.composite
def widths(draw: Draw, type: str, form: Form, unit: int = 1) -> Numbers:
    return CASES[type].widths(draw, form, unit)


@st.composite
def sides(draw: Draw, type: str, form: Form) -> Numbers:
    return CASES[type].sides(draw, form)


def make(type: str, form: Form, numbers: Numbers) -> Case:
    """The case with numbers of any kind in their places, and without what is left to defaults."""
    fields, maps = CASES[type].make(form, numbers)
    left_out = set(CASES[type].optional) - form["written"]
    return Case({name: fields[name] for name in fields if name not in left_out}, maps)


@st.composite
def fitting(draw: Draw, type: str) -> Case:
    form = draw(forms(type))
    return make(type, form, {**draw(widths(type, form)), **draw(sides(type, form))})


@st.composite
def cases(draw: Draw, type: str) -> Case:
    """Mostly a case that fits; else one with a number in it that may not."""
    case = draw(fitting(type))
    return case if draw(st.integers(0, 2)) else draw(spoilt(case))


@st.composite
def spoilt(draw: Draw, case: Case) -> Case:
    """Another number somewhere: in a field from -1, in a map from 1."""
    fields = dict(case.fields)
    maps = [list(x) for x in case.maps]
    places: list[list[tuple[Any, Any, int]]] = [
        [(x, axis, 1) for axis in range(len(x))] for x in maps
    ]
    for name, value in case.fields.items():
        if isinstance(value, list):
            fields[name] = list(value)
            places.append([(fields[name], index, -1) for index in range(len(value))])
        elif type(value) is int and name != "p":
            places.append([(fields, name, -1)])
    holder, key, least = draw(st.sampled_from(draw(st.sampled_from(places))))
    holder[key] = draw(st.integers(least, 7))
    return Case(fields, [tuple(x) for x in maps])
