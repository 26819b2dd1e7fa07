"""Runs costcalc in a process of its own, and measures what it takes."""

import os
import subprocess
import sys
from typing import NamedTuple

_BETWEEN = """
import os, sys
errors, *command = sys.argv[1:]
streams = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
pid = os.posix_spawn(
    command[0], command, os.environ,
    file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, errors, streams, 0o600),
    ],
)
_, status, used = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
"""A small process between: a child's peak counts the memory that its parent had as it began."""


class Run(NamedTuple):
    code: int
    seconds: float
    """Of the processor, whatever else the machine does."""
    mebibytes: float
    """The most memory that it held."""
    errors: str


def run(arguments: list[str], folder: str) -> Run:
    """Run costcalc with arguments; what it says on standard error goes by a file in a folder."""
    errors = os.path.join(folder, "errors")
    done = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            _BETWEEN,
            errors,
            sys.executable,
            "-m",
            "costcalc",
            *arguments,
        ],
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    code, seconds, kibibytes = map(float, done.stdout.split())
    if sys.platform == "darwin":
        kibibytes /= 1024
    with open(errors, encoding="utf-8") as file:
        return Run(int(code), seconds, kibibytes / 1024, file.read())
