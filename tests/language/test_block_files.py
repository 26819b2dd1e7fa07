"""Files of blocks: validated by themselves, and what is said where two blocks have one name."""

from textwrap import dedent

import pytest

import costcalc
from costcalc.cli import run
from costcalc.language.library import LIBRARY

UNITS = """\
    # yaml-language-server: $schema=network.schema.json
    name: Units
    source: "nobody 2026"
    include: [more.yaml]
    defaults: {conv2d: {kernel_size: 3}}
    blocks:
      unit:
        params: {width, stride: 1}
        layers:
          - conv2d: {out_channels: width, stride}
          - deep
      other: {layers: [unit: {width: 3}]}
    """
MORE = "blocks: {deep: {params: {depth: 1}, layers: [relu: {repeat: depth}]}}\n"


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")


def faults(path):
    with pytest.raises(costcalc.CostcalcError) as caught:
        costcalc.validate(str(path))
    return [
        (problem.position and tuple(problem.position[1:]), problem.message)
        for problem in caught.value.problems
    ]


# Alone


def test_a_file_of_blocks_alone_is_valid(tmp_path, capsys):
    write(tmp_path, units=UNITS, more=MORE)
    assert run(["validate", str(tmp_path / "units.yaml"), str(tmp_path / "more.yaml")]) == 0
    assert capsys.readouterr() == ("", "")


def test_so_are_the_shipped_blocks():
    assert run(["validate", LIBRARY]) == 0


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("- deep", "- deeep", ((11, 9), "unknown layer or block 'deeep'")),
        ("stride}", "strid}", ((10, 39), "unknown key 'strid' in conv2d")),
        ("unit: {width", "unit: {widht: 3, width", ((12, 27), "unknown key 'widht' in unit")),
        ("conv2d: {kernel", "conv2d: {krnel", ((5, 21), "unknown key 'krnel_size' in conv2d")),
        ("more.yaml", "missing.yaml", ((4, 11), "no such file")),
    ],
)
def test_what_is_wrong_with_it_is_found(tmp_path, old, new, fault):
    assert old in UNITS
    write(tmp_path, units=UNITS.replace(old, new), more=MORE)
    place, message = faults(tmp_path / "units.yaml")[0]
    assert place == fault[0]
    assert fault[1] in message


def test_a_fault_of_an_included_file_is_found_there(tmp_path):
    write(tmp_path, units=UNITS, more=MORE.replace("relu", "rleu"))
    assert faults(tmp_path / "units.yaml") == [((1, 46), "unknown layer or block 'rleu'")]


@pytest.mark.parametrize("key", ["alpha: 1", "params: {n: 1}", "budgets: {macs: 1M}", "layrs: []"])
def test_with_another_key_it_is_a_network_that_lacks_its_input_and_layers(tmp_path, key):
    write(tmp_path, units=dedent(UNITS) + f"{key}\n", more=MORE)
    messages = [message for _, message in faults(tmp_path / "units.yaml")]
    assert "a network needs the key 'input'" in messages
    assert "a network needs the key 'layers'" in messages


def test_only_a_network_costs_something(tmp_path, capsys):
    write(tmp_path, units=UNITS, more=MORE)
    assert run(["analyze", str(tmp_path / "units.yaml")]) == 2
    assert "needs the key 'layers'" in capsys.readouterr().err


# Two of one name


def test_no_use_of_a_name_that_two_blocks_have_is_at_fault(tmp_path):
    write(
        tmp_path,
        first="blocks: {unit: {params: {width}, layers: [relu]}, deep: {layers: [relu]}}\n",
        second="blocks: {unit: {params: {height}, layers: [relu]}}\n",
        main="""\
            input: [3, 8, 8]
            include: [first.yaml, second.yaml]
            blocks:
              max: {params: {n}, layers: [relu]}
              deep: {params: {depth}, layers: [relu]}
              twin: {params: {a}, layers: [relu]}
              twin: {params: {b}, layers: [relu]}
            defaults: {unit: {width: 3}, deep: {depth: 2}, max: {n: 1}, twin: {b: 3}}
            layers:
              - max: {n: 3, name: a}
              - deep: {name: b, from: a, height: 2}
              - unit: {from: [a, b], name: [c, d]}
              - unit: {height: 3}
              - twin: {b: 3, from: d}
              - deep
            """,
    )
    assert [
        (place, message.split(str(tmp_path))[0])
        for place, message in faults(tmp_path / "main.yaml")
    ] == [
        ((2, 23), "block 'unit' of second.yaml is defined in "),
        ((4, 3), "block 'max' has the name of a function"),
        ((5, 3), "block 'deep' is defined in "),
        ((7, 3), "key 'twin' is given twice; the first is in line 6"),
    ]


def test_what_else_is_wrong_with_such_items_is_told(tmp_path):
    write(
        tmp_path,
        main="""\
            input: [3, 8, 8]
            blocks:
              floor: {params: {n}, layers: [tanh]}
            layers:
              - floor: {n: 3, from: nowhere}
              - floor: {n: 3, name: input}
              - rleu
            """,
    )
    assert faults(tmp_path / "main.yaml") == [
        ((3, 3), "block 'floor' has the name of a function"),
        ((5, 25), "no map is named 'nowhere' here"),
        ((6, 25), "the name 'input' is reserved"),
        ((7, 5), "unknown layer or block 'rleu'"),
    ]


def test_what_a_missing_file_may_hold_is_not_unknown(tmp_path):
    write(
        tmp_path,
        main="""\
            input: [3, 8, 8]
            include: [missing.yaml]
            defaults: {relux: {n: 3}}
            layers: [relux, tanhx: {m: 3}]
            """,
    )
    ((place, message),) = faults(tmp_path / "main.yaml")
    assert place == (2, 11)
    assert "no such file" in message
