"""The manual, README.md and docs/, shows what the program prints and names all that it has."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml
from support import manual
from support.manual import commands, pictures
from support.paths import PROJECT
from test_imports import ROOMS

import costcalc
from costcalc.accounting.convention import load_convention
from costcalc.cli import COMMANDS
from costcalc.devices.shipped import load_device
from costcalc.project.project_file import Project
from costcalc.reports.formats import REPORTS, formats_of
from costcalc.reports.schema import outputs

WRITE = "run: python tests/support/manual --write"
TEXTS = {manual.name_of(page): manual.read(page) for page in manual.PAGES}
README = TEXTS["README.md"]
YAML = [
    pytest.param(name, title, text, id=f"{name}-{number}")
    for name, page in TEXTS.items()
    for number, (title, text) in enumerate(manual.blocks(page, "yaml"))
]
TITLED = {
    title: text
    for page in TEXTS.values()
    for language in ("yaml", "csv")
    for title, text in manual.blocks(page, language)
    if title
}
"""The files of the manual by their names."""
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)]+)\)|!\[[^\]]*\]\(([^)]+)\)")


def test_there_is_something_to_hold():
    """Without pages and blocks, the tests below would pass in silence."""
    assert len(TEXTS) >= 15
    assert sum(len(manual.blocks(text, "console")) for text in TEXTS.values()) >= 25
    assert sum(len(manual.blocks(text, "python")) for text in TEXTS.values()) >= 4
    assert len(YAML) >= 8
    for text in TEXTS.values():
        for _, shown in manual.blocks(text, "console"):
            assert manual.lines_to_run(shown)


@pytest.mark.slow
@pytest.mark.parametrize("page", manual.PAGES, ids=manual.name_of)
def test_a_page_shows_what_the_program_prints(page):
    if "$ git" in manual.read(page) and shutil.which("git") is None:
        pytest.skip("there is no git")
    assert manual.read(page) == manual.current(page), WRITE


@pytest.mark.parametrize("picture", pictures.PICTURES, ids=manual.name_of)
def test_a_picture_shows_what_the_program_prints(picture):
    svg = manual.read(picture)
    assert pictures.visible(svg) == pictures.visible(pictures.printed(picture)), WRITE
    assert not re.search(r"@font-face|@import|url\((?!#)|href=\"(?!#)", svg), "it fetches something"


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_is_the_same_on_every_machine(name):
    assert str(PROJECT) not in TEXTS[name]
    assert tempfile.gettempdir() not in TEXTS[name]


def test_every_generated_part_stands_in_one_page():
    found = [
        match["words"]
        for text in TEXTS.values()
        for match in manual.SHOWN.finditer(text)
        if match["part"] == "generated:"
    ]
    assert sorted(found) == sorted(manual.GENERATED)


def test_the_readme_is_short_and_starts_with_the_two_commands():
    assert len(README.encode()) <= 9000
    (_, first), (_, second) = manual.blocks(README, "sh")[:2]
    assert first == "pip install . && costcalc analyze mobilenet.yaml\n"
    assert second.strip().endswith("pytest")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_a_line_in_the_readme_and_a_reference(name):
    assert re.search(rf"^\| \[`{name}`\]\(\S+\) \| .+ \|$", README, re.MULTILINE)
    assert f"\n## costcalc {name}\n" in TEXTS["docs/commands.md"]


@pytest.mark.parametrize(("name", "command"), [*commands.named()])
def test_every_option_is_in_the_manual(name, command):
    whole = TEXTS["docs/commands.md"]
    reference = re.search(
        rf"^## costcalc {name}\n(.*?)(?=^## |\Z)", whole, re.DOTALL | re.MULTILINE
    )
    for option in commands.options(command):
        for spelling in option.opts:
            assert re.search(rf"^\| (`|<code>)(-\w, )?{spelling}\b", reference[1], re.MULTILINE), (
                spelling
            )


@pytest.mark.parametrize("command", outputs())
def test_every_json_document_is_in_the_manual(command):
    assert f"\n## {command}\n" in TEXTS["docs/json.md"]


@pytest.mark.parametrize("report", REPORTS)
def test_every_format_is_in_the_manual(report):
    row = re.search(rf"^\| `{report}` \| (.*) \|$", TEXTS["docs/commands.md"], re.MULTILINE)
    assert row[1] == ", ".join(f"`{own}`" for own in formats_of(report))
    if report == "check":
        named = re.findall(r"^\| `(\w+)` \|", TEXTS["docs/ci.md"], re.MULTILINE)
        assert set(formats_of(report)) <= set(named)


@pytest.mark.parametrize(
    "line", [line for _, own in commands.named() for line, _ in commands.examples(own)]
)
def test_an_example_of_a_help_runs(line, tmp_path: Path):
    """Where it names a file, that is the one of the manual."""
    for name, text in TITLED.items():
        if name in line.split():
            (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, env=manual.environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_to_files(name):
    """Of pages in docs/, `mkdocs build --strict` finds wrong anchors too."""
    for match in LINK.finditer(TEXTS[name]):
        path, _, anchor = (match[1] or match[2]).partition("#")
        if re.match(r"https?:", path):
            continue
        target = (PROJECT / name).parent / path if path else PROJECT / name
        assert target.is_file(), path
        if anchor:
            headings = re.findall(r"^#+ (.*)$", manual.read(target), re.MULTILINE)
            assert anchor in [
                re.sub(r"[^\w -]", "", own).lower().replace(" ", "-") for own in headings
            ]


def test_a_page_can_be_reached():
    nav = (PROJECT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in manual.PAGES[1:]:
        assert re.search(rf": {page.relative_to(manual.DOCS).as_posix()}$", nav, re.MULTILINE)


@pytest.mark.parametrize("name", costcalc.__all__)
def test_a_public_name_is_in_the_manual(name):
    assert re.search(rf"\b{name}\b", TEXTS["docs/python.md"])


def test_no_message_points_at_what_is_not_installed():
    """Errors, help and pages are read where there is no README.md, no docs/ and no tests/.

    A module's docstring is for who reads the code, and may name them.
    """
    words = re.compile(r"README|CHANGELOG|\b(docs|tests)/")
    for path in sorted((PROJECT / "costcalc").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not words.search(text):
            continue
        tree = ast.parse(text)
        if ast.get_docstring(tree):
            del tree.body[0]
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                place = f"{manual.name_of(path)}:{node.lineno}"
                assert not words.search(node.value), place


def test_every_room_stands_in_the_map():
    page = TEXTS["docs/contributing.md"]
    rows = re.findall(r"^\|(?: \d)? \| `([\w.]+)/?` \| .+ \|$", page, re.MULTILINE)
    package = PROJECT / "costcalc"
    files = {path.name for path in package.glob("*.py")} - {"__init__.py", "__main__.py"}
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    assert set(rows) == files | rooms
    shown = [name.removesuffix(".py") for name in rows]
    assert shown == sorted(shown, key=ROOMS.index)


@pytest.mark.parametrize(("page", "title", "text"), YAML)
def test_a_file_in_the_manual_is_valid(page, title, text, tmp_path: Path):
    """Each by what it is; a fragment of a network stands in one that is shipped."""
    name = title or "fragment.yaml"
    path = tmp_path / Path(name).name
    path.write_text(text, encoding="utf-8")
    content = yaml.safe_load(text)
    if "jobs" in content:
        (use,) = [
            step
            for job in content["jobs"].values()
            for step in job["steps"]
            if "costcalc" in step["uses"]
        ]
        action = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
        assert set(use["with"]) <= set(action["inputs"])
    elif "repos" in content:
        hooks = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
        assert {hook["id"] for hook in content["repos"][0]["hooks"]} == {
            hook["id"] for hook in hooks
        }
    elif "cost" in content:
        line = content["cost"]["script"][-1].split()
        assert line[:2] == ["costcalc", "check"]
        dict(commands.named())["check"].make_context("check", line[2:])
    elif "version" in content:
        (tmp_path / "configs").mkdir()
        (tmp_path / "configs" / "net.yaml").write_text("input: [1]\nlayers: [relu]\n")
        path = path.rename(tmp_path / "costcalc.yaml")
        assert Project(str(path)).budgets
    elif "count" in content:
        load_convention(str(path))
    elif "device" in content:
        load_device(str(path))
    elif title == "score.yaml":
        assert f"--score {title}" in TEXTS[page]  # the page runs it
    elif content.get("layers") == ["glu"]:
        assert 'type="glu"' in TEXTS[page]  # the page defines it
    elif "layers" in content or "backbone" in content:
        for other, body in manual.blocks(TEXTS[page], "yaml"):  # which it may use
            if other and other != title:
                (tmp_path / Path(other).name).write_text(body, encoding="utf-8")
        costcalc.validate(str(path))
    else:
        (key,) = content
        network = manual.run("costcalc show mobilenet", str(tmp_path))
        network = re.sub(rf"^{key}:.*?\n(?=\S|\Z)", "", network, flags=re.DOTALL | re.MULTILINE)
        path.write_text(f"{network}\n{text}", encoding="utf-8")
        costcalc.validate(str(path))


def test_the_version_is_in_the_changelog():
    changelog = manual.README.with_name("CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {costcalc.__version__}" in changelog
