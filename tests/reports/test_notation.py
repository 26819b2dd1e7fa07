"""How formulas are spelled: text, Python, and LaTeX that TeX and Matplotlib accept.

TeX is not everywhere; where it is missing, the math of the seed and of laws is still read by
Matplotlib.
"""

import itertools
import re
import shutil
import subprocess
from fractions import Fraction

import pytest
from support.formula_readers import bodies, from_latex, plain, value
from support.networks import NETWORKS
from support.polynomials import put_in, typed

import costcalc
from costcalc.api import Formula, Model
from costcalc.formulas import Interval
from costcalc.language.network_file import NetworkFile
from costcalc.reports.formula.latex import escape
from costcalc.reports.formula.notation import Latex, Notation, Python, formula, terms, with_numbers
from costcalc.reports.formula.page import broken, interval_text

TEXT, LATEX, PYTHON = Notation(), Latex(), Python()
NAMES = "alpha rho D_K M N G D_F deep a_b c1".split()
HEAD = "input: [3, 100, 100]\n"
STEM = "  - conv2d: {out_channels: 8, kernel_size: 1}\n"


def model(text: str) -> Model:
    return Model(NetworkFile(text, "t.yaml"), None)


# Sums


@pytest.mark.parametrize(
    ("form", "text", "latex", "python"),
    [
        ("0", "0", "0", "0"),
        ("1", "1", "1", "1"),
        ("-1", "-1", "-1", "-1"),
        ("1234567", "1,234,567", "1{,}234{,}567", "1234567"),
        ("-1000", "-1,000", "-1{,}000", "-1000"),
        ("M", "M", "M", "M"),
        ("-M", "-M", "-M", "-M"),
        ("deep", "deep", r"\mathit{deep}", "deep"),
        ("a_b", "a_b", "a_{b}", "a_b"),
        ("c1", "c1", r"\mathit{c1}", "c1"),
        ("alpha**2*rho", "α²·ρ", r"\alpha^{2}\,\rho", "alpha**2*rho"),
        ("M**12", "M¹²", "M^{12}", "M**12"),
        ("D_K**2", "D_K²", "D_{K}^{2}", "D_K**2"),
        ("2*M/3", "2/3·M", r"\tfrac{2}{3}\,M", "Fraction(2, 3)*M"),
        ("-M/3", "-1/3·M", r"-\tfrac{1}{3}\,M", "-Fraction(1, 3)*M"),
        ("1/N", "1/N", r"\frac{1}{N}", "1 / (N)"),
        ("-1/N", "-1/N", r"-\frac{1}{N}", "-1 / (N)"),
        ("M/N", "M/N", r"\frac{M}{N}", "M / (N)"),
        ("5*M/N", "5·M/N", r"\frac{5\,M}{N}", "5*M / (N)"),
        ("1/N**2", "1/N²", r"\frac{1}{N^{2}}", "1 / (N**2)"),
        ("M/(N*D_K)", "M/(D_K·N)", r"\frac{M}{D_{K}\,N}", "M / (D_K*N)"),
        ("1 - M", "-M + 1", "-M + 1", "-M + 1"),
        ("M - 1", "M - 1", "M - 1", "M - 1"),
        ("M - N/2", "M - 1/2·N", r"M - \tfrac{1}{2}\,N", "M - Fraction(1, 2)*N"),
    ],
)
def test_a_form_in_each_notation(form, text, latex, python):
    one = typed(form)
    assert formula(one, TEXT) == text
    assert re.sub(r"\{\((.*)\)\}", r"{\1}", formula(one, LATEX)) == latex
    assert re.sub(r"\(\((.*)\)\)", r"(\1)", formula(one, PYTHON)) == python
    numbers = {name: Fraction(k + 3, 7) for k, name in enumerate(NAMES)}
    expected = put_in(one, numbers)
    assert value(formula(one, PYTHON), numbers | {"Fraction": Fraction}) == expected
    assert value(plain(text), numbers) == expected
    assert value(from_latex(formula(one, LATEX)), numbers) == expected


def test_the_knobs_lead_and_the_highest_power_first():
    one = typed(
        "1 + M + rho + alpha + alpha*rho**2 + alpha**2 + alpha**2*rho**2 + alpha*deep + N*M"
    )
    assert terms(one, TEXT) == "α²·ρ² α² α·ρ² α·deep α ρ M·N M 1".split()
    # In a term the kernel stands before the channels, the map behind them.
    assert formula(typed("D_F**2*N*M*D_K**2*rho*alpha*G"), TEXT) == "α·ρ·D_K²·M·N·G·D_F²"
    assert terms(typed("c10 + c2 + s1*c2 + c2**2"), TEXT) == ["c2²", "c2·s1", "c2", "c10"]
    assert terms(typed("M*N**2 + M**2*N + M/N"), TEXT) == ["M²·N", "M·N²", "M/N"]


def test_numbers_in_the_place_of_letters():
    one = typed("D_K**2*M*N/G + N")
    numbers = {"D_K": 3, "M": 1024, "N": 12, "G": 4}
    assert with_numbers(one, numbers, TEXT) == "3²·1,024·12/4 + 12"
    assert with_numbers(one, numbers, LATEX) == r"\frac{3^{2}\,1{,}024\,12}{4} + 12"


@pytest.mark.parametrize(
    ("interval", "text", "latex"),
    [
        ((None, 1, False, True), "α ≤ 1", r"\alpha \le 1"),
        ((None, Fraction(1, 2), False, False), "α < 1/2", r"\alpha < \tfrac{1}{2}"),
        ((Fraction(1, 4), None, True, False), "1/4 ≤ α", r"\tfrac{1}{4} \le \alpha"),
        ((1, 2000, False, True), "1 < α ≤ 2,000", r"1 < \alpha \le 2{,}000"),
        ((1, 2, True, False), "1 ≤ α < 2", r"1 \le \alpha < 2"),
    ],
)
def test_an_interval(interval, text, latex):
    assert interval_text("α", Interval(*interval)) == text
    assert interval_text(r"\alpha", Interval(*interval), LATEX) == latex
    low, high, low_closed, high_closed = interval
    one = Interval(*interval)
    assert one.holds(low if low is not None else high) == (
        low_closed if low is not None else high_closed
    )
    if high is not None:
        assert one.holds(high) == high_closed
        assert not one.holds(high + 1)
        assert one.holds(high - Fraction(1, 100))
    if low is not None:
        assert not one.holds(low - Fraction(1, 100))
        assert one.holds(low + Fraction(1, 100))


def test_a_sum_is_broken_before_a_sign():
    parts = ["aaaa", "-bbbb", "cccc", "-dd"]
    assert list(broken("x = ", parts, 100)) == ["x = aaaa - bbbb + cccc - dd"]
    assert list(broken("x = ", parts, 16)) == ["x = aaaa - bbbb", "    + cccc - dd"]
    assert list(broken("x = ", parts, 15)) == ["x = aaaa - bbbb", "    + cccc - dd"]
    assert list(broken("x = ", parts, 14)) == ["x = aaaa", "    - bbbb", "    + cccc", "    - dd"]


@pytest.mark.parametrize(
    ("notation", "operation", "parts", "simple", "expected"),
    [
        (TEXT, "floor", ["a", "2"], False, "⌊a/2⌋"),
        (TEXT, "floor", ["a + 1", "b + 2"], False, "⌊(a + 1)/(b + 2)⌋"),
        (TEXT, "floor", ["a + 1", "1"], True, "⌊a + 1⌋"),
        (TEXT, "floor", ["⌊a + 1⌋", "[a < b]"], False, "⌊⌊a + 1⌋/([a < b])⌋"),
        (TEXT, "ceil", ["a", "2"], False, "⌈a/2⌉"),
        (TEXT, "ceil", ["max(1, a)", "2"], False, "⌈max(1, a)/2⌉"),
        (TEXT, "mod", ["a", "2"], False, "(a mod 2)"),
        (TEXT, "select", ["a < b", "1", "2"], False, "(1 if a < b, else 2)"),
        (TEXT, "bracket", ["a < b"], False, "[a < b]"),
        (TEXT, "max", ["1", "a", "b"], False, "max(1, a, b)"),
        (LATEX, "floor", ["a", "2"], False, r"\left\lfloor \frac{a}{2} \right\rfloor"),
        (LATEX, "ceil", ["a", "1"], True, r"\left\lceil a \right\rceil"),
        (LATEX, "min", ["a", "2"], False, r"\min\left(a, 2\right)"),
        (LATEX, "mod", ["a", "2"], False, r"\left(a \bmod 2\right)"),
        (PYTHON, "floor", ["a", "1"], True, "(a // 1)"),
        (PYTHON, "floor", ["a + 1", "2"], False, "((a + 1) // 2)"),
        (PYTHON, "ceil", ["a + 1", "2"], False, "-(-(a + 1) // 2)"),
        (PYTHON, "bracket", ["a < b"], False, "(1 if a < b else 0)"),
        (PYTHON, "select", ["a < b", "1", "2"], False, "(1 if a < b else 2)"),
    ],
)
def test_an_operation(notation, operation, parts, simple, expected):
    assert notation.operation(operation, parts, simple) == expected


@pytest.mark.parametrize("notation", [TEXT, PYTHON], ids=["text", "python"])
@pytest.mark.parametrize("operation", ["floor", "ceil", "mod", "quotient"])
def test_a_divisor_of_several_factors_stands_in_brackets(notation, operation):
    """`a/2·b` would be read as half of a, times b."""
    product = notation.times.join(["2", "b"])
    text = notation.operation(operation, ["a", product], False)
    numbers = {"a": Fraction(100), "b": Fraction(7), "Fraction": Fraction}
    spelled = plain(text) if notation is TEXT else text
    expected = {"floor": 7, "ceil": 8, "mod": 2, "quotient": Fraction(50, 7)}
    assert value(spelled, numbers) == expected[operation]


# LaTeX

PDFLATEX = shutil.which("pdflatex")
NAMES_OF_ALL_KINDS = (
    'name: "50% of \\\\a_b & #1 {x} ^2 ~ $5 \\\\end{document} é β α·ρ 日本 <>|\\" \\u202e"\n'
)
PARAMS = ["a_b_c", "_x", "x_", "__", "k_9", "a_long_name", "Fraction", "e", "i_j", "n2"]
HOSTILE = (
    f"{NAMES_OF_ALL_KINDS}{HEAD}params: {{{', '.join(f'{name}: 3' for name in PARAMS)}}}\n"
    "layers:\n"
    '  - conv2d: {name: "x_y%\\\\é\\" {}$&#^~", kernel_size: 3, out_channels: '
    f"{' + '.join(f'{a} * {b}' for a, b in itertools.pairwise(PARAMS))}}}\n"
)
BRANCHING = model(
    f"{HEAD}layers:\n{STEM}"
    "  - conv2d: {when: not (in_channels < 4 or in_width > 50) and alpha < 3/2,\n"
    "      out_channels: 'divisible(in_channels * 3 / 7, 4)', kernel_size: 1}\n"
    "  - conv2d: {out_channels: 'min(in_channels, in_height // 3) if alpha < 1/3 else 7',\n"
    "      kernel_size: 3 if rho >= 1/2 else 5}\n"
    "  - conv2d: {when: in_channels != 7, out_channels: 1 + in_channels % 3, kernel_size: 1}\n"
)
PIECES = model(
    f"{HEAD}layers:\n{STEM}"
    "  - conv2d: {when: 1/4 < alpha <= 1/2, out_channels: 8, kernel_size: 3}\n"
    f"  - max_pool2d: {{when: rho < 3/7, kernel_size: 2}}\n{STEM}"
)


def net(name: str) -> Model:
    return costcalc.load(NETWORKS[name])


def hostile_layer() -> Formula:
    one = model(HOSTILE)
    (layer,) = one.cost().layers
    return one.formula(layer=layer.name)


DOCUMENTS = {
    "seed": costcalc.formula,
    "law": lambda: net("mobilenet").formula(free=["deep", "classes"]),
    "law of two pieces": lambda: net("mobilenet_v2").formula(),
    "pieces": lambda: PIECES.formula(),
    "exact": lambda: net("mobilenet").formula(exact=True),
    "divisible": lambda: net("mobilenet_v2").formula(exact=True),
    "long": lambda: net("densenet").formula(exact=True),
    "structure": lambda: net("mobilenet_v3_small").formula(exact=True),
    "branching": lambda: BRANCHING.formula(exact=True),
    "layer": lambda: net("mobilenet").formula(layer="conv_bn_act.conv2d"),
    "block": lambda: net("mobilenet").formula(layer="depthwise_separable_2"),
    "nothing": lambda: net("mobilenet_v2").formula(layer="dropout"),
    "names in a law": lambda: model(HOSTILE).formula(free=PARAMS),
    "names in the exact formula": lambda: model(HOSTILE).formula(free=PARAMS, exact=True),
    "names of a layer": hostile_layer,
}


@pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_compiles_and_stays_on_the_page(tmp_path, name):
    assert PDFLATEX
    (tmp_path / "formula.tex").write_text("".join(DOCUMENTS[name]().latex()), "utf-8")
    command = [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "formula.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    log = (tmp_path / "formula.log").read_text("utf-8", errors="replace")
    assert done.returncode == 0, log[-3000:]
    assert not re.findall(r"Overfull.*", log)
    assert not re.findall(r".*Warning.*", log)
    assert (tmp_path / "formula.pdf").stat().st_size > 1000


@pytest.mark.parametrize("name", ["seed", "law", "law of two pieces", "pieces", "names in a law"])
def test_the_math_is_read_by_matplotlib(name):
    mathtext = pytest.importorskip("matplotlib.mathtext")
    parser = mathtext.MathTextParser("path")
    rows = [row for body in bodies("".join(DOCUMENTS[name]().latex())) for row in body]
    assert rows
    for row in rows:
        for side in row:
            if side == "for":
                continue
            # Of a few words mathtext has one spelling only.
            math = side.replace(r"\tfrac", r"\frac").replace(r"\text{", r"\mathrm{")
            math = math.replace(r"\le ", r"\leq ")
            math = re.sub(r"\\mathrm\{([^}]*)\}", lambda m: m[0].replace(" ", r"\ "), math)
            parser.parse(f"${math}$")


def test_a_name_is_shown_as_it_is():
    assert escape(r"50% of \a_b & #1 {x} $5") == (r"50\% of \textbackslash{}a\_b \& \#1 \{x\} \$5")
    assert escape("~^") == r"\textasciitilde{}\textasciicircum{}"
    assert escape("α ρ ×") == r"$\alpha$ $\rho$ $\times$"
    assert escape("é\n\x1b日") == "????"
    assert [LATEX.name(name) for name in ("a_b_c", "_x", "deep", "D_F", "N")] == [
        r"\mathit{a\_b\_c}",
        r"\mathit{\_x}",
        r"\mathit{deep}",
        "D_{F}",
        "N",
    ]


def test_names_that_differ_look_different():
    names = ["x", "x_", "_x", "x_1", "x1", "xx", "x_a", "alpha", "a_b_c", "a_b_"]
    assert len({LATEX.name(name) for name in names}) == len(names)
    assert len({TEXT.name(name) for name in names}) == len(names)
    assert len({PYTHON.name(name) for name in names}) == len(names)


def test_the_law_as_latex():
    document = "".join(PIECES.formula().latex())
    assert document.startswith("\\documentclass[fleqn]{article}\n")
    assert document.endswith("\\end{document}\n")
    macs, params = bodies(document)
    assert [left for left, _ in macs] == [r"\text{MACs}", "for"] * 6
    assert [left for left, _ in params] == [r"\text{params}", "for"] * 6
    assert macs[1][1] == r"\alpha \le \tfrac{1}{4}, \rho < \tfrac{3}{7}"
    assert macs[7][1] == r"\tfrac{1}{4} < \alpha \le \tfrac{1}{2}, \tfrac{3}{7} \le \rho"
    law = PIECES.formula().result
    numbers = {"alpha": Fraction(2, 5), "rho": Fraction(1, 3)}
    for metric, rows in (("macs", macs), ("params", params)):
        for piece, (_, right) in zip(law.pieces, rows[::2], strict=True):
            assert value(from_latex(right), numbers) == put_in(piece.forms[metric], numbers)


def test_long_rows_are_broken():
    document = "".join(costcalc.load("mobilenet_v2").formula(exact=True).latex())
    rows = [row for row in document.splitlines() if row.startswith((r"\text{", r"&\quad"))]
    assert len(rows) >= 6
    assert max(map(len, rows)) <= 160


def test_what_divisible_means_stands_below():
    document = "".join(costcalc.load("mobilenet_v2").formula(exact=True).latex())
    assert document.count("and\n") == 1
    assert r"m = \max\left(d,\ d \left\lfloor \frac{2n + d}{2d} \right\rfloor\right)" in document
    assert r"\operatorname{divisible}(n, d) &= m + d \left[10 m < 9 n\right]" in document
    document = "".join(costcalc.load("mobilenet").formula(exact=True).latex())
    assert "divisible" not in document
