"""`costcalc lsp`: the language server for editors."""

from __future__ import annotations

import gc
import sys

import click


@click.command("lsp")
def command() -> int:
    """Serve an editor: costs on each line while a network is typed.

    Speaks the Language Server Protocol over standard input and output; an editor starts it. The
    manual says how VS Code, Neovim, Helix and Emacs do.
    """
    from costcalc.editor.channel import Channel
    from costcalc.editor.server import Server

    gc.disable()  # a keystroke must not wait for it: the server collects now and then
    if sys.stdin is None or sys.stdout is None:
        raise click.ClickException("an editor speaks to it over standard input and output")
    # A stream of its own, which nobody closes: a thread may still read it when the process ends.
    reading = open(sys.stdin.fileno(), "rb", closefd=False)  # noqa: SIM115
    return Server(Channel(reading, sys.stdout.buffer)).run()
