"""The exact formula equals the integers: Python source, text, LaTeX and the trace itself.

Each is carried out by readers of the tests' own (`formula_readers`) and held against the cost table
at the same setting.
"""

import ast
import functools
import json
import re
from fractions import Fraction

import pytest
import yaml
from hypothesis import HealthCheck, assume, event, example, given, note, settings
from hypothesis import strategies as st
from support.formula_readers import carry_out, is_condition, read_document, read_page, run_source
from support.networks import NETWORKS
from support.random_networks import PARAMS, networks, written

import costcalc
from costcalc.api import Formula, Model
from costcalc.errors import CostcalcError
from costcalc.language.network_file import NetworkFile

LAX = list(HealthCheck)
STEM = "  - conv2d: {out_channels: 8, kernel_size: 1}\n"

# Widths of the networks here: at k / width a channel count steps up.
WIDTHS = (8, 16, 24, 32, 40, 72, 96, 112, 160, 320, 576, 1280)
ALPHAS = st.one_of(
    st.fractions(Fraction(1, 20), 2, max_denominator=1000),
    st.integers(64, 2048).map(lambda k: Fraction(k, 1024)),
    st.integers(1, 16).map(lambda k: Fraction(k, 8)),
    st.builds(
        lambda width, share, aside: Fraction(max(1, width * share // 16), width) + aside,
        st.sampled_from(WIDTHS),
        st.integers(1, 32),
        st.sampled_from([Fraction(0), Fraction(-1, 10**9), Fraction(1, 10**9)]),
    ),
)
RHOS = st.one_of(
    st.integers(70, 330).map(lambda side: Fraction(side, 224)),
    st.integers(70, 330).map(lambda half: Fraction(2 * half + 1, 448)),
    st.fractions(Fraction(1, 4), 2, max_denominator=300),
)


def model(text: str, variant: str | None = None) -> Model:
    return Model(NetworkFile(text, "t.yaml"), variant)


def small(layers: str, head: str = "") -> Model:
    return model(f"input: [3, 8, 8]\n{head}layers:\n{layers}")


@functools.cache
def models(net: str) -> list[Model]:
    """A network in each of its variants."""
    named = costcalc.load(NETWORKS[net])
    return [costcalc.load(NETWORKS[net], variant) for variant in named.file.variants or (None,)]


def source(formula: Formula) -> str:
    return "".join(formula.python())


@functools.cache
def exact_of(one: Model) -> tuple[Formula, object]:
    formula = one.formula(exact=True)
    return formula, run_source(source(formula))


def totals(one: Model, params: dict | None = None, **knobs: object) -> tuple[int, int] | None:
    """MACs and params; None where the network cannot be built."""
    try:
        table = one.cost(params, **knobs)
    except CostcalcError:
        return None
    return table.totals.macs, table.totals.params


# Every network, at random settings


@pytest.mark.slow
@pytest.mark.parametrize("net", NETWORKS)
def test_the_source_gives_the_integers_at_every_setting(net):
    for one in models(net):
        hold_at_random_settings(one)


def hold_at_random_settings(one):
    formula, by_source = exact_of(one)
    assert formula.result.symbols == ["alpha", "rho"]

    @settings(max_examples=5, deadline=None, suppress_health_check=LAX)
    @given(ALPHAS, RHOS)
    @example(Fraction(1), Fraction(1))
    @example(Fraction(1, 10), Fraction(1))
    @example(Fraction(2), Fraction(1, 2))
    def check(alpha, rho):
        expected = totals(one, alpha=alpha, rho=rho)
        if expected is not None:
            assert by_source(alpha, rho) == expected

    check()


@pytest.mark.parametrize("net", NETWORKS)
def test_text_latex_and_the_trace_give_the_integers(net):
    for one in models(net)[:1]:
        formula, _ = exact_of(one)
        text, document = str(formula), "".join(formula.latex())
        for alpha, rho in [("1", "1"), ("0.83", "1"), ("0.3", "0.61"), ("1.37", "1.125")]:
            expected = totals(one, alpha=alpha, rho=rho)
            if expected is None:
                continue
            numbers = {"alpha": Fraction(alpha), "rho": Fraction(rho)}
            assert tuple(read_page(text, numbers).values()) == expected
            assert tuple(read_document(document, numbers).values()) == expected
            made = carry_out(formula.result, [alpha, rho])
            assert (made["macs"], made["params"]) == expected


@pytest.mark.parametrize("net", NETWORKS)
def test_a_definition_stands_before_its_use_and_is_used(net):
    for one in models(net):
        formula, _ = exact_of(one)
        document = json.loads("".join(formula.json()))
        check_definitions(document)


def check_definitions(document):
    # What is a word of Python's has an underscore in Python.
    known = {*document["symbols"], *(f"{name}_" for name in document["symbols"])}
    used = set()
    for definition in document["definitions"]:
        names = names_in(definition["python"])
        assert names <= known, definition
        assert definition["name"] not in known
        known.add(definition["name"])
        used |= names
    for metric in ("macs", "params"):
        names = names_in(document[metric]["python"])
        assert names <= known
        used |= names
    assert {definition["name"] for definition in document["definitions"]} <= used


def names_in(expression: str) -> set[str]:
    words = {node.id for node in ast.walk(ast.parse(expression)) if isinstance(node, ast.Name)}
    return words - {"max", "min", "divisible", "Fraction"}


def test_the_trace_names_nothing_before_it_is_defined():
    for one in (*models("mobilenet"), *models("xception"), branching()):
        exact = one.formula(exact=True).result
        known = set(exact.symbols)

        def names(operand):
            if not is_condition(operand):
                return operand.variables
            return set().union(*map(names, operand.operands))

        for definition in exact.definitions:
            for operand in definition.operands:
                assert names(operand) <= known
            assert definition.name not in known
            known.add(definition.name)


def test_the_names_say_what_they_depend_on():
    """c on alpha alone, s on rho alone, g of a condition, x of more."""
    one = small(
        STEM + "  - conv2d: {out_channels: in_channels * in_height // 7, kernel_size: 3}\n"
        "  - conv2d: {when: alpha < 1/2, out_channels: in_channels, kernel_size: 1}\n"
        "  - max_pool2d: {kernel_size: 2, padding: same}\n" + STEM
    )
    document = json.loads("".join(one.formula(exact=True).json()))
    assert {d["name"]: d["python"] for d in document["definitions"]} == {
        "s1": "max(1, ((16*rho + 1) // 2))",
        "c1": "max(1, (8*alpha // 1))",
        "x1": "(c1*s1 // 7)",
        "g1": "(1 if alpha < Fraction(1, 2) else 0)",
        "s2": "-(-s1 // 2)",
    }


@pytest.mark.parametrize("rounding", ["floor", "{divisor: 8}"])
@pytest.mark.parametrize(
    ("when", "on"),
    [
        ("in_channels > 0", True),
        ("in_channels >= 1", True),
        ("in_channels < 1", False),
        ("0 - in_channels > 0", False),
        ("0 - in_channels - alpha < rho", True),
        ("in_height >= 1 and in_channels * in_height > 0", True),
        ("'max(1, in_channels // 9) > 0'", True),
        ("'-(-in_channels // 9) > 0'", True),
        ("'min(in_channels, 3 * in_height) > 0'", True),
    ],
)
def test_what_cannot_come_out_otherwise_is_no_condition(when, on, rounding):
    layers = STEM + "  - conv2d: {when: WHEN, out_channels: 5, kernel_size: 1}\n"
    head = f"rounding: {rounding}\n"
    texts = [
        str(small(layers.replace("WHEN", word), head).formula(exact=True))
        for word in (when, str(on).lower())
    ]
    assert texts[0] == texts[1]


def test_what_a_rule_makes_has_a_name():
    """A width that is rounded is one name, however it is rounded."""
    one = small(STEM + "  - conv2d: {out_channels: ceil(in_channels / 3 + 3/2), kernel_size: 1}\n")
    document = json.loads("".join(one.formula(exact=True).json()))
    assert re.fullmatch(r"c1\*(c\d) \+ 4\*c1 \+ \1", document["params"]["python"])


def test_mobilenet_by_hand():
    """MobileNet's exact formula, typed in from its table of layers."""
    forms, definitions = exact_of(costcalc.load("mobilenet"))[0], {}
    document = json.loads("".join(forms.json()))
    for definition in document["definitions"]:
        definitions[definition["name"]] = definition["python"]
    widths = [32, 64, 128, 256, 512, 1024]
    sides = [f"-(-s{n} // 2)" for n in range(1, 5)]
    assert list(definitions.values()).count("-(-max(1, ((448*rho + 1) // 2)) // 2)") == 1
    assert [m for n, m in definitions.items() if n[0] == "c"] == [
        f"max(1, ({width}*alpha // 1))" for width in widths
    ]
    assert [m for n, m in definitions.items() if n[0] == "s"][1:] == sides
    _, by_source = exact_of(costcalc.load("mobilenet"))
    assert by_source(1, 1) == (568_740_352, 4_231_976)
    assert by_source("0.75", "6/7") == (239_273_472, 2_585_560)


# Roundings, shapes, inputs, structure


def scan(one: Model, free: dict | None = None, alphas=(), rhos=("1", "0.4", "1.3")) -> int:
    """The source at many settings, some of params; how many of them the network has."""
    formula = one.formula(exact=True, free=list(free or {}))
    by_source = run_source(source(formula))
    rows = zip(*free.values(), strict=True) if free else [()]
    settings_of_params = [dict(zip(free or (), row, strict=True)) for row in rows]
    found = 0
    for alpha in alphas or [*(Fraction(k, 24) for k in range(1, 49)), "0.29", "0.999999"]:
        for rho in rhos:
            for params in settings_of_params:
                expected = totals(one, params, alpha=alpha, rho=rho)
                if expected is not None:
                    found += 1
                    assert by_source(alpha, rho, *params.values()) == expected, (alpha, rho, params)
    check_definitions(json.loads("".join(formula.json())))
    return found


LAYERS = """\
  - conv2d: {out_channels: 13, kernel_size: 3, stride: 2}
  - depthwise_separable: {out_channels: 22}
  - squeeze_excite
  - conv2d: {out_channels: 'divisible(in_channels * 3 / 2, 4)', kernel_size: 1}
  - global_avg_pool
  - linear: {out_features: scaled(30) + 2}
"""


@pytest.mark.parametrize("rounding", ["floor", "nearest", "{divisor: 8}", "{divisor: 6}"])
def test_each_rounding(rounding):
    head = f"rounding: {rounding}\n"
    assert scan(small(LAYERS, head)) > 130


def test_exact_rounding():
    one = small(LAYERS.replace("13", "12"), "rounding: exact\n")
    assert scan(one, alphas=["1/2", "1", "3/2", "2", "1/4", "0.3"]) == 12


def test_a_structure_that_changes_with_alpha():
    """MobileNetV3-Small has other layers at some alphas than at 1."""
    one = costcalc.load(NETWORKS["mobilenet_v3_small"])
    lengths = set()
    for hundredths in range(10, 201):
        table = one.cost(alpha=Fraction(hundredths, 100))
        lengths.add(len(table.layers))
        expected = table.totals.macs, table.totals.params
        assert exact_of(one)[1](Fraction(hundredths, 100), 1) == expected
    assert len(lengths) > 1


def test_inputs_that_are_not_square_and_differ():
    one = model(
        "input: {left: [3, 30, 21], right: [5, 15, 11], more: [7]}\n"
        "layers:\n"
        "  - conv2d: {from: left, name: a, out_channels: 6, kernel_size: [3, 5], stride: [2, 1]}\n"
        "  - conv2d: {from: right, name: b, out_channels: 9, kernel_size: 3, padding: [2, 1]}\n"
        "  - max_pool2d: {from: a, kernel_size: [1, 2], name: c}\n"
        "  - conv_transpose2d: {from: b, out_channels: in_channels, kernel_size: 2, stride: 2}\n"
        "  - linear: {from: more, out_features: scaled(4)}\n"
    )
    assert scan(one, rhos=[Fraction(k, 30) for k in range(6, 61, 5)]) == 550


def test_a_vector():
    one = model("input: [12]\nlayers:\n  - linear: {out_features: scaled(7)}\n  - relu\n")
    assert scan(one) == 150
    assert "s₁" not in str(one.formula(exact=True))


def test_rho_in_expressions():
    one = small(
        STEM + "  - conv2d: {when: rho < 1/2, out_channels: ceil(7 * rho), kernel_size: 3}\n"
        "  - conv2d: {out_channels: 4 if 3/4 <= rho < alpha else 9, kernel_size: 1}\n"
        "  - conv2d: {out_channels: floor(rho * in_channels) + 1, kernel_size: 1, stride: 2}\n"
    )
    assert scan(one, rhos=[Fraction(k, 8) for k in range(1, 13)]) == 600


def branching() -> Model:
    return small(
        STEM + "  - conv2d: {when: not (in_channels < 4 or in_width > 5) and alpha < 3/2,\n"
        "      out_channels: 6, kernel_size: 3}\n"
        "  - conv2d: {when: 1/2 < alpha <= 1, out_channels: 10, kernel_size: 1}\n"
        "  - conv2d: {out_channels: '16 if in_channels == 3 else max(2, in_channels - 4)',\n"
        "      kernel_size: 3 if alpha < 1 else 1}\n"
        "  - conv2d: {out_channels: 'min(in_channels, in_height + 3, 7)', kernel_size: 1}\n"
        "  - residual:\n"
        "      shortcut_when: in_channels % 2 == 0\n"
        "      layers: [conv2d: {out_channels: in_channels, kernel_size: 1}]\n"
        "  - conv2d: {when: in_channels != 4, out_channels: round(in_channels / 3) + 1,\n"
        "      kernel_size: 1}\n"
    )


def test_conditions_and_choices():
    assert scan(branching()) == 150


def test_conditions_in_text_and_latex():
    formula = branching().formula(exact=True)
    text, document = str(formula), "".join(formula.latex())
    for alpha in ("0.1", "0.3", "1/2", "0.7", "1", "1.4", "1.5", "2"):
        for rho in ("0.4", "1"):
            numbers = {"alpha": Fraction(alpha), "rho": Fraction(rho)}
            expected = totals(branching(), alpha=alpha, rho=rho)
            assert tuple(read_page(text, numbers).values()) == expected
            assert tuple(read_document(document, numbers).values()) == expected
            assert tuple(carry_out(formula.result, [alpha, rho]).values()) == expected


FREE = {
    "deep": [1, 2, 5, 9, 1],
    "classes": [10, 1, 1000, 7, 3],
}


def test_params_that_stay_symbols():
    one = costcalc.load("mobilenet")
    assert scan(one, FREE, alphas=["1", "0.35"], rhos=["1", "6/7"]) == 20
    text = str(one.formula(exact=True, free=["deep", "classes"]))
    assert "deep·c₅²·s₄²" in text or "c₅²·deep·s₄²" in text or "c₅²·s₄²·deep" in text
    numbers = {"alpha": Fraction(1), "rho": Fraction(1), "deep": 5, "classes": 1000}
    assert tuple(read_page(text, numbers).values()) == (568_740_352, 4_231_976)


def test_a_repeat_counts_its_copies():
    """The first copy may differ from the others, and there may be none beside it."""
    one = small(
        STEM + "  - conv2d: {repeat: n, out_channels: 12, kernel_size: 3,\n"
        "      first: {stride: 2, kernel_size: 1}}\n"
        "  - conv2d: {repeat: 'max(0, n - 2)', out_channels: in_channels, kernel_size: 1}\n"
        "  - sequence: {repeat: in_channels // 4, layers: [relu, conv2d:\n"
        "      {repeat: n, out_channels: in_channels, kernel_size: 1}]}\n",
        "params: {n: 3}\n",
    )
    assert scan(one, {"n": [1, 2, 3, 4, 11]}, alphas=["0.3", "0.5", "1", "2"]) == 60


def test_a_param_that_alpha_scales_and_a_fraction():
    one = small(
        "  - conv2d: {out_channels: wide_channels, kernel_size: 1}\n"
        "  - conv2d: {out_channels: ceil(in_channels * ratio), kernel_size: 1}\n",
        "params: {wide_channels: 20, ratio: 0.25}\n",
    )
    free = {"wide_channels": [7, 20, 33], "ratio": ["1/3", "0.25", "1.7"]}
    assert scan(one, free, alphas=["0.3", "1", "1.9"]) == 27


def test_numbers_are_taken_in_many_forms():
    _, by_source = exact_of(costcalc.load("mobilenet"))
    model_ = costcalc.load("mobilenet")
    for given_, exact in [
        ("0.35", "0.35"),
        (0.35, "0.35"),
        ("6/7", "6/7"),
        (Fraction(6, 7), "6/7"),
        (1, "1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1.0, "1"),
        (0.29, "0.29"),
    ]:
        expected = totals(model_, alpha=exact, rho=exact)
        assert by_source(given_, given_) == expected
        assert all(type(count) is int for count in by_source(given_, given_))


def test_a_float_is_taken_as_it_is_written():
    """In binary, 0.29 times 100 is below 29."""
    one = small("  - conv2d: {out_channels: 100, kernel_size: 1}\n")
    by_source = run_source(source(one.formula(exact=True)))
    for alpha in ("0.29", "0.57", "0.58", "1.13", "1.15"):
        assert by_source(float(alpha), 1) == totals(one, alpha=alpha)


def test_a_minus_is_written_as_one():
    one = small(
        STEM + "  - conv2d: {out_channels: in_channels + 3, kernel_size: 3, padding: valid}\n"
    )
    formula = one.formula(exact=True)
    document = json.loads("".join(formula.json()))
    for text in (str(formula), "".join(formula.latex()), document["macs"]["python"]):
        assert " - " in text
        assert "+ -" not in text
        assert "+-" not in text
    assert "\n        - " in source(formula)


# What stands in an expression


@pytest.mark.parametrize(
    "width",
    [
        "1000 // (2 * in_channels)",
        "1 + 1000 % (3 * in_channels)",
        "1 + floor(100 / (2 * in_channels) * 3)",
        "-(-1000 // (2 * in_channels))",
        "floor(49 * in_channels * (1 / (49 * in_channels)))",
        "1000 // (in_channels * in_channels)",
        "in_channels // (3 / 2) + 1",
        "ceil(in_channels % (5 / 3)) + 1",
        "ceil(in_channels / (2 * in_height)) + 1",
        "1000 // (in_channels + 1) // 2",
        "1000 // (1000 // (in_channels + 1))",
        "(3 * in_channels + 1) // 2 % 5 + 1",
        "1 + (in_channels - 7) % 4",
        "1 + (in_channels + 3) % (in_channels + 2)",
        "20 - -(-(7 - in_channels) // 3)",
        "ceil(in_channels / 3 - 1/2) + 2",
        "round(in_channels / 4) + 1",
        "floor((scaled(3) + 1) / 2 * scaled(5))",
        "floor((scaled(3) + 1) * (scaled(5) + 2) / 4)",
        "-(-in_channels // 3) * -(-in_channels // 3) // 5 + 1",
        "ceil(in_channels / 3 + 1/2) * 3 // 2 + 1",
        "3 * (in_channels if alpha < 1 else 5) // 2 + 1",
        "'divisible(in_channels * 5 / 3, 3)'",
        "'divisible(in_channels, in_height)'",
        "'max(in_channels - 3, 2, in_height // 2)'",
        "'min(in_channels // 2, 3) + 1'",
        "'min(1, in_channels) + 1'",
        "'min(9, in_channels, 5)'",
        "'max(2, in_channels - 3, 4)'",
        "'divisible(30, in_channels)'",
        "'divisible(11, in_channels)'",
        "ceil(in_channels / 3 % 1 * 6) + 1",
        "floor(in_channels / 3 if alpha < 1/2 else in_channels / 5) + 1",
        "in_channels if in_channels == 4 else 4",
        "in_channels if in_channels != 4 else 4",
        "4 if in_channels != 4 else in_channels",
        "4 if in_channels == 4 else in_channels",
        "in_channels if in_channels <= 4 else 4",
        "in_channels if 4 < in_channels else 4",
        "4 if in_channels >= 4 else in_channels",
        "1 if in_channels == 4 else 2",
        "2 + (0 if in_channels == 4 else 1)",
    ],
)
def test_an_expression(width):
    one = small(STEM + f"  - conv2d: {{out_channels: {width}, kernel_size: 1}}\n")
    assert scan(one) == 150
    formula = one.formula(exact=True)
    text, document = str(formula), "".join(formula.latex())
    for alpha in ("0.3", "0.7", "1", "1.9"):
        numbers = {"alpha": Fraction(alpha), "rho": Fraction(1)}
        expected = totals(one, alpha=alpha)
        assert tuple(carry_out(formula.result, [alpha, 1]).values()) == expected
        assert tuple(read_document(document, numbers).values()) == expected
        assert tuple(read_page(text, numbers).values()) == expected


@pytest.mark.parametrize(
    "when",
    [
        "'max(0, (scaled(8) - 5) * scaled(3)) > 0'",
        "'max(0, (in_channels - 5) * (in_channels - 3)) > 0'",
        "(in_channels - 5) * (in_channels - 3) > 0",
        "'min(in_channels - 3, in_height) >= 1'",
        "'1 <= in_channels // 5 <= 2'",
        "in_channels >= 1 and in_height > 0",
        "in_channels // 2 > 0",
        "in_channels - 1 >= 0",
        "in_channels - 2 >= 0",
        "in_channels > 1",
        "2 - in_channels > 0",
        "2 > in_channels",
        "not alpha > 1/2",
        "alpha * in_channels > rho",
        "in_channels == 8 or rho == 1",
        "4 > in_channels >= 1",
        "1 <= in_channels < 4",
        "(in_channels < 4 or in_width > 5) and alpha < 3/2",
        "(in_width > 5 or in_channels < 4) and alpha < 3/2",
        "in_width > 5 or in_channels < 4 and alpha < 3/2",
        "not (in_channels < 4 and in_width > 5) or alpha > 1",
        "(alpha < 1) == (in_channels > 4)",
        "(alpha < 1) != (in_width > 4)",
        "(alpha < 1) == in_channels",
        "not in_channels < 4",
        "not in_channels <= 4",
        "not in_channels > 4",
        "not in_channels >= 4",
        "not in_channels == 4",
        "not in_channels != 4",
        "false if in_channels < 4 else true",
        "true if in_channels < 4 else false",
        "-(-in_channels // (11 - 2 * in_channels)) > 0",
        "(alpha < 1) == true",
        "(alpha < 1) != true",
        "true == (alpha < 1)",
        "false == (alpha < 1)",
    ],
)
def test_a_condition(when):
    one = small(STEM + f"  - conv2d: {{when: {when}, out_channels: 5, kernel_size: 1}}\n" + STEM)
    assert scan(one) == 150
    formula = one.formula(exact=True)
    text, document = str(formula), "".join(formula.latex())
    for alpha, rho in (("0.3", "1"), ("0.5", "0.4"), ("1", "0.7"), ("1.9", "1")):
        numbers = {"alpha": Fraction(alpha), "rho": Fraction(rho)}
        expected = totals(one, alpha=alpha, rho=rho)
        assert tuple(carry_out(formula.result, [alpha, rho]).values()) == expected
        assert tuple(read_document(document, numbers).values()) == expected
        assert tuple(read_page(text, numbers).values()) == expected


@pytest.mark.parametrize(
    "layers",
    [
        # A quotient that is only taken where its divisor is not 0.
        "  - conv2d: {out_channels: 10 // (in_channels - 4) + 1 if in_channels > 4 else 1,\n"
        "      kernel_size: 1}\n",
        "  - conv2d: {when: in_channels > 4, out_channels: 20 // (in_channels - 4) * 2 + 3,\n"
        "      kernel_size: 1}\n",
    ],
)
def test_what_is_not_computed_at_a_setting_fails_nothing(layers):
    assert scan(small(STEM + layers), alphas=["0.3", "0.5", "0.7", "1"]) == 12


LEAVES = (
    "1 2 3 5 7 1/2 2/3 in_channels in_channels in_height in_width scaled(5) scaled(12) alpha rho p"
).split()
COMPARED = ("<", "<=", ">", ">=", "==", "!=")


@st.composite
def expressions(draw, depth=3):
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(LEAVES))
    one, other = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    kind = draw(st.sampled_from("+ - * * // // % / min max if floor round divisible ceil".split()))
    if kind in ("//", "%", "/"):
        divisor = draw(
            st.sampled_from([f"max(1, {one})", "3", "(3 / 2)", "(2 * in_channels)", "in_height"])
        )
        return f"(({other}) {kind} {divisor})"
    if kind in ("min", "max"):
        return f"{kind}({one}, {other})"
    if kind in ("floor", "round", "ceil"):
        return f"{kind}({one})"
    if kind == "divisible":
        return f"divisible({one}, {draw(st.sampled_from(['3', '8', 'in_height']))})"
    if kind == "if":
        return f"({one} if {draw(conditions(depth - 1))} else {other})"
    return f"({one} {kind} {other})"


@st.composite
def conditions(draw, depth=2):
    if depth and draw(st.integers(0, 2)) == 0:
        one, other = draw(conditions(depth - 1)), draw(conditions(depth - 1))
        return draw(st.sampled_from([f"({one} and {other})", f"({one} or {other})", f"not {one}"]))
    one, other = draw(expressions(1)), draw(expressions(1))
    return f"({one} {draw(st.sampled_from(COMPARED))} {other})"


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=LAX)
@given(expressions(), expressions(2), conditions())
def test_random_expressions(width, other, when):
    one = small(
        STEM + f"  - conv2d: {{out_channels: 'max(1, ceil({width}))', kernel_size: 1}}\n"
        f"  - conv2d: {{when: '{when}', out_channels: 'max(1, floor({other}))', kernel_size: 1}}\n"
        + STEM,
        "params: {p: 4}\n",
    )
    formula = one.formula(exact=True, free="p")
    by_source = run_source(source(formula))
    note(str(formula))
    text, document = str(formula), "".join(formula.latex())
    for alpha, rho, p in [
        ("1", "1", 4),
        ("0.3", "1", 1),
        ("0.55", "0.4", 2),
        ("1.7", "1.3", 9),
        ("1/8", "1/8", 3),
    ]:
        expected = totals(one, {"p": p}, alpha=alpha, rho=rho)
        if expected is None:
            event("cannot be built")
            continue
        assert by_source(alpha, rho, p) == expected
        assert tuple(carry_out(formula.result, [alpha, rho, p]).values()) == expected
        numbers = {"alpha": Fraction(alpha), "rho": Fraction(rho), "p": Fraction(p)}
        assert tuple(read_document(document, numbers).values()) == expected
        assert tuple(read_page(text, numbers).values()) == expected


def test_random_networks():
    """What can be written down equals the integers; what cannot is refused, with the place."""
    compared = [0]

    @settings(max_examples=80, deadline=None, suppress_health_check=LAX)
    @given(networks(), st.lists(st.tuples(ALPHAS, RHOS), min_size=2, max_size=2))
    def check(network, points):
        inputs, layers, blocks, alpha = network
        tree = {"input": inputs, "params": PARAMS, "blocks": blocks, "layers": layers}
        text = yaml.safe_dump(written(tree), sort_keys=False)
        one = model(text)
        assume(totals(one) is not None)
        note(text)
        refused = ()
        try:
            formula = one.formula(exact=True, free="base")
        except CostcalcError as error:
            refused = error.problems
        if refused:
            assert all(problem.position for problem in refused)
            return
        by_source = run_source(source(formula))
        for alpha_, rho, base in [(alpha, 1, 5), *((a, r, 2) for a, r in points)]:
            expected = totals(one, {"base": base}, alpha=alpha_, rho=rho)
            if expected is not None:
                compared[0] += 1
                assert by_source(alpha_, rho, base) == expected

    check()
    assert compared[0] > 100


# Where there is no one formula


@pytest.mark.parametrize(
    ("layers", "place", "message"),
    [
        (
            "  - conv2d: {out_channels: '[4, 5, 6][in_channels // 8]', kernel_size: 1}\n",
            (4, 28),
            "the structure depends on alpha, so there is no one formula",
        ),
        (
            "  - conv2d: {out_channels: '[4, 5, 6][in_height // 8 + in_channels // 9]',"
            " kernel_size: 1}\n",
            (4, 28),
            "the structure depends on alpha and rho, so there is no one formula",
        ),
        (
            "  - max_pool2d: {repeat: in_channels // 4, kernel_size: 2}\n",
            (4, 26),
            "repeat depends on a symbol, and its copies change the shape",
        ),
        (
            "  - conv2d: {repeat: in_channels, out_channels: in_channels + 1, kernel_size: 1}\n",
            (4, 22),
            "repeat depends on a symbol, and its copies change the shape",
        ),
        (
            "  - conv2d: {out_channels: 3, kernel_size: 1, padding: same if rho < 1 else valid}\n",
            (4, 56),
            "there is no one formula",
        ),
        (
            "  - conv2d: {out_channels: 1 + in_channels // (rho - rho), kernel_size: 1}\n",
            (4, 28),
            "division by zero in 1 + in_channels // (rho - rho)",
        ),
        (
            "  - fork: {when: alpha < 1/2}\n"
            "blocks:\n"
            "  fork: {outputs: [a, b], layers: [relu: {name: a}, relu: {name: b}]}\n",
            (4, 5),
            "an open condition decides the number of maps, so there is no one formula",
        ),
    ],
)
def test_where_there_is_no_one_formula(layers, place, message):
    one = small(STEM + layers)
    with pytest.raises(CostcalcError) as caught:
        one.formula(exact=True)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.position == ("t.yaml", *place)


def test_a_condition_where_a_field_takes_true_or_false():
    one = small(STEM + "  - conv2d: {out_channels: 3, kernel_size: 1, bias: alpha < 1/2}\n")
    with pytest.raises(CostcalcError) as caught:
        one.formula(exact=True)
    (problem,) = caught.value.problems
    assert problem.position[1:] == (4, 53)
    assert " at 0x" not in problem.message  # no address of an object of ours


# The names of params


@pytest.mark.parametrize(
    "names",
    [
        ["c1", "s1"],
        ["c1", "c2", "c3"],
        ["x1", "g1"],
        ["int", "str"],
        ["Fraction", "divisor"],
        ["macs", "params"],
        ["macs_", "params_"],
        ["_macs", "_params"],
        ["_number", "n"],
        ["_costs", "d"],
        ["int", "int_"],
        ["multiple", "value"],
        ["sum", "__"],
        ["alpha_", "beta"],
        ["D_K", "M"],
        ["ValueError", "_floor"],
        ["E", "I", "S", "pi", "zoo"],
    ],
    ids=" ".join,
)
def test_a_param_of_any_name_can_stay_a_symbol(names):
    product = " + ".join(f"{k} * {name}" for k, name in enumerate(names, 1))
    one = small(
        STEM + f"  - conv2d: {{when: alpha > 1/2, out_channels: {product}, kernel_size: 3}}\n"
        f"  - conv2d: {{out_channels: 1 + in_channels // {names[0]}, kernel_size: 1, stride: 2}}\n",
        f"params: {{{', '.join(f'{name}: 3' for name in names)}}}\n",
    )
    free = {name: [1, 3, 4 + k] for k, name in enumerate(names)}
    assert scan(one, free, alphas=["1", "0.4"], rhos=["1"]) == 6
    law = one.formula(free=names)
    by_law = run_source(source(law))
    assert law.result.symbols == ["alpha", "rho", *names]
    assert by_law(1, 1, *[3 for _ in names]) == totals(one)


def test_only_a_name_that_is_taken_is_changed():
    one = small(
        "  - conv2d: {out_channels: int + int_ + deep + _x, kernel_size: 1}\n",
        "params: {int: 1, int_: 2, deep: 3, _x: 4}\n",
    )
    for exact in (True, False):
        text = source(one.formula(exact=exact, free=["int", "int_", "deep", "_x"]))
        (arguments, _) = re.findall(r"^def (?:macs|params)\((.*)\):", text, re.MULTILINE)
        assert arguments == "alpha, rho, int__, int_, deep, _x"
        by_source = run_source(text)
        assert by_source(1, 1, 5, 6, 7, 8) == (64 * 3 * 26, 4 * 26)


@pytest.mark.parametrize("word", ["class", "lambda", "in", "None", "is", "def"])
def test_a_param_named_as_a_word_of_python(word):
    """No expression can name it, but the network may have it, and the source must be valid."""
    one = small(STEM, f"params: {{{word}: 3}}\n")
    by_source = run_source(source(one.formula(exact=True, free=word)))
    assert by_source(1, 1, 7) == totals(one)
    assert run_source(source(one.formula(free=word)))(1, 1, 7) == totals(one)


def test_the_source_names_what_it_is_of():
    one = model('name: "a \\" b \\\\ c \\u202e \\""\ninput: [3, 8, 8]\nlayers: [relu]\n')
    for exact in (True, False):
        text = source(one.formula(exact=exact))
        title = ast.get_docstring(ast.parse(text))
        assert "a ' b \\ c \\u202e '" in title
        assert "\u202e" not in text
    one = model('name: "C:\\\\N \\\\x"\ninput: [3, 8, 8]\nlayers: [relu]\n')
    assert "C:\\N \\x" in ast.get_docstring(ast.parse(source(one.formula())))
    text = source(costcalc.load("mobilenet").formula(exact=True, free="deep"))
    title = ast.get_docstring(ast.parse(text))
    assert title == "The exact cost of mobilenet by alpha and rho and deep."
    arguments = re.findall(r"^def \w+\((.*)\):", text, re.MULTILINE)
    assert arguments == ["value", "n, d", *["alpha, rho, deep"] * 3]
