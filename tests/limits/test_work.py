"""Hostile networks, by every question: an answer or a named limit, within bounds of work."""

import pytest
from support.hostile_networks import HOSTILE
from support.measured import run

from costcalc.api import load
from costcalc.errors import CostcalcError
from costcalc.numeric import work as metering
from costcalc.numeric.work import MOST, Work

QUESTIONS = {
    "analyze": ["analyze"],
    "check": ["check", "--max", "macs=1"],
    "solve": ["solve", "--max", "macs=1G"],
    "solve both": ["solve", "--max", "params=1M", "--vary", "alpha,rho"],
    "formula": ["formula"],
    "formula --exact": ["formula", "--exact"],
    "sweep": ["sweep", "--alpha", "0.25..1.0"],
    "diff": ["diff", "mobilenet"],
    "conventions": ["conventions"],
}
SECONDS, MEBIBYTES = 2.0, 200
"""What each may take at most where it was measured; a test allows three times as much."""
AT_ONCE = "high", "product"
"""Networks that are asked everything at once; the others are slow together."""
SEARCHES = [name for name in QUESTIONS if name.startswith(("solve", "formula"))]
BUILDS = [name for name in QUESTIONS if name not in SEARCHES]
"""Of these, which build a network once or twice, each of the others is asked two in turn."""


def asked():
    for place, name in enumerate(HOSTILE):
        if name in AT_ONCE:
            yield from (pytest.param(name, question) for question in QUESTIONS)
        else:
            two = [BUILDS[(2 * place + more) % len(BUILDS)] for more in (0, 1)]
            for question in (*SEARCHES, *two):
                yield pytest.param(name, question, marks=pytest.mark.slow)


@pytest.mark.parametrize(("name", "question"), list(asked()))
def test_a_hostile_network_is_answered_or_refused_soon(tmp_path, name, question):
    path = tmp_path / "net.yaml"
    path.write_text(HOSTILE[name])
    command, *options = QUESTIONS[question]
    found = run([command, str(path), *options], str(tmp_path))
    assert found.code in (0, 1, 2)
    assert "bug" not in found.errors
    assert bool(found.errors) == (found.code == 2)
    assert found.seconds <= 3 * SECONDS
    assert found.mebibytes <= 3 * MEBIBYTES


def test_a_search_beyond_the_limit_says_what_helps(tmp_path, monkeypatch):
    monkeypatch.setattr(metering, "MOST", 100_000)
    with pytest.raises(CostcalcError, match="the search takes more than 100,000 op") as refused:
        load("mobilenet_v2").solve({"macs": "100M"})
    assert "--range" in refused.value.hint
    with pytest.raises(CostcalcError, match="the law takes more than 100,000 operations"):
        load("mobilenet_v2").formula()
    with pytest.raises(CostcalcError, match="the exact formula takes more than 100,000 op"):
        load("mobilenet_v2").formula(exact=True)


@pytest.mark.slow
def test_the_same_question_is_the_same_work(monkeypatch):
    """On every machine a question ends at the same place."""
    meters = []
    make = Work.__init__

    def remembered(self, limit=None):
        make(self, limit)
        meters.append(self)

    monkeypatch.setattr(Work, "__init__", remembered)
    for _ in range(2):
        load("mobilenet_v3_large").solve({"macs": "100M"}, vary=["alpha", "rho"])
    first, second = (meter.done for meter in meters if meter.limit == MOST)
    assert first == second > 1_000_000
