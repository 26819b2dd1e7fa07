"""Options of model files, which hold while a command runs."""

from __future__ import annotations

from collections.abc import Sequence

import click

from costcalc.cli.options import Command, mapping, pair
from costcalc.cli.parameters import Converted
from costcalc.importers.graphs.options import reading_models


def _input_shapes(
    ctx: click.Context, param: click.Parameter, pairs: Sequence[tuple[str, str]]
) -> None:
    shapes = {name: _shape(text) for name, text in mapping(ctx, param, pairs).items()}
    if shapes:
        ctx.with_resource(reading_models(shapes))


def _shape(text: str) -> tuple[int, ...]:
    sides = text.lower().replace("×", "x").split("x")
    if not all(side.isdecimal() and len(side) <= 10 and int(side) for side in sides):
        raise click.UsageError(f"--input: {text!r} is no shape such as 1x3x224x224")
    return tuple(map(int, sides))


def _skip_unknown(ctx: click.Context, param: click.Parameter, is_given: bool) -> None:
    if is_given:
        ctx.with_resource(reading_models(skip_unknown=True))


def model_options(command: Command) -> Command:
    """Add --input and --skip-unknown, which hold while the command runs."""
    of_inputs = click.option(
        "--input",
        metavar="NAME=SHAPE",
        multiple=True,
        type=Converted("NAME=SHAPE", pair),
        is_eager=True,
        expose_value=False,
        callback=_input_shapes,
        help="Shape of an input that a model file leaves open, such as x=1x3x320x320; repeatable.",
    )
    of_ops = click.option(
        "--skip-unknown",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_skip_unknown,
        help="Leave ops of a model file out that no layer is known for, with a warning.",
    )
    return of_inputs(of_ops(command))
