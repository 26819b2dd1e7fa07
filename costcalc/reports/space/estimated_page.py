"""A space by networks that were drawn, for people: every figure an estimate with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from costcalc.metrics import COUNTED, METRICS
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports.labels import amount, title
from costcalc.reports.plot.scale import brief
from costcalc.reports.space.parts import (
    SAID,
    drawn_bar,
    fault_lines,
    heading_lines,
    limits_text,
    network_rows,
    part_name,
    percent,
)
from costcalc.spaces.drawn.estimated import Estimated
from costcalc.spaces.drawn.estimates import Count, Estimate
from costcalc.spaces.drawn.survey import EstimatedDistribution, Share, Survey
from costcalc.spaces.paths import Cost
from costcalc.spaces.summary import CHOICES, SETTINGS

CASES = "in 95 of 100 cases"
INTERVAL = "95 % interval"


def page(answer: Estimated) -> Iterator[Part]:
    survey = answer.space
    yield from heading_lines(survey)
    if answer.networks:
        yield from _networks(answer)
    else:
        settings = "setting" if survey.count == 1 else "settings"
        yield f"{number(survey.count)} {settings} drawn choice by choice (seed {survey.seed})"
        yield from _counts(survey)
        if answer.within is not None:
            yield from _within(answer, answer.within)
        yield from _distributions(answer)
    yield COUNTED


def _counts(survey: Survey) -> Iterator[Part]:
    if survey.settings.is_exact:
        yield (
            f"{number(survey.settings.value)} settings of the choices: the product of their "
            "options, the same in all draws"
        )
    if not survey.settings.is_exact or survey.faults:
        total = count_text(survey.total, "networks")
        yield f"estimated: {total}, as settings of the choices"
    if survey.faults:
        missing = survey.count - survey.networks_drawn
        yield f"{number(missing)} draws make no network:"
        yield from fault_lines([(fault.draws, fault.error) for fault in survey.faults])
    if not survey.settings.is_exact:
        yield (
            f"draws differ in weight: {number(survey.networks_drawn)} tell as much of settings as "
            f"{number(round(survey.effective))} of one weight"
        )


def count_text(count: Count, of: str) -> str:
    """A number with its interval, rounded to two digits of what the interval leaves open."""
    if count.is_exact:
        return f"{number(count.value)} {of}"
    unit = 10 ** max(0, len(str(count.high - count.low)) - 2)
    value, low, high = (number(round(own / Fraction(unit)) * unit) for own in count)
    return f"{value} {of} ({CASES} {low} to {high})"


def share_text(share: Estimate) -> str:
    value, low, high = (percent(Fraction(own).limit_denominator(10**15)) for own in share)
    return f"{value} ({CASES} {low} to {high})"


def _within(answer: Estimated, within: Share) -> Iterator[Part]:
    said = limits_text(answer.space, answer.question.limits)
    yield f"estimated: {count_text(within.networks, 'of them')} have {said}"
    yield f"that is {share_text(within.by_settings)}"
    if within.by_settings != within.by_choices:
        yield f"of networks drawn choice by choice: {share_text(within.by_choices)}"


def _distributions(answer: Estimated) -> Iterator[Part]:
    counted = answer.space.setting.accounting
    shown = answer.distributions
    yield ""
    yield SAID[answer.question.measure == CHOICES]
    columns = [Column("estimated", left=True)]
    for own in shown:
        columns += [Column(title(own.metric, counted)), Column(INTERVAL, left=True)]
    yield Sheet(columns, list(_rows(shown)))
    yield _histogram(shown[0], title(shown[0].metric, counted))
    yield ""


def _rows(shown: Sequence[EstimatedDistribution]) -> Iterator[list[str]]:
    yield ["least drawn", *(cell for own in shown for cell in (amount(own.metric, own.least), ""))]
    for place, (part, _) in enumerate(shown[0].quantiles):
        cells = [part_name(part)]
        for own in shown:
            value, low, high = own.quantiles[place][1]
            cells += [amount(own.metric, value), _between(own.metric, low, high)]
        yield cells
    yield ["most drawn", *(cell for own in shown for cell in (amount(own.metric, own.most), ""))]
    cells = ["mean"]
    for own in shown:
        value, low, high = (_cost(own.metric, part) for part in own.mean)
        cells += [amount(own.metric, value), _between(own.metric, low, high)]
    yield cells


def _cost(metric: str, value: float) -> Cost:
    return round(value) if METRICS[metric].is_whole else Fraction(value)


def _between(metric: str, low: Cost | None, high: Cost | None) -> str:
    if low is None and high is None:
        return "too few draws"
    if low is None:
        return f"up to {_short(metric, high or 0)}"
    return f"{_short(metric, low)} {'or more' if high is None else 'to ' + _short(metric, high)}"


def _short(metric: str, value: Cost) -> str:
    """A value to three digits."""
    if METRICS[metric].unit == "second":
        return amount(metric, value)
    return brief(Fraction(f"{float(value):.3g}"), 2)


def _histogram(own: EstimatedDistribution, metric: str) -> Sheet:
    most = max(bar.share for bar in own.bars)
    rows = [
        [
            *(_short(own.metric, end) for end in (bar.low, bar.high)),
            f"{100 * bar.share:.2f} %",
            f"{100 * bar.at_least:.1f} to {100 * bar.at_most:.1f} %",
            drawn_bar(bar.share / most),
        ]
        for bar in own.bars
    ]
    columns = [Column(f"{metric} from"), Column("to"), Column("share")]
    return Sheet([*columns, Column(INTERVAL, wide=True), Column("", left=True)], rows, keys=2)


def _networks(answer: Estimated) -> Iterator[Part]:
    survey, question = answer.space, answer.question
    said = f", with {limits_text(survey, question.limits)}" if question.limits else ""
    how = "each with the same probability" if question.measure == SETTINGS else SAID[True]
    last = answer.networks[-1].place
    yield (
        f"the first {number(len(answer.networks))} of {number(last)} draws that are "
        f"networks{said}: {how} (seed {survey.seed})"
    )
    yield from network_rows(survey, answer.networks)
