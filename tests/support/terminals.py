"""Run programs whose standard error is a terminal."""

from __future__ import annotations

import errno
import os
import pty
import subprocess
import sys
from typing import NamedTuple


class Shown(NamedTuple):
    """What a program wrote."""

    out: bytes
    terminal: str
    code: int


def on_terminal(program: str) -> Shown:
    """Run a text of Python with standard error on a terminal, and standard output in a pipe."""
    main, side = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=side
    ) as child:
        os.close(side)
        shown = b""
        try:
            while piece := os.read(main, 65536):
                shown += piece
        except OSError as error:
            if error.errno != errno.EIO:  # how Linux says that it is over
                raise
        os.close(main)
        assert child.stdout is not None
        out = child.stdout.read()
    return Shown(out, shown.decode(), child.returncode)
