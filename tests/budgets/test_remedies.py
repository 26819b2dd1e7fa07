"""What is said to fit does, and the next larger step does not: beside every value tried in turn."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costcalc
from costcalc.budgets.cost_cache import CostCache
from costcalc.budgets.remedies import Fit, fits, value_text, without_effect
from costcalc.changes.provenance import place_of
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting, replace
from costcalc.language.network_file import NetworkFile
from costcalc.numeric.work import MOST, Work
from costcalc.project.limits import Limit

METRICS = ("macs", "params", "other_ops", "activations", "flops", "weights_int8", "weights_float32")

PLAIN = """\
input: [3, 12, 12]
layers:
  - conv2d: {name: stem, out_channels: 12, kernel_size: 3, stride: 2}
  - depthwise_conv2d: {kernel_size: 3}
  - conv2d: {name: wide, out_channels: 40, kernel_size: 1}
  - global_avg_pool
  - linear: {name: head, out_features: 10}
"""
EIGHTS = PLAIN.replace("layers:", "rounding: {divisor: 8}\nlayers:")
VARIANTS = "alpha: 0.75\nvariants: {a: {}, b: {input: [3, 20, 12]}}\n" + PLAIN
GROUPS = """\
# größer 😀
input: [4, 9, 9]
layers:
  - conv2d: {name: wide, out_channels: 24, kernel_size: 3, padding: 0}
  - conv2d: {out_channels: 24, kernel_size: 3, groups: 4}
  - global_avg_pool
  - linear: {out_features: 30}
"""
HALF = Setting(alpha=Fraction(1, 2))
NETWORKS = {"plain": PLAIN, "eights": EIGHTS, "groups": GROUPS}


def cost(text, metric, setting=None):
    """The metric as `analyze` has it; None where there is no such network."""
    setting = setting or Setting()
    try:
        table = costcalc.Model(NetworkFile(text, "n.yaml"), setting.variant).cost(
            alpha=setting.alpha, rho=setting.rho, resolution=setting.resolution
        )
    except costcalc.CostcalcError:
        return None
    sizes = {"weights_int8": 1, "weights_float16": 2, "weights_float32": 4}
    if metric in sizes:
        return sizes[metric] * table.cost.params
    return getattr(table.cost, metric)


def within(text, bounds, setting):
    found = {metric: cost(text, metric, setting) for metric in bounds}
    return all(found[metric] is not None and found[metric] <= bounds[metric] for metric in bounds)


def found(text, bounds, metric=None, setting=None, edited="wide", most=MOST):
    """By knob; each is looked at once more: it fits, and its result is what it costs."""
    setting = setting or Setting()
    metric = metric or next(iter(bounds))
    network = CostCache(NetworkFile(text, "n.yaml")).network(setting)
    node = next((node for node in network.nodes if node.name == edited), None)
    limit = Limit(metric, setting=setting)
    item = None if node is None else place_of(node).item
    result = {}
    for fit in fits(network, limit, bounds, item, Work(most)):
        assert fit.knob not in result
        result[fit.knob] = fit.value
        changed, at = applied(text, setting, fit)
        assert within(changed, bounds, at), fit
        assert (fit.metric, fit.result) == (metric, cost(changed, metric, at))
    return result


def applied(text, setting, fit):
    """The text and setting that a fit proposes."""
    if fit.knob == "alpha":
        return text, replace(setting, alpha=fit.value)
    if fit.knob == "resolution":
        return text, replace(setting, rho=None, resolution=fit.value)
    lines = text.splitlines(keepends=True)
    return widened(text, lines[fit.line - 1], fit.knob, fit.value), setting


def widened(text, line, knob, value):
    before, after = line.split(f"{knob}: ")
    rest = after.lstrip("0123456789")
    return text.replace(line, f"{before}{knob}: {value}{rest}")


def tried(text, bounds, setting=None, own_alpha=Fraction(1), own_side=12, step=1, width=40):
    """The largest of each knob below the network's own, by trying them all."""
    setting = setting or Setting()
    result = {}
    alphas = (own_alpha * Fraction(number, 240) for number in range(240, 0, -1))
    if any(within(text, bounds, replace(setting, alpha=alpha)) for alpha in alphas):
        result["alpha"] = True
    for side in range(own_side, 0, -1):
        if within(text, bounds, replace(setting, rho=None, resolution=(side, side))):
            result["resolution"] = (side, side)
            break
    line = next(line for line in text.splitlines(keepends=True) if "name: wide" in line)
    for value in range(-(-width // step) * step - step, 0, -step):
        if within(widened(text, line, "out_channels", value), bounds, setting):
            result["out_channels"] = value
            break
    return result


def no_larger_alpha_is_better(text, bounds, alpha, own=Fraction(1), setting=None):
    """Those above it fail, but for the rest of its plateau, on which nothing differs."""
    setting = setting or Setting()
    above = (alpha + (own - alpha) * Fraction(number, 60) for number in range(1, 61))
    fit = [replace(setting, alpha=value) for value in above]
    fit = [at for at in fit if within(text, bounds, at)]
    told = replace(setting, alpha=alpha)
    return all(cost(text, m, at) == cost(text, m, told) for at in fit for m in METRICS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "percent"),
    [("plain", 99), ("plain", 50), ("plain", 3), ("eights", 80), ("eights", 20)],
)
@pytest.mark.parametrize("metric", METRICS)
def test_the_largest_of_each_knob(name, percent, metric):
    text = NETWORKS[name]
    bounds = {metric: cost(text, metric) * percent // 100}
    step = 8 if name == "eights" else 1
    told, expected = found(text, bounds), tried(text, bounds, step=step)
    assert told.keys() == expected.keys()
    for knob in ("resolution", "out_channels"):
        assert told.get(knob) == expected.get(knob)
    if "alpha" in told:
        assert no_larger_alpha_is_better(text, bounds, told["alpha"])


@pytest.mark.parametrize("percent", [90, 60, 30])
def test_above_alpha_is_the_next_plateau_that_solve_tells(percent):
    for text in (PLAIN, EIGHTS):
        bound = cost(text, "macs") * percent // 100
        model = costcalc.Model(NetworkFile(text, "n.yaml"), None)
        (solution,) = model.solve({"macs": bound}, ranges={"alpha": "0..1"}).solutions
        alpha = found(text, {"macs": bound})["alpha"]
        assert alpha == solution.knobs["alpha"]
        next_one = Setting(alpha=solution.next.knobs["alpha"])
        assert cost(text, "macs", next_one) > bound


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(sorted(NETWORKS)),
    st.lists(st.tuples(st.sampled_from(METRICS), st.integers(1, 99)), min_size=1, max_size=3),
    st.sampled_from([None, Fraction(1, 2), Fraction(3, 2)]),
    st.sampled_from([None, (7, 7), (12, 9)]),
)
def test_whatever_is_told_fits_all_limits_at_their_setting(name, limits, alpha, resolution):
    text, setting = NETWORKS[name], Setting(alpha=alpha, resolution=resolution)
    bounds = {metric: cost(text, metric, setting) * percent // 100 for metric, percent in limits}
    told = found(text, bounds, setting=setting)
    if "alpha" in told:
        assert told["alpha"] < (alpha or 1)
        assert no_larger_alpha_is_better(text, bounds, told["alpha"], alpha or Fraction(1), setting)
    if "resolution" in told:
        larger = replace(setting, resolution=tuple(side + 1 for side in told["resolution"]))
        assert not within(text, bounds, larger)
    if "out_channels" in told:
        line = next(line for line in text.splitlines(keepends=True) if "name: wide" in line)
        step = 8 if name == "eights" else 1
        wider = widened(text, line, "out_channels", told["out_channels"] + step)
        assert not within(wider, bounds, setting)


@pytest.mark.parametrize("percent", [95, 85, 70, 50, 40, 25])
def test_widths_that_make_no_network_do_not_hide_those_that_do(percent):
    """Only every fourth can be read by a convolution of four groups."""
    bounds = {"macs": cost(GROUPS, "macs") * percent // 100}
    expected = tried(GROUPS, bounds, own_side=9, width=24)
    assert found(GROUPS, bounds).get("out_channels") == expected.get("out_channels")
    assert expected["out_channels"] % 4 == 0


@pytest.mark.parametrize("width", [1, 2, 4, 5, 10])
def test_widths_on_either_side_of_one_that_makes_no_network_are_tried(width):
    """Only divisors of 20 make one. Between 2 and 5, 3 comes first and 4 is above it."""
    text = PLAIN.replace("out_channels: 40", "out_channels: 20").replace(
        "  - global_avg_pool", "  - conv2d: {out_channels: 20, kernel_size: 1, groups: in_channels}"
    )
    text = text.replace("  - linear: {name: head, out_features: 10}\n", "")
    line = next(line for line in text.splitlines(keepends=True) if "name: wide" in line)
    bound = cost(widened(text, line, "out_channels", width), "macs")
    assert found(text, {"macs": bound})["out_channels"] == width


def test_several_limits_hold_together():
    """Each alone leaves a knob more than both do."""
    half = {metric: cost(PLAIN, metric) // 2 for metric in ("macs", "params")}
    both = found(PLAIN, half)
    alone = [found(PLAIN, {metric: bound}) for metric, bound in half.items()]
    assert both["alpha"] == min(one["alpha"] for one in alone)
    assert "resolution" not in both  # params do not change with it
    assert "resolution" in alone[0]


def test_bytes_are_params_of_their_size_rounded_down():
    params = cost(PLAIN, "params") * 3 // 5
    expected = found(PLAIN, {"params": params})
    assert found(PLAIN, {"weights_float32": 4 * params + 3}) == expected
    assert found(PLAIN, {"weights_float16": 2 * params + 1}) == expected
    assert found(PLAIN, {"params": 10**9, "weights_int8": params}, "weights_int8") == expected


def test_what_comes_to_the_very_limit_fits():
    line = next(line for line in PLAIN.splitlines(keepends=True) if "name: wide" in line)
    bound = cost(widened(PLAIN, line, "out_channels", 31), "macs")
    assert found(PLAIN, {"macs": bound})["out_channels"] == 31
    assert found(PLAIN, {"macs": bound - 1})["out_channels"] == 30
    bound = cost(PLAIN, "macs", Setting(resolution=(8, 8)))
    assert found(PLAIN, {"macs": bound})["resolution"] == (8, 8)
    assert found(PLAIN, {"macs": bound - 1})["resolution"] < (8, 8)
    bound = cost(PLAIN, "macs", HALF)
    told = Setting(alpha=found(PLAIN, {"macs": bound})["alpha"])
    assert cost(PLAIN, "macs", told) == bound


def test_a_width_between_two_steps_comes_down_to_the_lower():
    text = EIGHTS.replace("out_channels: 40", "out_channels: 44")  # which is rounded to 48
    assert found(text, {"macs": cost(text, "macs") - 1})["out_channels"] == 40


def test_what_takes_too_much_work_is_not_said():
    """The search of each knob ends by itself, and so do the widths that are tried."""
    text = "input: [3, 8, 8]\nlayers: [conv2d: {name: wide, out_channels: 40, kernel_size: 3}]\n"
    half = {"macs": cost(text, "macs") // 2}
    assert set(found(text, half)) == {"alpha", "resolution", "out_channels"}
    counted = Work(MOST)
    network = CostCache(NetworkFile(text, "n.yaml")).network(Setting())
    fits(network, Limit("macs"), half, place_of(network.nodes[0]).item, counted)
    some = found(text, half, most=counted.done - 1)
    assert set(some) == {"alpha", "resolution"}
    assert found(text, half, most=100) == {}


def test_nothing_fits():
    assert found(PLAIN, {"macs": 0}) == {}
    assert found("input: [3]\nlayers: [{linear: {out_features: 10}}]\n", {"macs": 29}) == {}


def test_a_network_without_height_has_a_width_still():
    text = "input: [3]\nlayers: [{linear: {name: wide, out_features: 10}}]\n"
    assert found(text, {"macs": 29}) == {"out_features": 9}


@pytest.mark.parametrize("setting", [Setting("b"), Setting("b", Fraction(1, 2)), Setting("a")])
def test_variants_and_settings_stay_as_they_are(setting):
    bounds = {"macs": cost(VARIANTS, "macs", setting) * 2 // 3}
    told = found(VARIANTS, bounds, setting=setting)
    assert set(told) == {"alpha", "resolution", "out_channels"}
    own = setting.alpha or Fraction(3, 4)
    assert told["alpha"] < own
    assert no_larger_alpha_is_better(VARIANTS, bounds, told["alpha"], own, setting)


def test_a_rho_gives_way_to_a_resolution():
    setting = Setting(rho=Fraction(2, 3))
    bounds = {"macs": cost(PLAIN, "macs", setting) * 2 // 3}
    told = found(PLAIN, bounds, setting=setting)
    assert told["resolution"] < (8, 8)
    assert no_larger_alpha_is_better(PLAIN, bounds, told["alpha"], setting=setting)


@pytest.mark.parametrize("percent", [90, 60, 30])
def test_a_resolution_of_the_limit_holds_for_alpha_and_gives_way_to_a_smaller_one(percent):
    setting = Setting(resolution=(24, 24))
    bounds = {"macs": cost(PLAIN, "macs", setting) * percent // 100}
    expected = tried(PLAIN, bounds, setting, own_side=23)
    told = found(PLAIN, bounds, setting=setting)
    assert told["resolution"] == expected["resolution"]
    assert told.get("out_channels") == expected.get("out_channels")
    assert no_larger_alpha_is_better(PLAIN, bounds, told["alpha"], setting=setting)


# What has no effect


@pytest.mark.parametrize("shape", ["[3, 8, 8]", "[3, 8, 24]", "[3, 2, 1]", "[3, 1, 2]"])
@pytest.mark.parametrize("setting", [Setting(), Setting(rho=Fraction(2)), HALF])
def test_knobs_without_effect(shape, setting):
    text = f"input: {shape}\nlayers: [conv2d: {{out_channels: WIDTH, kernel_size: 1}}]\n"
    for width, metric, idle in (
        ("8", "macs", set()),
        ("8", "params", {"resolution"}),
        ("4 * 2", "macs", {"alpha"}),
        ("4 * 2", "params", {"alpha", "resolution"}),
    ):
        network = build(NetworkFile(text.replace("WIDTH", width), "n.yaml"), setting)
        assert without_effect(network, Limit(metric, setting=setting)) == idle


# Where a width stands


@pytest.mark.parametrize(
    ("field", "knob"),
    [
        ("out_channels: 40", "out_channels"),
        ("out_channels: 040", "out_channels"),
        ('out_channels: "40"', None),
        ("out_channels: 20 * 2", None),
        ("out_channels: width", None),
    ],
)
def test_only_a_plain_number_is_replaced(field, knob):
    text = "params: {width: 40}\n" + PLAIN.replace("out_channels: 40", field)
    told = found(text, {"macs": cost(text, "macs") * 9 // 10})
    assert (knob in told) == (knob is not None)
    assert "alpha" in told


def test_without_an_edited_layer_there_is_no_width():
    assert "out_channels" not in found(PLAIN, {"macs": 1000}, edited=None)


@pytest.mark.parametrize(
    ("before", "after"),
    [("\n", "\r\n"), ("input", "# 😀 größer\ninput"), ("layers:", "# \u2028\nlayers:")],
)
def test_the_width_is_found_whatever_stands_before_it(before, after):
    text = PLAIN.replace(before, after)
    told = found(text, {"macs": cost(text, "macs") * 9 // 10})
    assert (
        told["out_channels"]
        == found(PLAIN, {"macs": cost(PLAIN, "macs") * 9 // 10})["out_channels"]
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(Fraction(3, 4), "0.75"), (Fraction(5, 7), "5/7"), ((8, 8), "8"), ((8, 9), "8x9"), (24, "24")],
)
def test_values_as_they_are_told(value, text):
    assert value_text(Fit("knob", value, Limit("macs"), {"macs": 1})) == text
