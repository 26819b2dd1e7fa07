"""What does nothing at inference."""

from fractions import Fraction

from hypothesis import strategies as st

from .base import Case, Form, LayerCases, Numbers, unchanged, whole_map


def make(form: Form, n: Numbers) -> Case:
    return Case({"p": form["p"]}, [whole_map(n)])


CASES = {
    "dropout": LayerCases(unchanged, make, {"p": st.sampled_from((0, Fraction(1, 5), 1))}, ("p",))
}
