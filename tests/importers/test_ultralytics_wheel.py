"""The files of Ultralytics' own wheel, which pip downloads: they are read, and nothing of it runs.

Its figures, recorded once of the models themselves, are facts; the files are not ours to keep.
"""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from importers.pairs import analysis, costs
from support.paths import RECORDED

from costcalc.accounting.convention import shipped_convention
from costcalc.costs.convention_counts import Counting
from costcalc.importers.convert import written
from costcalc.importers.reading import read_network

VERSION = "8.4.190"
FIGURES = json.loads((RECORDED / "ultralytics.json").read_text(encoding="utf-8"))
"""By file the first scale's trainable params, MACs and GFLOPs, as printed to four decimals."""
pytestmark = pytest.mark.peers


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The wheel of the version that is followed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    done = subprocess.run([*pip, f"ultralytics=={VERSION}"], capture_output=True, check=False)
    found: list[Path] = list(folder.glob("ultralytics-*.whl"))
    if done.returncode or not found:
        pytest.skip("pip can download nothing here")
    with zipfile.ZipFile(found[0]) as archive:
        yield archive


def text_of(wheel: zipfile.ZipFile, name: str) -> str:
    return wheel.read(f"ultralytics/cfg/models/{name}").decode("utf-8")


@pytest.mark.parametrize("name", FIGURES)
def test_a_file_of_the_wheel_costs_what_its_model_does(wheel, name):
    text, figures = text_of(wheel, name), FIGURES[name]
    found = analysis(text, name, figures["scale"])
    assert (found.totals.macs, found.totals.params) == (figures["macs"], figures["trainable"])
    total = Counting(found.network, shipped_convention("ultralytics")).total()
    assert int(total) / 10**9 == pytest.approx(figures["gflops"], rel=0, abs=0.00005001)


@pytest.mark.parametrize("name", FIGURES)
def test_a_file_of_the_wheel_is_converted(wheel, name):
    text, scale = text_of(wheel, name), FIGURES[name]["scale"]
    converted = "\n".join(written(read_network(text, name))) + "\n"
    assert costs(analysis(converted, "converted.yaml", scale)) == costs(analysis(text, name, scale))
