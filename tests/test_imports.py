"""Data flows one way: an import runs only from a later stage to an earlier one."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import costcalc

PACKAGE = Path(costcalc.__file__).parent
STAGES = (
    "text errors numeric units metrics layers language accounting graph costs explore formulas "
    "vcs project reference changes budgets render reports results api __init__ cli __main__"
).split()
FILES = sorted(path for path in PACKAGE.rglob("*.py"))


def stage(module: str) -> str:
    """The stage of `costcalc.render.text`: report; of `costcalc` itself: __init__."""
    return [*module.split("."), "__init__"][1]


def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports, wherever in it, for types too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "costcalc":
            found.update(
                f"costcalc.{alias.name}" if (PACKAGE / f"{alias.name}.py").exists() else "costcalc"
                for alias in node.names
            )
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name for name in found if name.split(".")[0] == "costcalc"}


def name_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE).with_suffix("")
    return ".".join(["costcalc", *relative.parts])


def test_every_file_has_a_stage():
    assert {stage(name_of(path)) for path in FILES} == set(STAGES)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_run_from_later_to_earlier(path):
    own = STAGES.index(stage(name_of(path)))
    for module in imports(path):
        # `from costcalc import __version__` and the like read plain names of __init__.
        assert STAGES.index(stage(module)) <= own, f"{name_of(path)} imports {module}"


class Running(ast.NodeVisitor):
    """The packages that a file imports when it runs: not those for types alone."""

    def __init__(self, path: Path) -> None:
        self.found: set[str] = set()
        self.visit(ast.parse(path.read_text(encoding="utf-8")))

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        self.found.update(alias.name.split(".")[0] for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.found.add((node.module or "").split(".")[0])


def test_only_report_and_cli_know_rich():
    knowing = {stage(name_of(path)) for path in FILES if "rich" in Running(path).found}
    assert knowing == {"render"}


def test_only_the_language_knows_yaml():
    knowing = {stage(name_of(path)) for path in FILES if "yaml" in Running(path).found}
    assert knowing == {"language", "project"}


def test_only_spec_and_cli_open_files():
    opening = {
        stage(name_of(path)) for path in FILES if "open(" in path.read_text(encoding="utf-8")
    }
    assert opening <= {"language", "project", "vcs", "cli", "__main__"}


def loaded(*args: str) -> set[str]:
    """The modules that a command line loads."""
    program = (
        "import sys; from costcalc.cli import run; code = run(sys.argv[1:]); "
        "sys.stderr.write(' '.join(sys.modules)); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *args], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "command",
    [
        ("analyze", "mobilenet"),
        ("analyze", "mobilenet", "--format", "json"),
        ("analyze", "mobilenet", "--format", "csv"),
        ("analyze", "mobilenet", "--format", "markdown"),
        ("validate", "mobilenet"),
        ("list",),
        ("list", "--format", "json"),
        ("sweep",),
        ("sweep", "--alpha", "0.25..1.0", "--resolution", "128..224", "--pareto"),
        ("sweep", "--alpha", "0.25..1.0", "--resolution", "128..224", "--format", "json"),
        ("sweep", "--alpha", "0.25..1.0", "--resolution", "128..224", "--format", "csv"),
    ],
    ids=" ".join,
)
def test_a_command_loads_nothing_heavy(command):
    modules = loaded(*command)
    assert "costcalc.graph.builder" in modules
    assert not modules & {"numpy", "sympy", "rich", "rich.console"}
