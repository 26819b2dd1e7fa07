"""Networks that are all right: each file of valid/ states what it costs in `# expect:` lines.

    # expect: macs=568740352, params=4231976, variant=mobilenet, alpha=0.75, resolution=192

macs and params are what must come out (either may be left out); variant, alpha, rho and resolution
are the setting, and any other name is a param of the network.
"""

from pathlib import Path

import pytest
from support.networks import NETWORKS

import costcalc
from costcalc.cli import run

FILES = sorted((Path(__file__).parent / "valid").glob("*.yaml"))
SETTINGS = ("alpha", "rho", "resolution")


def expectations(path):
    """The figures and the settings of each line that expects something."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# expect: "):
            pairs = [pair.split("=") for pair in line.removeprefix("# expect: ").split(", ")]
            given = dict(pairs)
            figures = {key: int(given.pop(key)) for key in ("macs", "params") if key in given}
            yield figures, given


CASES = [
    pytest.param(path, figures, given, id=" ".join([path.stem, *map("=".join, given.items())]))
    for path in FILES
    for figures, given in expectations(path)
]


def test_there_are_files_and_each_expects_something():
    assert len(FILES) >= 9
    silent = [path.name for path in FILES if not any(f for f, _ in expectations(path))]
    assert silent == []


@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_valid(name):
    """So are the shipped ones, whose costs tests/reference has."""
    assert run(["validate", NETWORKS[name]]) == 0


@pytest.mark.parametrize(("path", "figures", "given"), CASES)
def test_it_costs_what_it_says(path, figures, given):
    model = costcalc.load(str(path), given.get("variant"))
    setting = {key: value for key, value in given.items() if key in SETTINGS}
    params = {key: value for key, value in given.items() if key not in (*SETTINGS, "variant")}
    totals = model.cost(params, **setting).totals
    assert {key: getattr(totals, key) for key in figures} == figures
