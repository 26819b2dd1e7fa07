"""The README shows what the program prints."""

import re
from pathlib import Path

import pytest
import readme

import costcalc
from costcalc.network import MAX_ITEMS, MAX_NESTING
from costcalc.report.terminal import LONG
from costcalc.spec import blocks, document, expressions, item

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


def test_the_limits_are_those_of_the_code():
    limits = TEXT[TEXT.index("## Limits") :]
    for limit in (
        f"{document.MAX_BYTES:,} bytes",
        f"{document.MAX_NODES:,} YAML nodes",
        f"{document.MAX_DEPTH} levels deep",
        f"includes {blocks.MAX_INCLUDES} files deep",
        f"{MAX_ITEMS:,} items",
        f"structures {MAX_NESTING} deep",
        f"{expressions.MAX_LENGTH:,} characters, {expressions.MAX_DEPTH} levels",
        f"{item.MAX_NAME} characters",
        f"more than {LONG:,} rows",
    ):
        assert limit in limits


def test_the_version_is_in_the_changelog():
    changelog = readme.README.with_name("CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {costcalc.__version__}" in changelog
