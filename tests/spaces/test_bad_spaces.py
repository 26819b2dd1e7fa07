"""Faulty choices and spaces: each with its place, what is wrong and what to try."""

import pytest
from support.brute_spaces import file_of

import costcalc
from costcalc.accounting.convention import accounting
from costcalc.cli import run
from costcalc.costs.totals import measure
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.spaces import draws
from costcalc.spaces.drawn.survey import Survey
from costcalc.spaces.draws import TooManyError
from costcalc.spaces.limits import Limits
from costcalc.spaces.space import Space
from costcalc.spaces.subject import NoChoicesError

FAULTS = [
    ("linear: {out_features: {any: []}}", 28, "a choice needs at least one option", "a choice is"),
    ("linear: {out_features: {any: }}", 28, "a choice needs at least one option", "a choice is"),
    ("linear: {out_features: {any: 4}}", 34, "any takes a list or a range", "a choice is"),
    ("linear: {out_features: {any: [4, 4]}}", 38, "the option 4 is given twice", None),
    ("linear: {out_features: {any: [4, 4.0]}}", 38, "the option 4.0 is given twice", None),
    (
        "any: [relu, gelu]",
        5,
        "unknown layer or block 'any'",
        "{unit: {any: [relu, gelu]}}, then $unit",
    ),
    ("linear: {out_features: {any: [4, {any: [5]}]}}", 38, "an option is itself a choice", "list"),
    ("linear: {out_features: {any: [4, {a: 1}]}}", 38, "an option must be a value", "a choice is"),
    ("linear: {out_features: {any: [4, [{any: [1, 2]}]]}}", 39, "an option has a choice", None),
    ("linear: {out_features: {any: 4..2}}", 34, "the range '4..2' is reversed", "such as"),
    ("linear: {out_features: {any: 1..2:0}}", 34, "the step must be above 0, not 0", "such as"),
    ("linear: {out_features: {any: 0.5..2}}", 34, "the range '0.5..2' needs a step", "such as"),
    ("linear: {out_features: {any: 1..99999}}", 34, "a choice has at most 10,000", "such as"),
    ("linear: {out_features: {eny: [4, 5]}}", 29, "out_features must be a value", "a choice is"),
    ("linear: {out_features: {any: [4, big]}}", 38, "unknown name 'big'", None),
    ("linear: {out_features: {any: [4, -1]}}", 38, "linear: out_features must be", None),
    ("linear: {out_features: 4, name: {any: [a, b]}}", 37, "name is a name, which", "$unit"),
    ("linear: {out_features: 4, from: {any: [a, b]}}", 37, "from is a name, which", "$unit"),
    ("rearrange: {pattern: {any: [c h -> h c, c h -> c h]}}", 26, "pattern is a text", None),
]


@pytest.mark.parametrize(("item", "column", "message", "hint"), FAULTS)
def test_faulty_choices_have_places(item, column, message, hint):
    with pytest.raises(costcalc.Problems) as caught:
        file_of(f"input: [4]\nlayers:\n  - {item}\n")
    first = caught.value.problems[0]
    assert first.message.startswith(message)
    assert first.position[1:3] == (3, column)
    assert (hint or "") in (first.hint or "")
    assert (first.hint is None) == (hint is None)


INPUT = "input: [3, 8, 6]"
NET = f"{INPUT}\nlayers: [conv2d: {{out_channels: 2, kernel_size: 1}}]\n"


@pytest.mark.parametrize(
    ("wrong", "message", "place", "macs"),
    [
        ("rho: {any: [0.5, 2]}", "unknown key 'rho'", (3, 1), [72, 1152]),
        ("resolution: {any: [4, 8, 16]}", "unknown key 'resolution'", (3, 1), [96, 384, 1536]),
        ("variants: {a: {rho: {any: 1..2}}}", "a variant cannot set 'rho'", (3, 16), [288, 1152]),
        (
            "params: {rho: {any: [1, 3]}}",
            "the param 'rho' has the name of a knob",
            (3, 10),
            [288, 2592],
        ),
    ],
)
def test_what_scales_inputs_is_chosen_by_their_sides(wrong, message, place, macs):
    """The hint is what works."""
    with pytest.raises(costcalc.Problems) as caught:
        file_of(f"{NET}{wrong}\n")
    (fault,) = caught.value.problems
    assert (fault.message, fault.position[1:3]) == (message, place)
    own_input, own_params = fault.hint.partition("to choose, ")[2].split(" and ")
    advised = Space(file_of(f"{NET.replace(INPUT, own_input)}{own_params}\n"), Setting())
    networks = [advised.network(number) for number in range(1, advised.total + 1)]
    assert [one.costs["macs"] for one in networks] == macs
    assert [measure(build(one.file()), ("macs",))["macs"] for one in networks] == macs


@pytest.mark.parametrize(
    ("wrong", "message", "hint"),
    [
        ("resolution: 16", "unknown key 'resolution'", "input has the sides: [3, 16, 16]"),
        ("batch: 2", "unknown key 'batch'", "--batch says how many samples"),
        ("alpha: [0.5, 1]", "alpha must be a number above 0", "to choose, {any: [0.5, 1]}"),
        (
            "params: {alpha: 1}",
            "the param 'alpha' has the name of a knob",
            "alpha: {any: [0.5, 1]}",
        ),
    ],
)
def test_knobs_in_wrong_places_have_hints(wrong, message, hint):
    with pytest.raises(costcalc.Problems) as caught:
        file_of(f"{NET}{wrong}\n")
    (fault,) = caught.value.problems
    assert fault.message == message
    assert fault.hint.endswith(hint)


def test_an_input_is_no_choice_as_a_whole():
    with pytest.raises(costcalc.Problems) as caught:
        file_of(NET.replace("[3, 8, 6]", "{any: [[3, 8, 8], [3, 6, 6]]}"))
    (fault,) = caught.value.problems
    assert (fault.message, fault.position[1:3]) == (
        "an input is chosen by its sides, not as a whole",
        (1, 8),
    )


@pytest.mark.parametrize(
    ("item", "column", "message"),
    [
        ("linear: {out_features: [4, 8]}", 28, "linear: out_features must be a whole number"),
        ("relu: {when: [true, false]}", 18, "when must be true or false, not [true, false]"),
        ("relu: {repeat: [1, 2]}", 20, "repeat must be a whole number from 0"),
    ],
)
def test_a_list_where_one_value_is_wanted_is_no_choice(item, column, message):
    """What is wrong is said, and not that there are no choices."""
    with pytest.raises(costcalc.CostcalcError) as caught:
        Space(file_of(f"input: [4]\nlayers:\n  - {item}\n"), Setting())
    (fault,) = caught.value.problems
    assert fault.message.startswith(message)
    assert fault.position[1:3] == (3, column)
    assert fault.hint.startswith("to choose one of them, {any: [")


def test_what_is_chosen_by_a_setting_is_shown(tmp_path, capsys):
    path = tmp_path / "net.yaml"
    path.write_text("input: [4]\nparams: {width: 4}\nlayers: [linear: width]\n", encoding="utf-8")
    assert run(["space", str(path), "--set", "width={any: [4, 8]}"]) == 0
    assert "width {any: [4, 8]}\n" in capsys.readouterr().out


def test_diff_picks_of_the_side_that_is_a_space(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = "input: [4]\nlayers: [linear: {out_features: OUT}]\n"
    for name, out in (("space", "{any: [2, 3]}"), ("net", "3")):
        (tmp_path / f"{name}.yaml").write_text(text.replace("OUT", out), encoding="utf-8")
    assert run(["diff", "space.yaml", "net.yaml", "--pick", "largest", "--exit-code"]) == 0
    assert run(["diff", "net.yaml", "space.yaml", "--pick", "smallest", "--exit-code"]) == 1
    assert run(["diff", "net.yaml", "net.yaml", "--pick", "smallest"]) == 2
    assert "none of these is one" in capsys.readouterr().err


def test_other_commands_want_one_network(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [3, 8, 8]\nparams: {width: {any: [4, 8]}}\nlayers:\n"
        "  - conv2d: {out_channels: width, kernel_size: {any: [1, 3]}}\n",
        encoding="utf-8",
    )
    model = costcalc.load(str(path))
    with pytest.raises(costcalc.CostcalcError) as caught:
        model.cost()
    assert caught.value.position[1:3] == (2, 17)
    assert caught.value.message == "width is a choice of 2: this is a space of networks"
    assert "costcalc space" in caught.value.hint
    assert "--pick smallest, largest or a number" in caught.value.hint
    assert "--set" in caught.value.hint
    with pytest.raises(costcalc.CostcalcError) as caught:
        model.cost(width=4)
    (fault,) = caught.value.problems
    assert fault.position[1:3] == (4, 48)
    with pytest.raises(costcalc.CostcalcError):
        model.sweep(alpha="0.5..1")


def test_alpha_as_a_choice_has_a_place():
    with pytest.raises(costcalc.CostcalcError) as caught:
        build(file_of("input: [4]\nalpha: {any: [1, 2]}\nlayers: [linear: 3]\n"))
    assert caught.value.position[1:3] == (2, 8)
    assert caught.value.message.startswith("alpha is a choice of 2")


def test_a_network_is_no_space():
    with pytest.raises(NoChoicesError) as caught:
        Space(file_of("input: [4]\nlayers: [linear: 3]\n"), Setting())
    assert caught.value.message.endswith("has no choices: it is one network")


def test_many_settings_are_counted_in_any_number_of_digits():
    text = "input: [4, 8, 8]\nlayers:\n" + (
        "  - conv2d: {out_channels: 4, kernel_size: {any: 1..9:2}, groups: {any: [1, 2]}}\n" * 45
    )
    space = Space(file_of(text), Setting())
    assert space.total == 10**45
    (largest,) = space.largest("macs", Limits({}))
    smallest = space.smallest("macs").costs["macs"]
    middle = (smallest + largest.costs["macs"]) // 2
    low = space.within(Limits({"macs": middle})).counted
    high = space.within(Limits({}, {"macs": middle + 1})).counted
    assert low.is_exact
    assert high.is_exact
    assert low.least + high.least == 10**45
    assert space.network(10**45).number == 10**45
    with pytest.raises(costcalc.CostcalcError, match="has no network"):
        space.network(10**45 + 1)


def test_arrays_count_beyond_64_bits(monkeypatch):
    """By residues; and the same as by dictionaries."""
    from costcalc.spaces.tables import tables

    text = "input: [4, 8, 8]\nlayers:\n" + (
        "  - conv2d: {out_channels: 4, kernel_size: {any: [1, 3, 5]}, groups: {any: [1, 2, 4]}}\n"
        * 44
    )
    space = Space(file_of(text), Setting())
    (largest,) = space.largest("macs", Limits({}))
    limits = Limits({"macs": largest.costs["macs"] // 3})
    monkeypatch.setattr(tables, "MAX_ENTRIES", 10**9)
    exact = space.within(limits).counted
    monkeypatch.setattr(tables, "MAX_ENTRIES", -1)
    assert space.within(limits).counted == exact
    assert exact.least > 2**64


def test_what_makes_no_network_is_counted_and_said():
    text = (
        "input: [4, 8, 8]\nlayers:\n"
        "  - conv2d: {out_channels: 6, kernel_size: 1, groups: {any: [1, 2, 3]}}\n"
        "  - conv2d: {out_channels: 4, kernel_size: {any: [1, 3]}}\n"
    )
    space = Space(file_of(text), Setting())
    assert (space.total, space.impossible) == (4, 2)
    (fault,) = space.faults
    assert fault.settings == 2
    assert fault.error.position[1:3] == (3, 5)
    assert "groups" in fault.error.message


def test_a_space_without_any_network_says_why(tmp_path):
    from costcalc.spaces.answer import Question, ask

    text = (
        "input: [4, 8, 8]\nlayers:\n"
        "  - conv2d: {out_channels: 6, kernel_size: 1, groups: {any: [3, 5]}}\n"
    )
    with pytest.raises(
        costcalc.CostcalcError, match="none of 2 settings makes a network"
    ) as caught:
        ask(Space(file_of(text), Setting()), Question(Limits({})))
    assert caught.value.position[1:3] == (3, 5)


def test_states_are_limited_and_said(monkeypatch):
    from costcalc.spaces.walk import walking

    monkeypatch.setattr(walking, "MAX_EDGES", 1000)
    text = "input: [4, 8, 8]\nlayers:\n" + "".join(
        f"  - conv2d: {{out_channels: {{any: 1..9}}, kernel_size: 1, name: n{number}}}\n"
        for number in range(5)
    )
    text += "  - concat: {from: [n0, n1, n2, n3, n4]}\n"
    with pytest.raises(TooManyError) as caught:
        Space(file_of(text), Setting())
    assert "more than 1,000 steps: in line 6" in caught.value.message
    assert "states differ in maps and params" in caught.value.message


def test_a_walk_knows_the_states_ahead_alone(monkeypatch):
    """Steps lead further: what would tell a state that is passed from others is let go."""
    from costcalc.spaces.walk import walking

    known = []
    passed = walking._Walk._pass

    def pass_(walk, front):
        passed(walk, front)
        known.append(len(walk._known))

    monkeypatch.setattr(walking._Walk, "_pass", pass_)
    item = "  - conv2d: {out_channels: {any: 1..9}, kernel_size: 1}\n"
    Space(file_of("input: [4, 8, 8]\nlayers:\n" + 5 * item), Setting())
    assert max(known) == 9
    assert known[-1] == 0


def test_states_are_named_before_the_walk():
    """RegNet's four numbers decide all widths: each of their settings is a state."""
    text = (
        "input: [3, 8, 8]\n"
        "params: {w_0: {any: 1..64}, w_a: {any: 1..64}, w_m: {any: 1..64}, depth: {any: 1..64}}\n"
        "layers:\n"
        "  - conv2d: {out_channels: w_0 + w_a + w_m, kernel_size: 1, repeat: depth}\n"
        "  - conv2d: {out_channels: w_0 * w_a * w_m, kernel_size: 1, repeat: depth}\n"
    )
    with pytest.raises(TooManyError) as caught:
        Space(file_of(text), Setting())
    assert "at least 16,777,216 states" in caught.value.message
    assert "line 5" in caught.value.message
    few = text.replace("1..64", "1..2")
    assert Space(file_of(few), Setting()).total == 16


def test_layers_that_fold_across_items_are_counted_together():
    """A batch norm is folded into the convolution of the item before it."""
    text = (
        "input: [4, 8, 8]\nlayers:\n"
        "  - conv2d: {out_channels: 6, kernel_size: {any: [1, 3]}, bias: false}\n  - batch_norm\n"
    )
    setting, metrics = Setting(accounting=accounting(None, True)), ("other_ops", "macs")
    space = Space(file_of(text), setting, metrics)
    for drawn in map(space.network, (1, 2)):
        assert measure(build(drawn.file(), setting), metrics) == drawn.costs


def test_a_metric_that_is_no_sum_over_items_is_noticed(monkeypatch):
    """As if it were not known that two items are one separable convolution."""
    from costcalc.spaces.answer import Question, ask
    from costcalc.spaces.walk.joined import Joined

    text = (
        "input: [4, 8, 8]\nlayers:\n"
        "  - depthwise_conv2d: {kernel_size: {any: [1, 3]}}\n"
        "  - pointwise_conv2d: {out_channels: 6}\n"
    )
    monkeypatch.setattr(Joined, "_pair", lambda *_: False)
    space = Space(file_of(text), Setting(), ("standard_macs", "macs"))
    with pytest.raises(costcalc.CostcalcError, match="is not the sum of what the items"):
        ask(space, Question(Limits({})))


def test_what_follows_a_network_that_is_too_large_is_built_with_its_own_alpha(tmp_path):
    """The first option has more layers than a network may; the item uses another alpha."""
    (tmp_path / "inner.yaml").write_text(
        "input: [3, 8, 8]\nparams: {deep: 1}\nlayers:\n"
        "  - sequence: {repeat: deep, layers: [relu: {repeat: deep}]}\n"
    )
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [3, 8, 8]\nlayers:\n"
        "  - network: {of: inner.yaml, alpha: 0.5, deep: {any: [50000, 1]}}\n"
        "  - conv2d: {out_channels: {any: [8, 16]}, kernel_size: 3}\n"
    )
    space = costcalc.load(str(path)).space()
    assert (space.total, space.impossible) == (2, 2)
    for drawn in map(space.network, (1, 2)):
        assert measure(build(drawn.file()), ("macs", "params")) == drawn.costs


def test_the_hint_says_what_networks_have():
    space = costcalc.load("vww_mobilenets", device="stm32h747").space(metrics=["macs", "latency"])
    with pytest.raises(costcalc.CostcalcError) as caught:
        space.sample(1, {"macs": 1, "latency": "1ms"})
    assert caught.value.hint == "it has 1,447,035 to 567,718,400 macs, 0.008615 to 1.615 latency"


def test_more_settings_than_can_be_written(monkeypatch):
    """Python writes numbers of at most 4,300 digits."""
    monkeypatch.setattr(draws, "MAX_DIGITS", 40)
    one = "  - relu: {repeat: {any: 1..9}}\n"
    few, many = (file_of(f"input: [4, 8, 8]\nlayers:\n{count * one}") for count in (40, 42))
    assert Space(few, Setting()).total == 9**40
    for ask in (
        lambda: Space(many, Setting()),
        lambda: Survey(many, Setting(), (), 9),
    ):
        with pytest.raises(TooManyError, match=r"more than 10\^40 settings"):
            ask()
