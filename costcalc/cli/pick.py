"""The option by which a network is taken of a space."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from costcalc.cli.parameters import once
from costcalc.errors import CostcalcError

Command = TypeVar("Command", bound=Callable[..., Any])

_PICKER = "costcalc.picker"


def pick_option(*, others: bool = False) -> Callable[[Command], Command]:
    """Add --pick, by which a network is taken of every space that is read."""

    def pick(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> None:
        given = once("holds for every NET")(ctx, param, values)
        if given is None:
            return
        from costcalc.language.deciding import deciding
        from costcalc.spaces.pick import Picker, which

        try:
            picker = ctx.meta[_PICKER] = Picker(which(given), others=others)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None
        ctx.with_resource(deciding(picker))

    return click.option(
        "--pick",
        metavar="smallest|largest|N",
        multiple=True,
        is_eager=True,
        expose_value=False,
        callback=pick,
        help="Of a space of networks, take one: by macs, or by its number.",
    )


def require_picked() -> None:
    """Refuse --pick where no network that was read is of a space."""
    picker = click.get_current_context().meta.get(_PICKER)
    if picker is not None and not picker.has_picked:
        raise CostcalcError("--pick takes a network of a space, and none of these is one")


def note_params(ctx: click.Context, params: Mapping[str, str]) -> None:
    """Let params of one value each be decided before a network is picked."""
    picker = ctx.meta.get(_PICKER)
    if picker is not None:
        picker.params = {name: text for name, text in params.items() if ".." not in text}
