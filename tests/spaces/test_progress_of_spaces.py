"""A terminal sees that a large space is worked on; a pipe does not."""

import re
import subprocess
import sys

from support.terminals import on_terminal

PROGRAM = (
    "import costcalc.cli.progress as p, costcalc.__main__ as m, sys; p.PATIENCE = 0; "
    "sys.argv = ['costcalc', 'space', 'vww_mobilenets', '--format', 'json']; m.main()"
)


def test_what_is_done_is_shown_on_a_terminal_and_goes_away():
    shown = on_terminal(PROGRAM)
    assert shown.code == 0
    assert shown.out.startswith(b"{")
    assert "\rwalking through the space: 0 s" in shown.terminal
    assert "\rlooking at 30 networks: 0 s" in shown.terminal
    assert "\n" not in shown.terminal
    assert re.search(r"\r +\r$", shown.terminal)


def test_a_pipe_has_the_answer_alone():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert done.stdout.startswith(b"{")
    assert done.stderr == b""
