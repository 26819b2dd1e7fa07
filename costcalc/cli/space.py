"""`costcalc space`: say what is in a space of networks, and draw from it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from costcalc import units
from costcalc.cli.device_options import cost_options
from costcalc.cli.drawing import draw_in_terminal, picture_format, plot_options
from costcalc.cli.files import replacing, write_file
from costcalc.cli.options import accounting_options, limits_option, loaded, names, space_settings
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import Converted, Net
from costcalc.cli.progress import counted, working
from costcalc.cli.runtime_options import runtime_options
from costcalc.errors import CostcalcError

if TYPE_CHECKING:
    from costcalc.model import Model
    from costcalc.spaces.answer import Answer, Question
    from costcalc.spaces.drawn.estimated import Estimated

EPILOG = """\b
Examples:
  costcalc space ofa_mobilenet_v3
  costcalc space ofa_mobilenet_v3 --max macs=300M --max params=5M
  costcalc space ofa_mobilenet_v3 --max macs=300M --sample 1000 --seed 1 --output drawn.jsonl
  costcalc space ofa_mobilenet_v3 --max macs=300M --sample 10 --output networks/
  costcalc space ofa_mobilenet_v3 --max macs=300M --largest params --top 3
  costcalc space ofa_mobilenet_v3 --max latency=30ms --device note10 --max peak_memory=2MiB
  costcalc space regnet_space --draws 2000 --max macs=400M
"""


@click.command("space", epilog=EPILOG)
@click.argument("net", metavar="NET", type=Net())
@space_settings
@limits_option("Networks of at most so much, such as macs=300M", ratios=True)
@limits_option("Networks of at least so much", option="--min", key="least", ratios=True)
@click.option(
    "--metric",
    "metrics",
    metavar="M,...",
    type=Converted("M,...", names),
    help="Metrics to describe the networks by.  [default: macs,params]",
)
@click.option(
    "--measure",
    type=click.Choice(["settings", "choices"]),
    default="settings",
    show_default=True,
    help="Count each setting once, or as often as it is drawn choice by choice.",
)
@click.option(
    "--sample",
    metavar="N",
    type=Converted("N", units.whole_count),
    help="Draw N networks within the limits, each with the same probability.",
)
@click.option(
    "--draws",
    metavar="N",
    type=Converted("N", units.whole_count),
    help="Estimate all by N networks that are drawn, without a walk: for spaces too large for one.",
)
@click.option(
    "--seed", metavar="S", type=int, default=0, show_default=True, help="Of samples and draws."
)
@click.option("--largest", metavar="METRIC", help="Find the network with most of a metric.")
@click.option(
    "--pareto",
    metavar="M,...",
    type=Converted("M,...", names),
    help="Find the networks that no other beats in these metrics, and in the score.",
)
@click.option(
    "--score",
    metavar="FILE",
    help="Scores of options, by choice: find the network with the highest sum.",
)
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(min=1),
    help="With --largest or --score: the best N networks.",
)
@accounting_options
@cost_options
@runtime_options
@output_options("space")
@plot_options("Draw the histogram")
def command(
    net: str,
    limits: dict[str, int],
    least: dict[str, int],
    metrics: list[str] | None,
    measure: str,
    sample: int | None,
    draws: int | None,
    seed: int,
    largest: str | None,
    pareto: list[str] | None,
    score: str | None,
    top: int | None,
    target: Target,
    plot: bool,
    plot_file: str | None,
    **options: Any,
) -> None:
    """Say what is in a space of networks: how many there are, what they cost, how many fit.

    In a space, values of the network are choices: {any: [3, 5, 7]}, {any: 2..4} or
    {any: 0.25..1:0.25}. All counts are exact unless they are said to be bounds or an estimate.
    With --draws all are estimates, of any metric.

    With --sample, --largest, --pareto or --score, the networks themselves are written: as JSON
    lines, in another format, or to --output FOLDER/ as files that analyze reads.
    """
    from costcalc.spaces.answer import Question
    from costcalc.spaces.limits import Limits

    _check(sample, largest, pareto, score, top)
    if draws is not None:
        _check_draws(largest, pareto, score)
        target = target._replace(report="space --draws")
    question = Question(
        *(Limits(limits, least), measure, sample, seed, largest, tuple(pareto or ()), score),
        top or 1,
    )
    target = _checked_output(question, target, plot, plot_file)
    ending = None if plot_file is None else picture_format(plot_file)
    wanted = [*(metrics or ("macs", "params")), *limits, *least, *(pareto or ())]
    wanted += [largest] if largest else []
    answer = _answer(loaded(net, options), question, draws, wanted, options)
    if question.wants_networks and target.path is not None and _is_folder(target.path):
        _write_networks(answer.networks, target.path)
        return
    with ExitStack() as files:
        if ending is not None and plot_file is not None:
            _picture().to_file(answer, files.enter_context(replacing(plot_file)), ending)
        emit(answer, target, answer.warnings())
    if plot:
        draw_in_terminal(lambda *size: _picture().in_terminal(answer, *size))


def _checked_output(
    question: Question, target: Target, plot: bool, plot_file: str | None
) -> Target:
    """Where the answer goes: samples as JSON lines unless said. Refuse what does not fit it."""
    if (plot or plot_file) and question.wants_networks:
        raise click.UsageError("--plot draws the histogram of the whole space, not of networks")
    if plot and target.format != "text":
        raise click.UsageError("--plot draws below the text; use --plot-file for a picture")
    if target.format == "jsonl" and not question.wants_networks:
        raise click.UsageError("--format jsonl needs --sample, --largest, --pareto or --score")
    source = click.get_current_context().get_parameter_source("format_")
    if target.path is not None and _is_folder(target.path):
        _check_folder(target.path, question, source is not ParameterSource.DEFAULT)
    if question.sample is not None and source is ParameterSource.DEFAULT:
        return target._replace(format="jsonl")
    return target


def _check_folder(path: str, question: Question, has_format: bool) -> None:
    """Refuse a folder for anything but networks in the network language."""
    if not question.wants_networks:
        raise click.UsageError(
            f"{path} is a folder, for networks: it needs --sample, --largest, --pareto or --score"
        )
    if has_format:
        raise click.UsageError(
            f"{path} is a folder, for networks in the network language: --format is for a file"
        )


def _answer(
    model: Model, question: Question, draws: int | None, metrics: list[str], options: dict[str, Any]
) -> Answer | Estimated:
    """Walk the space, or draw networks of it."""
    knobs = {name: options[name] for name in ("alpha", "rho", "resolution", "batch")}
    if draws is None:
        from costcalc.spaces.answer import ask

        with working("walking through the space"):
            space = model.space(options["params"], metrics=metrics, **knobs)
        with working(f"looking at {space.total:,} networks"):
            return ask(space, question)
    from costcalc.spaces.drawn.estimated import estimate

    survey = model.draws(draws, options["params"], seed=question.seed, metrics=metrics, **knobs)
    survey.watched = lambda tries: counted(tries, f"of {draws:,} settings drawn")
    return estimate(survey, question)


def _picture() -> Any:
    from costcalc.reports.space import picture

    return picture


def _check(
    sample: int | None,
    largest: str | None,
    pareto: list[str] | None,
    score: str | None,
    top: int | None,
) -> None:
    """Refuse options that ask for networks in two ways."""
    given = {"--sample": sample, "--largest": largest, "--pareto": pareto}
    asked = [name for name, value in given.items() if value is not None]
    if score is not None and not pareto:
        asked.append("--score")
    if len(asked) > 1:
        raise click.UsageError(f"{' and '.join(asked)} cannot be combined")
    if top is not None and asked not in (["--largest"], ["--score"]):
        raise click.UsageError("--top needs --largest or --score")


def _check_draws(largest: str | None, pareto: list[str] | None, score: str | None) -> None:
    """Refuse what draws cannot find."""
    given = {"--largest": largest, "--pareto": pareto, "--score": score}
    asked = [name for name, value in given.items() if value is not None]
    if asked:
        raise click.UsageError(
            f"--draws cannot be combined with {asked[0]}: the best of some networks is not the "
            "best of the space"
        )


def _is_folder(path: str) -> bool:
    return path.endswith(("/", os.sep)) or os.path.isdir(path)


def _write_networks(networks: Any, folder: str) -> None:
    """Write each network to a file of its own, named by its number, or by that of its draw."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise CostcalcError(f"cannot make {folder}: {error.strerror}") from None
    for drawn in networks:
        write_file([drawn.text()], os.path.join(folder, f"{drawn.label}.yaml"))
