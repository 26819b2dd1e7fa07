"""A space of networks for people: how many there are and fit, and how their costs lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from costcalc.metrics import COUNTED, METRICS
from costcalc.numeric.exact import whole
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports.labels import accounting_lines, amount, device_line, heading, title
from costcalc.spaces.answer import Answer
from costcalc.spaces.limits import Limits
from costcalc.spaces.paths import Cost
from costcalc.spaces.space import Drawn, Space, Within
from costcalc.spaces.summary import CHOICES, QUANTILES, Bar, Distribution
from costcalc.text import escaped
from costcalc.units import decimal_text, fixed

MAX_FAULTS = 3
MAX_ROWS = 40
"""Networks of a table; JSON has all."""
BLOCKS = " ▏▎▍▌▋▊▉█"
WIDTH = 40
"""Characters of the longest bar."""
SAID = {
    False: "Every setting of the choices counts once; settings that come out alike are not told "
    "apart.",
    True: "Each choice is drawn by itself, its options alike: networks are not equally probable.",
}


def page(answer: Answer) -> Iterator[Part]:
    space = answer.space
    yield heading(space.file, space.setting.variant)
    setting = space.setting.text()
    if setting:
        yield escaped(setting)
    yield from accounting_lines(space.setting.accounting, space.runtime)
    if "latency" in space.metrics:
        yield from device_line(space.setting)
    yield f"{number(space.total)} networks, as settings of the choices"
    yield from _faults(space)
    if answer.within is not None:
        yield from _within(answer, answer.within)
    if answer.networks:
        yield from _networks(answer)
    else:
        yield from _distributions(answer)
    yield COUNTED


def _faults(space: Space) -> Iterator[Part]:
    if not space.impossible:
        return
    yield f"{number(space.impossible)} more settings make no network:"
    for fault in space.faults[:MAX_FAULTS]:
        yield f"  {number(fault.settings)}: {str(fault.error).splitlines()[0]}"
    if len(space.faults) > MAX_FAULTS:
        yield f"  and {len(space.faults) - MAX_FAULTS} more faults"


def limits_text(space: Space, limits: Limits) -> str:
    most = [f"at most {_said(space, *pair)}" for pair in limits.most.items()]
    least = [f"at least {_said(space, *pair)}" for pair in limits.least.items()]
    return " and ".join([*most, *least])


def _said(space: Space, metric: str, value: Cost) -> str:
    """A value with what it is of: `300 MACs`, `1,024 B of peak memory`, `30 ms of latency`."""
    own = title(metric, space.setting.accounting)
    unit = METRICS[metric].unit
    of = {"byte": " B of", "second": " of"}.get(unit, "") if "bytes" not in own else ""
    return f"{amount(metric, value)}{of} {own}"


def _within(answer: Answer, within: Within) -> Iterator[Part]:
    space = answer.space
    counted = within.counted
    said = limits_text(space, answer.question.limits)
    if counted.is_exact:
        yield f"{number(counted.least)} of them have {said}: {_share(counted.least, space.total)}"
    else:
        yield (
            f"{number(counted.least)} to {number(counted.most)} of them (proven bounds) have "
            f"{said}: {_share(counted.least, space.total)} to {_share(counted.most, space.total)}"
        )
    estimate = within.estimate
    if estimate is not None:
        yield (
            f"estimated: {number(estimate.value)}, in 95 of 100 cases {number(estimate.low)} to "
            f"{number(estimate.high)} ({number(estimate.accepted)} of {number(estimate.tried)} "
            "samples)"
        )
    if answer.chance is not None:
        low, high = map(percent, answer.chance)
        said = low if low == high else f"{low} to {high}"
        yield f"of networks drawn choice by choice: {said}"


def percent(share: Fraction) -> str:
    """A share with at least two digits that say something."""
    if share == 0 or share == 1:
        return f"{int(100 * share)} %"
    places = 2
    while places < 20 and share * 10 ** (places + 1) < 1:
        places += 1
    return f"{fixed(100 * share, places)} %"


def _share(part: int, whole: int) -> str:
    return percent(Fraction(part, whole))


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
        rows.append([_part(part), *cells])
    rows.append(["most", *(amount(own.metric, own.most) for own in shown)])
    rows.append(
        ["mean", *("" if own.mean is None else _mean(own.metric, own.mean) for own in shown)]
    )
    yield Sheet(columns, rows)
    with_bars = next((own for own in shown if own.bars), None)
    if with_bars is not None:
        yield _histogram(with_bars, title(with_bars.metric, counted))
    for word, drawn in zip(("smallest", "largest"), answer.extremes, strict=True):
        yield f"{word} (--pick {word})   {_costs(space, drawn.costs)}"
        yield f"  {escaped(choices_text(drawn))}"
    yield ""


def _part(part: Fraction) -> str:
    return "median" if part == Fraction(1, 2) else f"{decimal_text(100 * part)} %"


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


def _mean(metric: str, mean: Fraction) -> str:
    if mean.denominator == 1 or not METRICS[metric].is_whole:
        return amount(metric, whole(mean))
    return f"{number(int(mean))}.{_tenth(mean)}"


def _tenth(mean: Fraction) -> str:
    return str(int(10 * (mean - int(mean))))


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


def drawn_bar(length: float) -> str:
    eighths = round(length * WIDTH * 8)
    return BLOCKS[8] * (eighths // 8) + BLOCKS[eighths % 8].strip()


def _costs(space: Space, costs: Mapping[str, Cost]) -> str:
    return "   ".join(_said(space, *pair) for pair in costs.items())


def choices_text(drawn: Drawn) -> str:
    """What is drawn, the copies of an item together: `stage_1.kernel_size 3 5 3`.

    Items that drew alike are named together: `stage_1, stage_2: kernel_size 3 (all 2), repeat 2`.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for draw, option in zip(drawn.draws, drawn.choices.values(), strict=True):
        item, _, what = drawn.space.labels.of(draw, copies=False).rpartition(".")
        found.setdefault(item, {}).setdefault(what, []).append(option)
    alike: dict[tuple[str, ...], list[str]] = {}
    for item, choices in found.items():
        own = tuple(f"{what} {_joined(options)}" for what, options in choices.items())
        alike.setdefault(own, []).append(item)
    return "; ".join(_of_items(items, choices) for choices, items in alike.items())


def _of_items(items: Sequence[str], choices: Sequence[str]) -> str:
    if len(items) > 1:
        return f"{', '.join(items)}: {', '.join(choices)}"
    (item,) = items
    return ", ".join(f"{item}.{choice}" if item else choice for choice in choices)


def _joined(options: Sequence[str]) -> str:
    if len(options) > 1 and len(set(options)) == 1:
        return f"{options[0]} (all {len(options)})"
    return " ".join(options)


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
    has_score = answer.networks[0].score is not None
    columns = [Column("number"), *(Column(title(name, counted)) for name in space.metrics)]
    columns += [Column("score")] if has_score else []
    columns.append(Column("choices", left=True))
    rows = []
    for drawn in answer.networks[:MAX_ROWS]:
        cells = [number(drawn.number), *(amount(name, drawn.costs[name]) for name in space.metrics)]
        if drawn.score is not None:
            cells.append(decimal_text(drawn.score))
        rows.append([*cells, escaped(choices_text(drawn))])
    yield Sheet(columns, rows)
    hidden = len(answer.networks) - MAX_ROWS
    if hidden > 0:
        yield f"{number(hidden)} more: --format json has all"
    yield "A network by itself: --pick NUMBER, in analyze and other commands."
