"""A picture of a space: the histogram of its first metric."""

from __future__ import annotations

from fractions import Fraction
from typing import BinaryIO

from costcalc.errors import CostcalcError
from costcalc.metrics import METRICS
from costcalc.reports.labels import amount, title
from costcalc.reports.plot import cells, image
from costcalc.reports.plot.picture import MAX_NAME, Picture, Rows, Series, Spot
from costcalc.reports.plot.scale import brief, linear
from costcalc.spaces.answer import Answer
from costcalc.spaces.drawn.estimated import Estimated
from costcalc.spaces.paths import Cost
from costcalc.spaces.summary import CHOICES
from costcalc.text import escaped, shortened
from costcalc.units import fixed


def in_terminal(answer: Answer | Estimated, width: int, height: int, color: bool) -> str:
    """Draw the histogram as text of at most so many columns."""
    return cells.draw(picture(answer), width, max(height, 30), color)


def to_file(answer: Answer | Estimated, file: BinaryIO, format: str) -> None:
    """Draw the histogram in one of FORMATS."""
    image.draw(picture(answer), file, format)


def picture(answer: Answer | Estimated) -> Picture:
    own = next((one for one in answer.distributions if one.bars), None)
    if own is None:
        raise CostcalcError("there is no histogram to draw of networks that are asked for")
    metric = title(own.metric, answer.space.setting.accounting)
    shares = [Fraction(bar.share).limit_denominator(10**6) * 100 for bar in own.bars]
    room = max(shares) * 9 / 8  # for the figure at the end of the longest bar
    x = linear([*shares, room], zero=True)
    rows = Rows(
        [f"{_end(own.metric, bar.low)} to {_end(own.metric, bar.high)}" for bar in own.bars]
    )
    spots = [
        Spot(x.at(share), rows.at(place), fixed(share, 2)) for place, share in enumerate(shares)
    ]
    name = answer.space.setting.variant or answer.space.file.name
    how = "choice by choice" if answer.question.measure == CHOICES else "each setting once"
    if isinstance(answer, Estimated):
        how += f", estimated by {answer.space.count:,} draws"
    return Picture(
        "bars",
        f"{shortened(escaped(name), MAX_NAME)}: {metric} of its networks",
        how,
        x,
        "share (%)",
        rows,
        metric,
        [Series("", spots)],
        limit=None,
        notes=[],
    )


def _end(metric: str, cost: Cost) -> str:
    return brief(int(cost), 1) if METRICS[metric].is_whole else amount(metric, cost)
