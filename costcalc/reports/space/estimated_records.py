"""A space by networks that were drawn, for programs: JSON documents, JSON lines and rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from costcalc.metrics import METRICS
from costcalc.reports import keys
from costcalc.reports.keys import Schema
from costcalc.reports.space.parts import fault_text
from costcalc.reports.space.records import (
    ASKED,
    SUBJECT,
    asked_records,
    cost,
    network,
    network_schema,
    networks_or_bars,
    subject_records,
)
from costcalc.reports.values import figure
from costcalc.spaces.drawn.estimated import Estimated
from costcalc.spaces.drawn.estimates import Count, Estimate, EstimatedBar
from costcalc.spaces.drawn.survey import EstimatedDistribution
from costcalc.units import fraction_text


def schema() -> Schema:
    fault = {
        "draws": keys.count("The draws that meet it first."),
        "message": keys.text("What is wrong, with its place."),
    }
    within = {
        "networks": _count("The networks within max and min, as settings of the choices."),
        "share": _share("Their share of all networks, each setting counting once."),
        "chance": _share("Their share of networks that are drawn choice by choice."),
        "draws": keys.count("The draws within max and min."),
    }
    return keys.document(
        "A space of networks, estimated by networks that were drawn choice by choice. All "
        "estimates have the interval that holds the true value in 95 of 100 cases.",
        {
            **SUBJECT,
            "draws": keys.count("Networks that were drawn, or were to be drawn at most."),
            "seed": keys.whole("Of the draws."),
            **ASKED,
            "settings?": _count(
                "Settings of the choices, with those that make no network. Both ends are the "
                "number where all draws have one weight."
            ),
            "networks?": _count("Settings of the choices that make a network."),
            "impossible?": keys.count("Draws that made no network."),
            "faults?": keys.array(keys.record(fault), "Why these made none."),
            "effective?": keys.decimal(
                "The draws of one weight that tell as much of settings as those that made a "
                "network: fewer than these where they differ in weight."
            ),
            "within?": keys.record(within, "The networks within max and min."),
            "distributions?": keys.mapping(
                keys.record(_distribution_schema()), "How costs are distributed, by metric."
            ),
            "drawn?": keys.array(
                keys.record(network_schema(has_number=False)), "The networks asked for."
            ),
        },
    )


def _distribution_schema() -> Schema:
    ends = {
        "from": cost("The lower end of its interval."),
        "to": cost("The upper end."),
    }
    quantile = {
        "part": keys.ratio("The part of the networks that do not cost more."),
        "value": cost("The estimated cost."),
        "from": keys.or_null(cost("The lower end; null where draws are too few to tell.")),
        "to": keys.or_null(cost("The upper end; null where draws are too few to tell.")),
    }
    bar = {
        "from": cost("The least cost of the bar."),
        "to": cost("Where the next bar begins, or the largest cost."),
        "share": keys.decimal("The estimated share of networks in it."),
        "share_from": keys.decimal("The lower end of its interval."),
        "share_to": keys.decimal("The upper end."),
    }
    return {
        "least": cost("The least cost of a network that was drawn."),
        "most": cost("The largest."),
        "mean": keys.record({"value": cost("The mean."), **ends}, "The estimated mean cost."),
        "quantiles": keys.array(keys.record(quantile), "Quantiles, the lowest first."),
        "histogram": keys.array(keys.record(bar), "Bars of equal width."),
    }


def _count(description: str) -> Schema:
    return _estimate(keys.count, "The number.", description)


def _share(description: str) -> Schema:
    return _estimate(keys.decimal, "The estimated share.", description)


def _estimate(kind: Callable[[str], Schema], value: str, description: str) -> Schema:
    ends = {"from": kind("The lower end of its interval."), "to": kind("The upper end.")}
    return keys.record({"value": kind(value), **ends}, description)


def records(answer: Estimated) -> dict[str, Any]:
    survey, question = answer.space, answer.question
    found = subject_records(survey) | {"draws": survey.count, "seed": survey.seed}
    found |= asked_records(question.measure, question.limits)
    if question.wants_networks:
        return found | {"drawn": map(network, answer.networks)}
    found |= {
        "settings": _ends(survey.settings),
        "networks": _ends(survey.total),
        "impossible": survey.count - survey.networks_drawn,
    }
    if survey.faults:
        found["faults"] = [
            {"draws": fault.draws, "message": fault_text(fault.error)} for fault in survey.faults
        ]
    found["effective"] = round(survey.effective, 1)
    if answer.within is not None:
        within = answer.within
        found["within"] = {
            "networks": _ends(within.networks),
            "share": _ends(within.by_settings),
            "chance": _ends(within.by_choices),
            "draws": within.draws,
        }
    found["distributions"] = {own.metric: _distribution(own) for own in answer.distributions}
    return found


def _ends(own: Count | Estimate) -> dict[str, Any]:
    return {"value": own.value, "from": own.low, "to": own.high}


def _distribution(own: EstimatedDistribution) -> dict[str, Any]:
    digits = 1 if METRICS[own.metric].is_whole else 9
    return {
        "least": figure(own.least),
        "most": figure(own.most),
        "mean": {
            name: round(value, digits)
            for name, value in zip(("value", "from", "to"), own.mean, strict=True)
        },
        "quantiles": [
            {
                "part": fraction_text(part),
                **{
                    name: None if value is None else figure(value)
                    for name, value in zip(("value", "from", "to"), quantile, strict=True)
                },
            }
            for part, quantile in own.quantiles
        ],
        "histogram": [_bar(bar) for bar in own.bars],
    }


def _bar(bar: EstimatedBar) -> dict[str, Any]:
    return {
        "from": figure(bar.low),
        "to": figure(bar.high),
        "share": round(bar.share, 6),
        "share_from": round(bar.at_least, 6),
        "share_to": round(bar.at_most, 6),
    }


def rows(answer: Estimated) -> Iterator[dict[str, Any]]:
    """A row for each network that was asked for, or for each bar of the histograms."""
    return networks_or_bars(answer, _bar)
