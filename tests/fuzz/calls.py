"""Commands, called in this process as a user calls them."""

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from costcalc.cli import run


class Fault(Exception):
    """Something that may not be, in words; `kind` is equal for faults that are alike."""

    def __init__(self, message: str, kind: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind or re.sub(r"\d+|'[^']*'|/\S+", "#", message)[:60]


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def call(*arguments: str) -> Ended:
    """Run a command line; a crash is a Fault."""
    out, err = io.StringIO(), io.StringIO()
    line = f"costcalc {' '.join(arguments)}"
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = run(list(arguments))
    except Exception as error:
        raise Fault(f"{line}: crash: {type(error).__name__}: {error}") from error
    ended = Ended(code, out.getvalue(), err.getvalue())
    if code not in (0, 1, 2):
        raise Fault(f"{line}: exit code {code}")
    if code == 2 and not ended.err.strip():
        raise Fault(f"{line}: exit code 2 without a word")
    return ended
