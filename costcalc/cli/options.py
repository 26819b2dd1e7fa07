"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import click

from costcalc import api, units
from costcalc.cli.parameters import Converted, once
from costcalc.cli.pick import note_params, pick_option
from costcalc.errors import CostcalcError, Faults, Problems
from costcalc.importers.graphs.options import reading_models

Command = TypeVar("Command", bound=Callable[..., Any])
Result = TypeVar("Result")
Named = TypeVar("Named")


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise ValueError(f"{text!r} is not NAME=VALUE")
    return name.strip(), value.strip()


def range_option(name: str, help_: str) -> Callable[[Command], Command]:
    return click.option(
        name,
        metavar="RANGE",
        multiple=True,
        callback=once("takes several values, separated by commas"),
        help=help_,
    )


def names(text: str) -> list[str]:
    """Split names at commas."""
    if not all(found := [name.strip() for name in text.split(",")]):
        raise ValueError(f"{text!r} has an empty name")
    return found


def mapping(
    ctx: click.Context, param: click.Parameter, pairs: Sequence[tuple[str, str]]
) -> dict[str, str]:
    """Collect pairs of names and values, and refuse a name that is given twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise click.UsageError(f"{param.opts[0]} gives {name} twice")
        found[name] = value
    if param.opts[0] == "--set":
        note_params(ctx, found)
    return found


def variant_option(command: Command) -> Command:
    return click.option(
        "--variant",
        metavar="V",
        multiple=True,
        callback=once("holds for every NET"),
        help="Variant of the network to use.",
    )(command)


def _limits(
    ctx: click.Context,
    param: click.Parameter,
    pairs: Sequence[tuple[str, str]],
    ratios: bool = False,
) -> dict[str, Any]:
    texts = mapping(ctx, param, pairs)
    if not texts:
        return {}
    from costcalc.project.amounts import read_limit

    return {name: read_limit(name, text, ratios=ratios) for name, text in texts.items()}


def pairs_option(
    name: str, key: str, metavar: str, help_: str, **more: Any
) -> Callable[[Command], Command]:
    """Add a repeatable option of pairs such as NAME=VALUE; the command gets the mapping `key`."""
    return click.option(
        *(name, key),
        metavar=metavar,
        multiple=True,
        type=Converted(metavar, pair),
        help=f"{help_}; repeatable.",
        **{"callback": mapping, **more},
    )


def _include_from(ctx: click.Context, param: click.Parameter, folders: Sequence[str]) -> None:
    if folders:
        from costcalc.language.includes import reading_from

        ctx.with_resource(reading_from(folders))


def include_option(command: Command) -> Command:
    """Add --include-from DIR, which holds while the command runs."""
    return click.option(
        "--include-from",
        metavar="DIR",
        multiple=True,
        is_eager=True,
        expose_value=False,
        callback=_include_from,
        help="Let files below DIR be included too, outside of the repository; repeatable.",
    )(command)


def limits_option(
    help_: str, *, option: str = "--max", key: str = "limits", ratios: bool = False, **more: Any
) -> Callable[[Command], Command]:
    """Add an option METRIC=VALUE, which the command gets as a mapping.

    ratios: whether metrics that are ratios may be limited too.
    """
    callback = partial(_limits, ratios=ratios)
    return pairs_option(option, key, "METRIC=VALUE", help_, callback=callback, **more)


def top_option(default: int, help_: str) -> Callable[[Command], Command]:
    """Add --top N."""
    return click.option(
        "--top",
        metavar="N",
        type=click.IntRange(min=0),
        default=default,
        show_default=True,
        help=help_,
    )


_given_convention = once("holds for all totals")


def _convention(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> str | None:
    """Take the convention of the option, else that of the nearest costcalc.yaml."""
    from costcalc.project.location import stated_convention

    given = _given_convention(ctx, param, values)
    return stated_convention() if given is None else given


def fold_option(command: Command) -> Command:
    """Add --fold-batch-norm."""
    return click.option(
        "--fold-batch-norm",
        is_flag=True,
        help="Fold batch norm into the convolutions before it, as deployed.",
    )(command)


def accounting_options(command: Command) -> Command:
    """Add --convention, else that of the nearest costcalc.yaml, and --fold-batch-norm."""
    return _accounting_options(command, _convention)


def given_accounting_options(command: Command) -> Command:
    """Add --convention as it is given, and --fold-batch-norm."""
    return _accounting_options(command, _given_convention)


def _accounting_options(command: Command, convention: Callable[..., str | None]) -> Command:
    return fold_option(
        click.option(
            "--convention",
            metavar="NAME|FILE",
            multiple=True,
            callback=convention,
            help="Count totals as another tool does: fvcore, thop, ... (see costcalc conventions).",
        )(command)
    )


def settings(command: Command) -> Command:
    """Add --pick, and the options of `space_settings`."""
    return pick_option()(space_settings(command))


def space_settings(command: Command) -> Command:
    """Add --variant, --alpha, --rho, --resolution, --batch, --set and --include-from."""
    for option in (
        include_option,
        pairs_option("--set", "params", "NAME=VALUE", "Set a param of the network"),
        click.option(
            "--batch",
            metavar="N",
            type=Converted("N", units.batch),
            help="Samples of each input.  [default: 1]",
        ),
        click.option(
            "--resolution",
            metavar="N|HxW",
            type=Converted("N|HxW", units.resolution),
            help="Height and width of the input, instead of --rho.",
        ),
        click.option(
            "--rho",
            metavar="X",
            type=Converted("X", units.ratio),
            help="Resolution multiplier, such as 0.714 or 5/7: scales the input's sides.",
        ),
        click.option(
            "--alpha",
            metavar="X",
            type=Converted("X", units.ratio),
            help="Width multiplier, such as 0.75 or 3/4: scales every declared width.",
        ),
        variant_option,
    ):
        command = option(command)
    return command


def loaded(net: str, options: Mapping[str, Any]) -> api.Model:
    """Load NET with the variant and the counting that the options name."""
    how = ("convention", "fold_batch_norm", "runtime", "device", "optimizer", "bits")
    given = {name: options[name] for name in how if name in options}
    size = options.get("resolution")
    with reading_models(resolution=size if isinstance(size, tuple) else None):
        return api.load(net, options["variant"], **given)


def cost(net: str, **options: Any) -> api.Table:
    """Compute the cost table of NET at the setting that the options give."""
    return loaded(net, options).cost(
        options["params"],
        alpha=options["alpha"],
        rho=options["rho"],
        resolution=options["resolution"],
        batch=options["batch"],
    )


def each(nets: Sequence[Named], call: Callable[[Named], Result]) -> list[Result]:
    """Call a function for every NET or the like, and raise the errors of all of them together."""
    results: list[Result] = []
    found = Faults()
    for net in nets:
        try:
            results.append(call(net))
        except CostcalcError as error:
            found.append(error)
    if found:
        raise Problems(found)
    return results
