"""The README shows what the program prints."""

import re
from pathlib import Path

import pytest
from support import readme

import costcalc
from costcalc.accounting.convention import load_convention
from costcalc.api import MAX_LAYERS
from costcalc.errors import Faults
from costcalc.graph.limits import MAX_ITEMS, MAX_MAPS, MAX_NESTING, MAX_WORK
from costcalc.graph.nodes import MAX_NAMES
from costcalc.language import block, expressions, item, network_file, values
from costcalc.language import block_file as blocks
from costcalc.language import yaml_nodes as document
from costcalc.project.project_file import Project
from costcalc.render.terminal import LONG

TEXT = readme.README.read_text(encoding="utf-8")
CONSOLE = readme.BLOCK.findall(TEXT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One folder for all blocks, in order: later ones use the files of earlier ones."""
    return str(tmp_path_factory.mktemp("reader"))


def test_there_are_console_blocks():
    assert len(CONSOLE) >= 6
    assert all(readme.commands(block) for block in CONSOLE)


@pytest.mark.parametrize("number", range(len(CONSOLE)))
def test_a_console_block_shows_the_output(number, folder):
    block = CONSOLE[number]
    shown = "".join(f"$ {line}\n{readme.run(line, folder)}" for line in readme.commands(block))
    assert shown == block


def test_there_are_parts_and_files_to_try():
    """Without any, the tests below would be skipped in silence."""
    assert len(readme.PART.findall(TEXT)) == 1
    assert len(re.findall(r"```yaml\n(version: 1.*?)```", TEXT, re.DOTALL)) == 1
    assert len(re.findall(r"```yaml\n(budgets:.*?)```", TEXT, re.DOTALL)) == 2


@pytest.mark.parametrize(("command", "shown"), readme.PART.findall(TEXT))
def test_a_part_is_made_by_its_command(command, shown, folder):
    assert shown == readme.run(command, folder)


def test_the_convention_in_the_readme_is_valid(tmp_path: Path):
    text = re.search(r"```yaml\n(# ours.yaml.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "ours.yaml"
    path.write_text(text[1], encoding="utf-8")
    convention = load_convention(str(path))
    assert convention.count["batch_norm"] == {"output": 2}


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(version: 1.*?)```", TEXT, re.DOTALL))
def test_the_project_file_in_the_readme_is_valid(text, tmp_path: Path):
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "net.yaml").write_text("input: [1]\nlayers: [relu]\n")
    path = tmp_path / "costcalc.yaml"
    path.write_text(text, encoding="utf-8")
    (budget,) = Project(str(path)).budgets
    assert [limit.metric for limit in budget.limits] == ["macs", "weights_int8"]


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(budgets:.*?)```", TEXT, re.DOTALL))
def test_the_budgets_in_the_readme_are_valid(text, tmp_path: Path):
    network = readme.run("costcalc show mobilenet | sed '/^budgets:/,/^$/d'", str(tmp_path))
    path = tmp_path / "net.yaml"
    path.write_text(f"{network}\n{text}", encoding="utf-8")
    costcalc.validate(str(path))


def test_the_network_in_the_language_section_runs(tmp_path: Path):
    network = re.search(r"```yaml\n(name: Small.*?)```", TEXT, re.DOTALL)
    assert network
    path = tmp_path / "small.yaml"
    path.write_text(network[1], encoding="utf-8")
    table = costcalc.load(str(path)).cost()
    assert table.layers[-1].output_shape == (10, 1, 1)


def test_the_python_example_is_true():
    table = costcalc.load("mobilenet").cost(alpha="0.75", resolution=192)
    assert f"# {table.totals.macs}\n" in TEXT
    assert f"# {table.layers[0].output_shape!r}\n" in TEXT
    assert f"# {table.comparison[1].ratio!r}\n" in TEXT
    total = costcalc.conventions("mobilenet")["fvcore"].total()
    assert TEXT.count(f"# {total}\n") == 2


def test_the_limits_are_those_of_the_code():
    limits = TEXT[TEXT.index("## Limits") :]
    for limit in (
        f"{document.MAX_BYTES:,} bytes",
        f"{document.MAX_NODES:,} YAML nodes",
        f"{document.MAX_DEPTH} levels deep",
        f"includes {blocks.MAX_INCLUDES} files deep",
        f"{MAX_ITEMS:,} items",
        f"structures {MAX_NESTING} deep",
        f"{MAX_WORK:,} operations to build",
        f"an item reads {MAX_MAPS:,} maps",
        f"{network_file.MAX_PARAMS:,} params, and {block.MAX_PARAMS} a block",
        f"{MAX_NAMES:,} characters; validated variants {MAX_LAYERS:,} layers",
        f"{values.MAX_EXPRESSIONS:,} characters of different ones",
        f"faults told at once | {Faults.MOST - 1}",
        f"{expressions.MAX_LENGTH:,} characters, {expressions.MAX_DEPTH} levels",
        f"{item.MAX_NAME} characters",
        f"more than {LONG:,} rows",
    ):
        assert limit in limits


def test_the_version_is_in_the_changelog():
    changelog = readme.README.with_name("CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {costcalc.__version__}" in changelog
