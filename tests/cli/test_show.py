"""`costcalc show NET > FILE`: the file is the network that was named, comments and all."""

from pathlib import Path

import pytest

import costcalc
from costcalc.cli import run
from costcalc.costs.published import figures_of, setting_of
from costcalc.language.lookup import shipped, shipped_files, shipped_names
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import MappingNode

VARIANTS = {variant: path for path in shipped_files() for variant in shipped(path).variants}


MODELINE = "# yaml-language-server: $schema="


def shown(net, capsys, *options):
    assert run(["show", net, *options]) == 0
    return capsys.readouterr().out


def costs(net):
    found = costcalc.load(net).cost().totals
    return found.macs, found.params, found.other_ops, found.activations


def published(file, variant):
    return [
        (setting_of(figures, variant, file), figures._replace(variant=None))
        for figures in figures_of(file, variant)
    ]


@pytest.mark.parametrize("net", shipped_names())
def test_what_is_shown_analyzes_to_the_same_network(net, tmp_path, capsys):
    mine = tmp_path / "mine.yaml"
    mine.write_text(shown(net, capsys), encoding="utf-8")
    assert costs(str(mine)) == costs(net)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_named_variant_comes_first_and_all_else_stays(variant, capsys):
    """So every line is there, comments included; budgets and figures are still whose they were."""
    path = VARIANTS[variant]
    text = shown(variant, capsys)
    original = Path(path).read_text(encoding="utf-8")
    assert sorted(text.splitlines()) == sorted(original.splitlines()[1:])
    before, after = shipped(path), NetworkFile(text, "mine.yaml")
    others = [name for name in before.variants if name != variant]
    assert list(after.variants) == [variant, *others]
    for name in before.variants:
        assert published(after, name) == published(before, name)


def test_the_option_names_it_too(capsys):
    text = shown("vit_base_patch16", capsys)
    assert text == shown("vit", capsys, "--variant", "vit_base_patch16")
    assert text == shown("vit_base_patch16", capsys, "--variant", "vit_base_patch16")
    assert next(iter(NetworkFile(text, "mine.yaml").variants)) == "vit_base_patch16"


def test_lines_of_a_variant_move_together(capsys):
    lines = shown("regnetx_002", capsys).splitlines()
    start = lines.index("variants:")
    assert lines[start + 1 : start + 5] == [
        "  regnetx_002:               # RegNetX-200MF",
        "    rounding: {divisor: 8}",
        "    params: {depths: [1, 1, 4, 7], widths: [24, 56, 152, 368], group_width: 8}",
        "  regnet_x_400mf: {}",
    ]


BLOCK = """\
variants:
  # the small one
  "a 1": {params: {n: 2}}   # as trained
  b:
    params: {n: 3}          # three

    # and its figures
    published: [{params: 9}]
  # the third
  c:
published:
  - {params: 6}
  - {variant: b, params: 8}
  - source: nobody
    figures: [{params: 7}, {variant: c, params: 5}]
  - source: somebody
    figures: [{variant: c, params: 4}]
"""
FLOW = "variants: {'a 1': {params: {n: 2}}, b: {params: {n: 3}},\n  c: }\n"


def of_file(variants):
    return f"input: [4]\nparams: {{n: 1}}\n{variants}layers: [linear: {{out_features: n}}]\n"


@pytest.mark.parametrize("variants", [BLOCK, FLOW, BLOCK.replace("\n", "\r\n")])
@pytest.mark.parametrize("variant", ["a 1", "b", "c"])
def test_a_variant_of_a_file_of_ones_own(variants, variant, tmp_path, capsys):
    mine = tmp_path / "mine.yaml"
    mine.write_bytes(of_file(variants).encode())
    text = shown(f"{mine}:{variant}", capsys)
    before, after = NetworkFile(of_file(variants), "mine.yaml"), NetworkFile(text, "mine.yaml")
    assert after.variant(None)[0] == variant
    for name in before.variants:
        assert after.variant(name)[1].params.keys() == before.variant(name)[1].params.keys()
        assert published(after, name) == published(before, name)
    assert [word for word in text.split() if "#" in word] != [] or variants is FLOW


def test_comments_move_with_their_variant(tmp_path, capsys):
    mine = tmp_path / "mine.yaml"
    mine.write_text(of_file(BLOCK), encoding="utf-8")
    lines = shown(f"{mine}:b", capsys).splitlines()
    start = lines.index("variants:")
    assert lines[start + 1 :] == [
        "  b:",
        "    params: {n: 3}          # three",
        "",
        "    # and its figures",
        "    published: [{params: 9}]",
        "  # the small one",
        '  "a 1": {params: {n: 2}}   # as trained',
        "  # the third",
        "  c:",
        "published:",
        '  - {variant: "a 1", params: 6}',
        "  - {variant: b, params: 8}",
        '  - variant: "a 1"',
        "    source: nobody",
        "    figures: [{params: 7}, {variant: c, params: 5}]",
        "  - source: somebody",
        "    figures: [{variant: c, params: 4}]",
        "layers: [linear: {out_features: n}]",
    ]


def test_an_unknown_variant_is_an_error(tmp_path, capsys):
    mine = tmp_path / "mine.yaml"
    mine.write_text(of_file(BLOCK), encoding="utf-8")
    assert run(["show", f"{mine}:d"]) == 2
    assert "has no variant 'd'" in capsys.readouterr().err


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: Path(path).stem)
def test_the_text_of_a_file_is_shown_as_it_is(path, capsys):
    original = Path(path).read_text(encoding="utf-8")
    assert shown(path, capsys) == original
    without = original.partition("\n")[2]
    assert shown(Path(path).stem, capsys) == without


@pytest.mark.parametrize("net", ["mobilenet", "mobilenet_v3_small", "mine.yaml", "said.yaml"])
def test_a_modeline_names_the_schema_that_is_asked_for(net, tmp_path, monkeypatch, capsys):
    """Else none stands there: a shipped network's own names a file beside it."""
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text("input: [4]\nlayers: [relu]\n")
    Path("said.yaml").write_text(f"{MODELINE}other.json\ninput: [4]\nlayers: [relu]\n")
    bare = shown(net, capsys)
    assert bare.startswith(MODELINE) == (net == "said.yaml")
    without = bare.removeprefix(f"{MODELINE}other.json\n")
    assert str(tmp_path) not in bare
    assert "file://" not in bare
    for given, written in [
        ("network.schema.json", "network.schema.json"),
        ("../my schemas/a.json", "../my%20schemas/a.json"),
        ("https://example.org/a.json?b=1", "https://example.org/a.json?b=1"),
        ("a\nb.json", "a%0Ab.json"),
    ]:
        assert shown(net, capsys, "--schema", given) == f"{MODELINE}{written}\n{without}"


@pytest.mark.parametrize("path", shipped_files(), ids=lambda path: Path(path).stem)
def test_limits_and_figures_of_one_variant_name_it(path):
    """Else they would be another's where another comes first."""
    file = shipped(path)
    unnamed = [
        entry
        for key in ("published", "budgets")
        if len(file.variants) > 1 and key in file.parts
        for entry in entries(file.parts[key][1])
        if "variant" not in entry
    ]
    assert unnamed == []


def entries(node, shared=()):
    """The keys of every entry of `published` or `budgets`."""
    for entry in [node] if isinstance(node, MappingNode) else node.value:
        parts = {key.value: value for key, value in entry.value}
        if "figures" in parts:
            yield from entries(parts["figures"], tuple(parts))
        else:
            yield {*shared, *parts}
