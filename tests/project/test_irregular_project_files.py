"""A project file that is no file is an error: its budgets would be passed over in silence."""

import os

import pytest

from costcalc.cli import run

NETWORK = "name: N\ninput: [3, 8, 8]\nlayers: [conv2d: {out_channels: 8, kernel_size: 3}]\n"
KINDS = {
    "a pipe": (os.mkfifo, "it is a pipe, not a file"),
    "a folder": (os.mkdir, "is a folder, not a file"),
    "a link to nothing": (lambda path: os.symlink("nowhere", path), "no such file"),
    "a link to a device": (
        lambda path: os.symlink("/dev/zero", path),
        "leads out of the repository",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["costcalc.yaml", "nets/costcalc.yaml"])
def test_it_is_refused(kind, place, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    os.makedirs(".git")
    os.makedirs("nets")
    with open("nets/net.yaml", "w", encoding="utf-8") as file:
        file.write(NETWORK)
    make, said = KINDS[kind]
    make(place)
    assert run(["check", "nets/net.yaml", "--max", "macs=1G"]) == 2
    error = capsys.readouterr().err
    assert "costcalc.yaml" in error
    assert said in error
