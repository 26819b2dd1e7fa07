"""Closed, full and broken streams, full disks, folders that are gone or read-only, Ctrl-C.

Exit 1 is a result (over budget, nothing fits, changed) and never one of these.
"""

import ctypes
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import costcalc
from costcalc.cli import COMMANDS
from costcalc.project.baseline import read_baseline
from costcalc.reports.formats import BINARY, REPORTS, formats_of

resource = pytest.importorskip("resource", reason="the streams of a POSIX system")

CLI = [sys.executable, "-m", "costcalc"]
NET = "input: [3, 32, 32]\nlayers:\n- conv2d: {name: a, out_channels: 8, kernel_size: 3}\n"
CALLS = {
    "analyze": ["analyze", "net.yaml"],
    "sweep": ["sweep", "net.yaml"],
    "solve": ["solve", "net.yaml", "--max", "macs=1G"],
    "formula": ["formula", "net.yaml"],
    "memory": ["memory", "net.yaml"],
    "space": ["space", "space.yaml"],
    "space --draws": ["space", "space.yaml", "--draws", "100"],
    "deploy": ["deploy", "net.yaml", "--device", "stm32h747"],
    "lint": ["lint", "net.yaml"],
    "devices": ["devices"],
    "calibrate": ["calibrate", "measured.csv", "--dtype", "int8"],
    "check": ["check", "net.yaml", "--max", "macs=1", "--exit-zero"],
    "diff": ["diff", "net.yaml", "wide.yaml"],
    "conventions": ["conventions"],
    "conventions NET": ["conventions", "net.yaml"],
    "conventions NET A B": ["conventions", "net.yaml", "fvcore", "thop"],
    "list": ["list"],
    "list --spaces": ["list", "--spaces"],
    "list --published": ["list", "--published"],
    "show": ["show", "net.yaml"],
    "layers": ["layers"],
    "schema": ["schema"],
    "convert": ["convert", "net.cfg"],
    "formats": ["formats"],
    "--help": ["--help"],
    "--version": ["--version"],
    "check --help": ["check", "--help"],
}
"""What every command prints something for, by its report if it has one; validate is silent.

lsp answers an editor, and has tests of its own."""
SOME = ("analyze", "check", "list", "--help")
"""The ones that are tried at once; the others and other formats are slow together."""
EVERY = [
    pytest.param(
        [*call, *more],
        id=" ".join([name, *more[1:]]),
        marks=[pytest.mark.slow] if number or name not in SOME else [],
    )
    for name, call in CALLS.items()
    for number, more in enumerate(
        [["--format", format_] for format_ in formats_of(name) if format_ not in BINARY]
        if name in ("sweep", "check")  # rows that come one by one, and a report of every kind
        else [[]]
    )
]
every_format = pytest.mark.parametrize("call", EVERY)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder with networks, made the current one, and no CI around it."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "FORCE_COLOR", "COSTCALC_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(costcalc.__file__).parent.parent))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    Path("net.yaml").write_text(NET)
    Path("wide.yaml").write_text(NET.replace("8", "9"))
    Path("space.yaml").write_text(NET.replace("8", "{any: [8, 16]}"))
    Path("measured.csv").write_text("net,latency_ms\nnet.yaml,1\nwide.yaml,2\n")
    Path("net.cfg").write_text("[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\n")
    Path("faulty.yaml").write_text(NET.replace("conv2d", "conv3"))
    return tmp_path


def run(*args, closed=(), **more):
    """Run a command line with some of the streams 0, 1 and 2 closed."""
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    before = more.pop("preexec_fn", lambda: None)

    def prepare():
        before()
        for number in closed:
            os.close(number)

    return subprocess.run(
        [*CLI, *args], **{**given, **more}, preexec_fn=prepare, text=True, check=False, timeout=60
    )


def assert_one_line(done, start="error: "):
    """Bad streams and disks are 2 and one plain line."""
    assert done.returncode == 2
    assert done.stderr.startswith(start)
    assert done.stderr.count("\n") == 1
    assert "failed" not in done.stderr, "it is no bug"


def test_every_command_and_report_is_tried():
    assert {call[0] for call in CALLS.values()} | {"validate", "lsp", "view"} >= set(COMMANDS)
    assert set(CALLS) >= set(REPORTS)


# Standard output


@every_format
def test_a_closed_output(call):
    done = run(*call, closed=[1])
    assert_one_line(done, "error: cannot write the result: standard output is closed\n")


@every_format
def test_a_full_output(call):
    with open("/dev/full", "w") as full:
        done = run(*call, stdout=full)
    assert_one_line(done, "error: cannot write the result: No space left on device\n")


@every_format
def test_a_reader_that_is_gone(call):
    """As `| true`. 0 would say of check that nothing is over budget, and 1 that something is."""
    reading, writing = os.pipe()
    os.close(reading)
    done = run(*call, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@every_format
def test_a_reader_that_leaves(call):
    """As `| head -1`: the rest may have gone into the pipe before."""
    with subprocess.Popen([*CLI, *call], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode in (0, 141)


def test_a_reader_that_leaves_a_long_sweep_ends_it():
    begin = time.monotonic()
    long = ["sweep", "mobilenet", "--alpha", "0.25..1:0.0001", "--resolution", "1..100:1"]
    with subprocess.Popen([*CLI, *long, "--format", "csv"], stdout=subprocess.PIPE) as child:
        assert child.stdout.readline().startswith(b"network,")
        child.stdout.close()
    assert child.returncode == 141
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]])
def test_what_prints_nothing_needs_no_streams(closed):
    """The files that are opened do not take the place of streams."""
    assert run("validate", "net.yaml", closed=closed).returncode == 0
    done = run("analyze", "net.yaml", "--format", "json", "--output", "out", closed=closed)
    assert done.returncode == 0
    assert Path("out").read_text() == run("analyze", "net.yaml", "--format", "json").stdout


# Standard input and standard error


@every_format
def test_input_and_errors_that_nothing_needs(call):
    usual = run(*call)
    assert usual.returncode == 0
    assert run(*call, closed=[0, 2]).stdout == usual.stdout


def test_a_closed_input_that_is_read():
    assert_one_line(run("analyze", "-", closed=[0]), "error: cannot read <stdin>: it is closed\n")


@pytest.mark.parametrize(
    "call",
    [["validate", "faulty.yaml"], ["analyse"], ["check", "faulty.yaml", "--max", "macs=1"]],
    ids=" ".join,
)
def test_an_error_that_cannot_be_said_is_2_all_the_same(call):
    assert run(*call, closed=[2]).returncode == 2
    assert run(*call, closed=[1, 2]).returncode == 2
    with open("/dev/full", "w") as full:
        assert run(*call, stderr=full).returncode == 2
        assert run(*call, stdout=full, stderr=full).returncode == 2
    reading, writing = os.pipe()
    os.close(reading)
    assert run(*call, stderr=writing).returncode == 2
    os.close(writing)


def test_a_result_holds_without_standard_error():
    with open("/dev/full", "w") as full:
        assert run("check", "net.yaml", "--max", "macs=1", stderr=full).returncode == 1
        assert run("check", "net.yaml", "--max", "macs=1G", stderr=full).returncode == 0
    assert run("solve", "net.yaml", "--max", "macs=1", closed=[2]).returncode == 1


# Folders and disks

WRITTEN = {
    "analyze": ["analyze", "net.yaml", "--output", "out"],
    "sweep": ["sweep", "mobilenet", "--format", "csv", "--output", "out"],
    "sweep to parquet": ["sweep", "mobilenet", "--format", "parquet", "--output", "out"],
    "picture": ["sweep", "mobilenet", "--plot-file", "out.png"],
    "memory": ["memory", "net.yaml", "--output", "out"],
    "deploy": ["deploy", "net.yaml", "--device", "stm32h747", "--output", "out"],
    "check": ["check", "net.yaml", "--max", "macs=1G", "--format", "json:out"],
    "baseline": ["check", "net.yaml", "--max", "macs=1G", "--baseline=out", "--update-baseline"],
    "diff": ["diff", "net.yaml", "wide.yaml", "--output", "out"],
    "view": ["view", "net.yaml", "--output", "out"],
    "schema": ["schema", "--output", "out"],
}
every_file = pytest.mark.parametrize("call", WRITTEN.values(), ids=WRITTEN)


@pytest.mark.slow
@pytest.mark.parametrize("call", [*CALLS.values(), ["validate", "net.yaml"]], ids=" ".join)
def test_a_folder_that_was_deleted(call, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    done = run(*call, cwd=gone, preexec_fn=gone.rmdir)
    if done.returncode == 2 and done.stderr.startswith("error: no such file: "):
        done.stderr = done.stderr.partition("\n")[0] + "\n"  # without the hint
    if done.returncode:
        assert_one_line(done)
    else:
        assert done.stderr == ""
        assert not any(word.endswith(".yaml") for word in call)


def test_what_a_deleted_folder_hides_is_said(tmp_path):
    gone = tmp_path / "gone"
    for call in (["analyze", "mobilenet"], ["check"]):
        gone.mkdir()
        done = run(*call, cwd=gone, preexec_fn=gone.rmdir)
        said = "error: the current folder cannot be read: it was deleted, or moved out of reach\n"
        assert (done.returncode, done.stderr) == (2, said)


@every_file
def test_a_full_disk_leaves_what_was_there(call):
    """By a limit of the size of files, which is 100 bytes."""
    Path("out").write_text("version: 1\nnetworks: {}\n")
    before = {name: Path(name).read_bytes() for name in os.listdir()}

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    done = run(*call, preexec_fn=limit)
    assert_one_line(done, "error: cannot write out")
    assert done.stderr.endswith("File too large; nothing was written\n")
    assert {name: Path(name).read_bytes() for name in os.listdir()} == before


@every_file
def test_a_read_only_folder(call):
    for name in ("net.yaml", "wide.yaml"):
        Path("sub", name).parent.mkdir(exist_ok=True)
        Path("sub", name).write_text(Path(name).read_text())
    os.chmod("sub", 0o555)
    done = run(*call, cwd="sub", preexec_fn=obey_permissions)
    os.chmod("sub", 0o755)
    assert_one_line(done, "error: cannot write out")
    assert sorted(os.listdir("sub")) == ["net.yaml", "wide.yaml"]


def obey_permissions():
    """Root may write everywhere: take from it what lets it (CAP_DAC_OVERRIDE of Linux)."""
    if os.geteuid() == 0:
        drop_from_bounding_set, dac_override = 24, 1
        ctypes.CDLL(None).prctl(drop_from_bounding_set, dac_override, 0, 0, 0)


def test_a_picture_is_not_written_beside_a_result_that_is_not():
    args = ("sweep", "net.yaml", "--plot-file", "out.png")
    assert_one_line(run(*args, closed=[1]))
    assert run(*args, "--output", "no/out").returncode == 2
    assert not Path("out.png").exists()


# Ctrl-C, and two at once

LONG = ["sweep", "mobilenet", "--alpha", "0.25..1:0.001", "--resolution", "128..224"]
LONG += ["--format", "csv", "--output", "out"]
RECORDED = ["check", "net.yaml", "--max", "macs=1G", "--baseline", "out", "--update-baseline"]


@pytest.mark.parametrize("call", [LONG, RECORDED], ids=["sweep", "baseline"])
def test_an_interrupted_run_leaves_a_whole_file_or_none(call):
    begin = time.monotonic()
    assert run(*call).returncode == 0
    took = time.monotonic() - begin
    whole, files = Path("out").read_bytes(), sorted(os.listdir())
    moments = random.Random(12)
    codes = set()
    for number in range(6):
        if number % 2 and call is LONG:
            Path("out").unlink()
        there = Path("out").exists()
        child = subprocess.Popen([*CLI, *call], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(took * moments.uniform(0.3, 1))
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
        codes.add(child.returncode)
        assert said.strip() in (b"", b"interrupted")
        if there or Path("out").exists():
            assert Path("out").read_bytes() == whole
        assert set(os.listdir()) <= set(files)
        Path("out").write_bytes(whole)
    assert codes <= {0, 130, -signal.SIGINT}


def test_two_runs_that_write_one_file():
    children = [
        subprocess.Popen([*CLI, *LONG, "--metric", metric], stderr=subprocess.PIPE)
        for metric in ("macs", "params")
    ]
    for child in children:
        assert child.communicate(timeout=60) == (None, b"")
        assert child.returncode == 0
    head, *rows = Path("out").read_text().splitlines()
    assert {row.count(",") for row in rows} == {head.count(",")}
    assert len(rows) == 751 * 4
    assert sorted(os.listdir()) == [
        "faulty.yaml",
        "measured.csv",
        "net.cfg",
        "net.yaml",
        "out",
        "space.yaml",
        "wide.yaml",
    ]


def test_eight_updates_of_a_baseline_at_once_are_all_kept():
    names = [f"w{number}.yaml" for number in range(8)]
    for number, name in enumerate(names, 1):
        Path(name).write_text(NET.replace("8", str(number)))
    update = ["--max", "macs=1G", "--baseline", "b.yaml", "--update-baseline"]
    children = [
        subprocess.Popen([*CLI, "check", name, *update], stdout=subprocess.DEVNULL)
        for name in names
    ]
    assert [child.wait(timeout=60) for child in children] == [0] * 8
    recorded = read_baseline("b.yaml").networks
    assert {name: own["default"]["macs"] for name, own in recorded.items()} == {
        name: 9 * 3 * number * 32 * 32 for number, name in enumerate(names, 1)
    }
    assert sorted(os.listdir()) == sorted(
        [
            "b.yaml",
            "faulty.yaml",
            "measured.csv",
            "net.cfg",
            "net.yaml",
            "space.yaml",
            "wide.yaml",
            *names,
        ]
    )


# A name that is not UTF-8

ODD = os.fsdecode(b"odd\xff.yaml")
CHECK_FORMATS = [name for name in formats_of("check") if name != "github"]


@pytest.mark.parametrize("name", CHECK_FORMATS)
def test_a_report_on_a_name_that_is_not_utf8(name):
    """It is whole; and where another network is faulty, there is none, which is said."""
    Path(ODD).write_text(NET)
    args = ["check", ODD, "net.yaml", "--max", "macs=1", "--format", name]
    done = run(*args)
    assert (done.returncode, done.stderr) == (1, "")
    assert "net.yaml" in done.stdout
    assert "odd" in done.stdout
    done = run(*args, "faulty.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("faulty.yaml:3:3: ")
    said = "error: no report is written until these faults are mended\n"
    assert done.stderr.endswith(said)
    Path(ODD).write_text(NET.replace("conv2d", "conv3"))
    done = run("check", ODD, "net.yaml", "--max", "macs=1", "--format", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(r"odd\udcff.yaml:3:3: ")
    assert done.stderr.endswith(said)
