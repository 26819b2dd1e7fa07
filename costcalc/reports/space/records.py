"""A space of networks for programs: JSON documents, JSON lines and rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from costcalc.language.library import shown_path
from costcalc.metrics import METRICS
from costcalc.reports import keys
from costcalc.reports.keys import Schema
from costcalc.reports.space.parts import fault_text
from costcalc.reports.values import accounting_keys, figure
from costcalc.spaces.answer import Answer
from costcalc.spaces.limits import Limits
from costcalc.spaces.subject import Drawn, Subject
from costcalc.spaces.summary import MEASURES, Bar, Distribution
from costcalc.units import decimal_text, fraction_text

if TYPE_CHECKING:
    from costcalc.spaces.drawn.estimated import Estimated


def cost(description: str) -> Schema:
    """Describe a value of a metric; one of a time is a decimal."""
    return {**keys.decimal(description), "minimum": 0}


_LIMITS = keys.mapping(cost("The bound."), "Bounds by metric.")
SUBJECT = {
    "network": keys.text("The network, or its variant."),
    "path": keys.text("The file."),
    **keys.ACCOUNTING,
    "set?": keys.mapping({"type": "string"}, "Params that were given."),
}
"""Which space it is, and how it is counted."""
ASKED = {
    "measure": keys.word(
        MEASURES, "Whether each setting counts once, or as often as it is drawn choice by choice."
    ),
    "max?": _LIMITS,
    "min?": _LIMITS,
}


def network_schema(*, has_number: bool = True) -> Schema:
    number = {"number": keys.whole("Its number in the space, from 1, for --pick.", minimum=1)}
    return {
        **(number if has_number else {}),
        **keys.metrics(METRICS, always=()),
        "score?": keys.text("Its score, as a decimal or a fraction."),
        "choices": keys.mapping({"type": "string"}, "The option drawn of each choice, by name."),
    }


def schema() -> Schema:
    quantile = {
        "part": keys.ratio("The part of the networks that do not cost more."),
        "least": cost("A proven lower bound of the cost."),
        "most": cost("A proven upper bound of it; the same where it is exact."),
    }
    bar = {
        "from": cost("The least cost of the bar."),
        "to": cost("Where the next bar begins, or the largest cost."),
        "share": keys.decimal("The share of networks in it."),
    }
    distribution = {
        "least": cost("The least cost of a network."),
        "most": cost("The largest."),
        "mean": keys.or_null(keys.ratio("The mean; null of a maximum that has too many values.")),
        "quantiles": keys.array(keys.record(quantile), "Quantiles, the lowest first."),
        "histogram": keys.array(keys.record(bar), "Bars of equal width."),
    }
    estimate = {
        "value": keys.count("The estimated number of networks within the limits."),
        "from": keys.count("The lower end of its 95 % interval."),
        "to": keys.count("The upper end."),
        "accepted": keys.count("Samples within the limits."),
        "tried": keys.count("Samples."),
    }
    chance = {"least": keys.decimal("A lower bound."), "most": keys.decimal("An upper bound.")}
    within = {
        "least": keys.count("A proven lower bound of the number of networks within the limits."),
        "most": keys.count("A proven upper bound of it; the same where it is exact."),
        "exact": keys.flag("Whether they are the same."),
        "estimate?": keys.record(estimate, "Where it is not exact: by samples."),
        "chance?": keys.record(chance, "The share of networks drawn choice by choice within them."),
    }
    fault = {
        "settings": keys.count("The settings that meet it first."),
        "message": keys.text("What is wrong, with its place."),
    }
    return keys.document(
        "A space of networks.",
        {
            **SUBJECT,
            "networks": keys.count("Settings of the choices that make a network."),
            "impossible": keys.count("Settings that make none."),
            "faults?": keys.array(keys.record(fault), "Why these make none."),
            **ASKED,
            "seed?": keys.whole("Of the samples."),
            "within?": keys.record(within, "The networks within max and min."),
            "smallest?": keys.record(network_schema(), "The network that costs least."),
            "largest?": keys.record(network_schema(), "The network that costs most."),
            "distributions?": keys.mapping(
                keys.record(distribution), "How costs are distributed, by metric."
            ),
            "drawn?": keys.array(keys.record(network_schema()), "The networks asked for."),
        },
    )


def records(answer: Answer) -> dict[str, Any]:
    space, question = answer.space, answer.question
    found = subject_records(space)
    found |= {"networks": space.total, "impossible": space.impossible}
    if space.faults:
        found["faults"] = [
            {"settings": fault.settings, "message": fault_text(fault.error)}
            for fault in space.faults
        ]
    found |= asked_records(question.measure, question.limits)
    if question.sample is not None:
        found["seed"] = question.seed
    if answer.within is not None:
        found["within"] = _within(answer)
    if answer.distributions:
        smallest, largest = answer.extremes
        found |= {"smallest": network(smallest), "largest": network(largest)}
        found["distributions"] = {own.metric: _distribution(own) for own in answer.distributions}
    if question.wants_networks:
        found["drawn"] = map(network, answer.networks)
    return found


def subject_records(space: Subject) -> dict[str, Any]:
    found: dict[str, Any] = {
        "network": space.setting.variant or space.file.name,
        "path": shown_path(space.file.path),
        **accounting_keys(space.setting.accounting, space.runtime and space.runtime.text()),
    }
    if space.setting.params:
        found["set"] = {
            name: value.node.value if isinstance(value.node.value, str) else str(name)
            for name, value in space.setting.params.items()
        }
    return found


def asked_records(measure: str, limits: Limits) -> dict[str, Any]:
    found: dict[str, Any] = {"measure": measure}
    if limits.most:
        found["max"] = figures(limits.most)
    if limits.least:
        found["min"] = figures(limits.least)
    return found


def _within(answer: Answer) -> dict[str, Any]:
    assert answer.within is not None
    counted, estimate = answer.within
    found: dict[str, Any] = {
        "least": counted.least,
        "most": counted.most,
        "exact": counted.is_exact,
    }
    if estimate is not None:
        found["estimate"] = {
            "value": estimate.value,
            "from": estimate.low,
            "to": estimate.high,
            "accepted": estimate.accepted,
            "tried": estimate.tried,
        }
    if answer.chance is not None:
        low, high = map(float, answer.chance)
        found["chance"] = {"least": low, "most": high}
    return found


def _distribution(own: Distribution) -> dict[str, Any]:
    return {
        "least": figure(own.least),
        "most": figure(own.most),
        "mean": None if own.mean is None else fraction_text(own.mean),
        "quantiles": [
            {"part": fraction_text(q.part), "least": figure(q.least), "most": figure(q.most)}
            for q in own.quantiles
        ],
        "histogram": [_bar(bar) for bar in own.bars],
    }


def _bar(bar: Bar) -> dict[str, Any]:
    return {"from": figure(bar.low), "to": figure(bar.high), "share": round(bar.share, 6)}


def figures(costs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: figure(own) for name, own in costs.items()}


def network(drawn: Drawn) -> dict[str, Any]:
    found: dict[str, Any] = {} if drawn.number is None else {"number": drawn.number}
    found |= figures(drawn.costs)
    if drawn.score is not None:
        found["score"] = decimal_text(drawn.score)
    return {**found, "choices": drawn.choices}


def network_row(drawn: Drawn) -> dict[str, Any]:
    found = network(drawn)
    choices = found.pop("choices")
    return {**found, "choices": "; ".join(f"{name}={own}" for name, own in choices.items())}


def json_lines(answer: Answer | Estimated) -> Iterator[str]:
    """A line for each network that was asked for."""
    return (json.dumps(network(drawn)) + "\n" for drawn in answer.networks)


def rows(answer: Answer) -> Iterator[dict[str, Any]]:
    """A row for each network that was asked for, or for each bar of the histograms."""
    return networks_or_bars(answer, _bar)


def networks_or_bars(
    answer: Answer | Estimated, of_bar: Callable[[Any], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Rows of the networks that were asked for; else of bars, with the metric before each."""
    if answer.question.wants_networks:
        yield from map(network_row, answer.networks)
        return
    for distribution in answer.distributions:
        for bar in distribution.bars:
            yield {"metric": distribution.metric, **of_bar(bar)}
