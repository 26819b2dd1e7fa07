"""The lock that keeps two runs from losing each other's figures."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from costcalc.errors import CostcalcError
from costcalc.project import lock

HOLD = """
import sys, time
from costcalc.project.lock import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""
ADD = """
import sys
from pathlib import Path
from costcalc.project.lock import locked
path = Path(sys.argv[1])
for _ in range(100):
    with locked(sys.argv[1]):
        path.write_text(str(int(path.read_text()) + 1))
"""


def started(program, path):
    return subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)


@pytest.fixture
def held(tmp_path):
    """A file whose lock another process holds, and that process."""
    path = tmp_path / "costs.yaml"
    with started(HOLD, path) as child:
        assert child.stdout.readline() == b"held\n"
        yield path, child
        with suppress(ProcessLookupError):
            child.kill()


def test_one_process_at_a_time(tmp_path):
    path = tmp_path / "count"
    path.write_text("0")
    children = [started(ADD, path) for _ in range(4)]
    assert [child.wait(timeout=60) for child in children] == [0] * 4
    for child in children:
        child.stdout.close()
    assert path.read_text() == "400"
    assert os.listdir(tmp_path) == ["count"]


def test_waiting_has_an_end(held, monkeypatch):
    path, _ = held
    monkeypatch.setattr(lock, "SECONDS", 0.2)
    begin = time.monotonic()
    with pytest.raises(CostcalcError) as caught, lock.locked(str(path)):
        pass
    assert 0.2 <= time.monotonic() - begin < 5
    place = f"{path}.costcalc-lock"
    assert caught.value.message == (f"cannot update {path}: another run has held {place} for 0.2 s")
    assert caught.value.hint == "try again once it has ended"
    assert os.path.exists(place), "it is the other run's"


def test_the_lock_of_a_process_that_was_killed_is_free(held):
    path, child = held
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert os.path.exists(f"{path}.costcalc-lock"), "the file was left behind"
    with lock.locked(str(path)):
        pass
    assert os.listdir(path.parent) == []


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks(code, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(CostcalcError) as caught, lock.locked(str(tmp_path / "costs.yaml")):
        pass
    assert "costs.yaml: its file system refuses to lock files" in caught.value.message
    assert os.strerror(code) in caught.value.message
    assert caught.value.hint == "keep the baseline on a local disk"
    assert os.listdir(tmp_path) == []


def test_no_folder_and_a_link_in_its_place(tmp_path):
    nowhere = str(tmp_path / "no" / "costs.yaml")
    with pytest.raises(CostcalcError, match="No such file or directory"), lock.locked(nowhere):
        pass
    (tmp_path / "costs.yaml.costcalc-lock").symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(CostcalcError, match="cannot write"),
        lock.locked(str(tmp_path / "costs.yaml")),
    ):
        pass
    assert not (tmp_path / "elsewhere").exists(), "a link is not followed"


def test_two_names_of_one_file_have_one_lock(held, monkeypatch):
    path, _ = held
    path.write_text("")
    other = path.parent / "other.yaml"
    other.symlink_to(path)
    monkeypatch.setattr(lock, "SECONDS", 0.1)
    with pytest.raises(CostcalcError, match="another run has held"), lock.locked(str(other)):
        pass
