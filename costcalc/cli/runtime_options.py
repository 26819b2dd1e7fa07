"""The options of the runtime that memory is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import click

from costcalc.devices.words import BYTES, PLANNERS
from costcalc.graph.runtime import DEPLOYED, ORDERS, runtime_of

Command = TypeVar("Command", bound=Callable[..., Any])


def runtime_options(command: Command) -> Command:
    """Add --dtype, --in-place, --zero-copy-concat, --no-fused, --order and --plan.

    The command gets `runtime`: None where none of them is given.
    """

    @wraps(command)
    def with_runtime(*args: Any, **options: Any) -> Any:
        values = {name: options.pop(name) for name in _NAMES}
        return command(*args, runtime=runtime_of(values), **options)

    decorated: Any = with_runtime
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return cast("Command", decorated)


def memory_option(command: Command) -> Command:
    """Add --memory, which asks for memory on the runtime that the other options give."""

    @wraps(command)
    def asked(*args: Any, memory: bool, runtime: Any, **options: Any) -> Any:
        return command(*args, runtime=runtime or (DEPLOYED if memory else None), **options)

    option = click.option(
        "--memory",
        is_flag=True,
        help="Show memory too: peak, arena, flash, traffic (see costcalc memory).",
    )
    return cast("Command", option(runtime_options(asked)))


_NAMES = ("dtype", "in_place", "zero_copy_concat", "fused", "order", "planner")
_OPTIONS = (
    click.option(
        "--dtype",
        type=click.Choice([*BYTES]),
        help=f"Of maps and weights in memory.  [default: {DEPLOYED.dtype}]",
    ),
    click.option(
        "--in-place",
        is_flag=True,
        default=None,
        help="Let elementwise layers work in the memory of an input that ends there.",
    ),
    click.option(
        "--zero-copy-concat",
        is_flag=True,
        default=None,
        help="Let what a concat joins be written straight into its result.",
    ),
    click.option(
        "--fused/--no-fused",
        default=None,
        help="Compute norms and activations within the layer before them.  [default: fused]",
    ),
    click.option(
        "--order",
        type=click.Choice(ORDERS),
        help="Of execution: as written, or the one of the least peak.  [default: written]",
    ),
    click.option(
        "--plan",
        "planner",
        type=click.Choice(PLANNERS),
        help="Of the arena: TensorFlow Lite Micro's, or the best that a search finds.  "
        "[default: greedy]",
    ),
)
