"""The program as a process, and what it writes to a terminal."""

import errno
import os
import pty
import subprocess
import sys

CLI = [sys.executable, "-m", "costcalc"]


def terminal(args: list[str], columns: int, **variables: str) -> str:
    """What a command writes to a terminal of this width."""
    main, side = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color", **variables}
    child = subprocess.Popen([*CLI, *args], stdout=side, stderr=side, env=environment)
    os.close(side)
    pieces = []
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError as error:
            assert error.errno == errno.EIO  # noqa: PT017 - how Linux says that it is over
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(main)
    assert child.wait() == 0
    return b"".join(pieces).decode().replace("\r\n", "\n")
