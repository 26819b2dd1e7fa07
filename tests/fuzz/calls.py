"""Commands, called in this process as a user calls them."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import NamedTuple

from costcalc.cli import run


class Fault(Exception):
    """Something that may not be, in words; `kind` is equal for faults that are alike."""

    def __init__(self, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind or re.sub(r"\d+|'[^']*'|/\S+", "#", message)[:60]


@contextmanager
def crashes_are_faults(what: str = "crash") -> Iterator[None]:
    try:
        yield
    except Fault:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise Fault(f"{what}: {kind}: {error}", f"crash: {kind}") from error


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def call(*arguments: str) -> Ended:
    """Run a command line; a crash is a Fault."""
    out, err = io.StringIO(), io.StringIO()
    line = f"costcalc {' '.join(arguments)}"
    with crashes_are_faults(f"{line}: crash"), redirect_stdout(out), redirect_stderr(err):
        code = run(list(arguments))
    ended = Ended(code, out.getvalue(), err.getvalue())
    if code not in (0, 1, 2):
        raise Fault(f"{line}: exit code {code}")
    if code == 2 and not ended.err.strip():
        raise Fault(f"{line}: exit code 2 without a word")
    return ended
