"""The house: imports run down its floors, and heavy libraries stay where they are needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import costcalc

PACKAGE = Path(costcalc.__file__).parent
FLOORS = (
    "text errors numeric units",
    "shapes metrics layers",
    "language",
    "accounting devices vcs graph",
    "importers project memory costs calibration lint reference",
    "explore changes decompile spaces",
    "formulas budgets",
    "render reports",
    "page results editor model api live __init__ cli __main__",
)
"""From the ground up. On one floor, a room uses those that stand before it."""
ROOMS = " ".join(FLOORS).split()
FILES = sorted(path for path in PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """`costcalc.render.text`; of a package, its own name."""
    parts = ["costcalc", *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in FILES}


def room(module: str) -> str:
    """The room of `costcalc.render.text`: render; of `costcalc` itself: __init__."""
    return [*module.split("."), "__init__"][1]


def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports, wherever in it, for types too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            names.discard("costcalc.__version__")  # a text that is there before any import
            found |= {name if name in MODULES else node.module for name in names}
    return {name for name in found if name.split(".")[0] == "costcalc"}


def test_every_room_has_a_floor():
    assert {room(module) for module in MODULES} <= set(ROOMS)


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_down_the_floors(module):
    own = ROOMS.index(room(module))
    for other in imports(MODULES[module]):
        assert ROOMS.index(room(other)) <= own, f"{module} imports {other}"


def test_no_files_import_each_other():
    """Taken away one by one, files that import no file that is left: nothing must remain."""
    left = {module: imports(path) - {module} for module, path in MODULES.items()}
    while free := [module for module, others in left.items() if not others & left.keys()]:
        for module in free:
            del left[module]
    assert not left


def test_the_root_holds_what_everybody_needs():
    assert len(list(PACKAGE.glob("*.py"))) <= 10


@pytest.mark.parametrize("module", MODULES)
def test_files_are_small(module):
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= 300


def test_no_room_takes_the_name_of_a_public_function():
    """Importing costcalc.check.x would put the module in the function's place."""
    public = {name for name in costcalc.__all__ if callable(getattr(costcalc, name))}
    assert "check" in public
    assert not public & {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert not public & {path.stem for path in PACKAGE.glob("*.py")}


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


def test_only_render_knows_rich():
    knowing = {room(name_of(path)) for path in FILES if "rich" in Running(path).found}
    assert knowing == {"render"}


def test_only_the_language_knows_yaml():
    knowing = {room(name_of(path)) for path in FILES if "yaml" in Running(path).found}
    assert knowing == {"language", "importers", "project"}


def test_only_some_rooms_open_files():
    opening = {room(name_of(path)) for path in FILES if "open(" in path.read_text(encoding="utf-8")}
    assert opening <= {"language", "importers", "project", "vcs", "cli", "__main__"}


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


def test_json_of_a_text_loads_no_layout_no_devices_and_no_model_files():
    modules = loaded("analyze", "mobilenet", "--format", "json")
    unneeded = {"render.sheet", "devices.reader", "devices.shipped", "importers.content", "memory"}
    assert not modules & {f"costcalc.{name}" for name in unneeded}
