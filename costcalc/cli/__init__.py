"""The commands: one file each, imported when the command is called."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from costcalc import __version__
from costcalc.cli.streams import ReaderLeft
from costcalc.errors import CostcalcError, Problems

COMMANDS = (
    *("analyze", "sweep", "solve", "space", "formula", "memory", "check", "diff", "view"),
    *("deploy", "lint", "devices", "calibrate"),
    *("conventions", "list", "show", "convert", "formats", "layers", "validate", "schema"),
    "lsp",
)

EXAMPLES = """\b
Examples:
  costcalc analyze mobilenet            what MobileNet costs, block by block
  costcalc analyze mobilenet --alpha 0.5 --resolution 160
  costcalc show mobilenet > mine.yaml   a network of your own to start from
"""


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # `list` here is the module of that command, once it has run

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"costcalc.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from costcalc.errors import nearest

            hint = nearest(args[0], COMMANDS)
            ctx.fail(f"no command is named '{args[0]}'" + (f"; {hint}" if hint else ""))
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXAMPLES,
)
@click.version_option(__version__, prog_name="costcalc")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Compute what a neural network costs, exactly, from its architecture in YAML."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(args: list[str] | None = None) -> int:
    """Run a command line and return its exit code; errors are printed on standard error."""
    try:
        result = cli.main(args, prog_name="costcalc", standalone_mode=False)
        sys.stdout.flush()
    except ReaderLeft:
        return 141  # as the shell calls a program that SIGPIPE has ended
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except CostcalcError as error:
        for problem in error.problems:
            text = str(problem)
            print(text if problem.position else f"error: {text}", file=sys.stderr)
        if isinstance(error, Problems) and error.outcome:
            print(f"error: {error.outcome}", file=sys.stderr)
        return 2
    except click.Abort:
        raise KeyboardInterrupt from None
    return result if isinstance(result, int) else 0
