"""action.yml: its shell steps, as GitHub runs them, with GitHub's variables set."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.paths import PROJECT

ACTION = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
NETWORK = "input: [3, 8, 8]\nlayers:\n  - conv2d: {out_channels: 4, kernel_size: 3}\n"


class Runner:
    """A job's folders and files."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "work"
        self.temp = folder / "temp"
        for path in (self.workspace, self.temp):
            path.mkdir()
        self.output = folder / "output"
        self.summary = folder / "summary"
        self.output.write_text("")
        self.summary.write_text("before\n")

    def run(self, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        step = STEPS[name]
        given = {key: value["default"] for key, value in ACTION["inputs"].items()} | inputs
        variables = {
            key: given[re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", text)[1]]
            for key, text in step["env"].items()
        }
        (self.workspace / "script.sh").write_text(step["run"])
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "script.sh"],
            cwd=self.workspace,
            env={
                **os.environ,
                **variables,
                "GITHUB_ACTIONS": "true",
                "GITHUB_OUTPUT": str(self.output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "RUNNER_TEMP": str(self.temp),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def outputs(self) -> dict[str, str]:
        found, lines = {}, iter(self.output.read_text().split("\n"))
        for line in lines:
            if "<<" in line:
                name, end = line.split("<<")
                found[name] = "\n".join(iter(lambda: next(lines), end))
            elif "=" in line:
                name, _, found[name] = line.partition("=")
        return found


@pytest.fixture
def runner(tmp_path):
    job = Runner(tmp_path)
    program = job.temp / "costcalc" / "bin" / "costcalc"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m costcalc "$@"\n')
    program.chmod(0o755)
    (job.workspace / "net.yaml").write_text(NETWORK)
    return job


def test_every_input_is_used_and_none_stands_in_a_script():
    used = {
        name
        for step in STEPS.values()
        for text in [*step.get("env", {}).values(), step.get("working-directory", "")]
        for name in re.findall(r"inputs\.([\w-]+)", text)
    }
    assert used == set(ACTION["inputs"])
    assert not any("${{" in step["run"] for step in STEPS.values())


def test_within_budget(runner):
    done = runner.run("Check", paths="net.yaml", max="params=200\nmacs=1M")
    assert done.returncode == 0, done.stderr
    outputs = runner.outputs()
    assert outputs["status"] == "pass"
    (network,) = json.loads(outputs["json"])["networks"]
    assert [metric["value"] for metric in network["metrics"]] == [112, 6912]
    assert runner.summary.read_text().startswith("before\n## PASS")


def test_over_budget(runner):
    done = runner.run("Check", paths="net.yaml\n", max="params=100")
    assert done.returncode == 1
    assert runner.outputs()["status"] == "fail"
    assert "::error file=net.yaml,line=3,title=costcalc%3A params over budget::" in done.stdout
    assert runner.run("Check", paths="net.yaml", max="params=100", fail="false").returncode == 0


def test_faults(runner):
    done = runner.run("Check", paths="net.yaml", max="params=100MB")
    assert done.returncode == 2
    assert "is in bytes" in done.stderr
    assert runner.outputs() == {"status": "error", "json": ""}


@pytest.mark.parametrize("hostile", ["$(touch made)", "; touch made", "`touch made`", "-x", "a b"])
def test_inputs_are_no_commands(runner, hostile):
    done = runner.run("Check", paths=hostile, max="params=1")
    assert done.returncode == 2
    assert not (runner.workspace / "made").exists()


def test_only_regressions_and_a_baseline(runner):
    first = runner.run("Check", paths="net.yaml", max="params=100", baseline="base.yaml")
    assert first.returncode == 2  # there is none yet
    subprocess.run(
        [
            *(sys.executable, "-m", "costcalc", "check", "net.yaml", "--max", "params=100"),
            *("--baseline", "base.yaml", "--update-baseline", "--exit-zero"),
        ],
        cwd=runner.workspace,
        check=True,
        capture_output=True,
    )
    again = {"paths": "net.yaml", "max": "params=100", "baseline": "base.yaml"}
    assert runner.run("Check", **again).returncode == 1
    assert runner.run("Check", **again, **{"only-regressions": "true"}).returncode == 0
