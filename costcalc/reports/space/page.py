"""A space of networks for people: how many there are and fit, and how their costs lie."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from costcalc.metrics import COUNTED, METRICS
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports.labels import amount, title
from costcalc.reports.space.parts import (
    SAID,
    choices_text,
    costs_text,
    drawn_bar,
    fault_lines,
    heading_lines,
    limits_text,
    mean_text,
    network_rows,
    part_name,
    percent,
    percent_range,
)
from costcalc.spaces.answer import Answer
from costcalc.spaces.space import Space, Within
from costcalc.spaces.summary import CHOICES, QUANTILES, Bar, Distribution
from costcalc.text import escaped


def page(answer: Answer) -> Iterator[Part]:
    space = answer.space
    yield from heading_lines(space)
    networks = "network" if space.total == 1 else "networks"
    yield f"{number(space.total)} {networks}, as settings of the choices"
    yield from _faults(space)
    if answer.within is not None:
        yield from _within(answer, answer.within)
    if answer.networks:
        yield from _networks(answer)
    else:
        yield from _distributions(answer)
    yield COUNTED


def _faults(space: Space) -> Iterator[Part]:
    if space.impossible:
        make = "setting makes" if space.impossible == 1 else "settings make"
        yield f"{number(space.impossible)} more {make} no network:"
        yield from fault_lines([(fault.settings, fault.error) for fault in space.faults])


def _within(answer: Answer, within: Within) -> Iterator[Part]:
    space = answer.space
    counted = within.counted
    said = limits_text(space, answer.question.limits)
    if counted.is_exact:
        have = "has" if counted.least == 1 else "have"
        share = Fraction(counted.least, space.total)
        yield f"{number(counted.least)} of them {have} {said}: {percent(share)}"
    else:
        yield (
            f"{number(counted.least)} to {number(counted.most)} of them (proven bounds) have "
            f"{said}: {percent_range(*(Fraction(own, space.total) for own in counted))}"
        )
    estimate = within.estimate
    if estimate is not None:
        yield (
            f"estimated: {number(estimate.value)}, in 95 of 100 cases {number(estimate.low)} to "
            f"{number(estimate.high)} ({number(estimate.accepted)} of {number(estimate.tried)} "
            "samples)"
        )
    if answer.chance is not None:
        yield f"of networks drawn choice by choice: {percent_range(*answer.chance)}"


def _distributions(answer: Answer) -> Iterator[Part]:
    space = answer.space
    counted = space.setting.accounting
    shown = answer.distributions
    yield ""
    yield SAID[answer.question.measure == CHOICES]
    columns = [Column("", left=True), *(Column(title(own.metric, counted)) for own in shown)]
    rows = [["least", *(amount(own.metric, own.least) for own in shown)]]
    for place, part in enumerate(QUANTILES):
        cells = [_quantile(own, place) if own.quantiles else "" for own in shown]
        rows.append([part_name(part), *cells])
    rows.append(["most", *(amount(own.metric, own.most) for own in shown)])
    rows.append(
        ["mean", *("" if own.mean is None else mean_text(own.metric, own.mean) for own in shown)]
    )
    yield Sheet(columns, rows)
    with_bars = next((own for own in shown if own.bars), None)
    if with_bars is not None:
        yield _histogram(with_bars, title(with_bars.metric, counted))
    for word, drawn in zip(("smallest", "largest"), answer.extremes, strict=True):
        yield f"{word} (--pick {word})   {costs_text(space, drawn.costs)}"
        yield f"  {escaped(choices_text(drawn))}"
    yield ""


def _quantile(own: Distribution, place: int) -> str:
    """The digits that both bounds share: 352.0 M of 351,963,120 to 352,041,232."""
    _, least, most = own.quantiles[place]
    if least == most:
        return amount(own.metric, least)
    if not METRICS[own.metric].is_whole:
        return f"~ {amount(own.metric, Fraction(least + most) / 2)}"
    middle = int(least + most) // 2
    unit = 10 ** max(0, len(str(most - least)) - 1)
    return f"~ {number(-(-middle // unit) * unit)}"


def _histogram(own: Distribution, metric: str) -> Sheet:
    most = max(bar.share for bar in own.bars) or 1.0
    rows = [
        [
            *(amount(own.metric, end) for end in (bar.low, bar.high)),
            *(percent_of(bar), drawn_bar(bar.share / most)),
        ]
        for bar in own.bars
    ]
    columns = [Column(f"{metric} from"), Column("to"), Column("share"), Column("", left=True)]
    return Sheet(columns, rows, keys=2)


def percent_of(bar: Bar) -> str:
    return f"{100 * bar.share:.2f} %"


def _networks(answer: Answer) -> Iterator[Part]:
    space, question = answer.space, answer.question
    limits = question.limits
    counted = space.setting.accounting
    said = f", with {limits_text(space, limits)}" if limits else ""
    if question.sample is not None:
        how = SAID[True] if question.measure == CHOICES else "each with the same probability"
        yield f"{number(len(answer.networks))} of them drawn, {how} (seed {question.seed}){said}"
    elif question.pareto:
        names = [title(name, counted) for name in question.pareto]
        names += ["score"] if question.score else []
        yield f"those that no other beats in {' and '.join(names)}{said}"
    else:
        what = "the score" if question.score else title(question.largest or "", counted)
        yield f"those with most of {what}{said}"
    yield from network_rows(space, answer.networks)
    yield "A network by itself: --pick NUMBER, in analyze and other commands."
