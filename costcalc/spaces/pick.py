"""Take one network of a space, as other commands take it: by number, or the smallest or largest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.spaces.limits import Limits
from costcalc.spaces.space import Space
from costcalc.spaces.subject import NoChoicesError

SMALLEST, LARGEST = "smallest", "largest"
METRIC = "macs"
"""By which one is the smallest or the largest."""


def which(text: str) -> str | int:
    """Read what is to be picked. Raises ValueError."""
    if text in (SMALLEST, LARGEST):
        return text
    digits = text.replace(",", "").replace("_", "")
    if digits.isdigit() and digits.isascii() and len(digits) <= 100 and int(digits):
        return int(digits)
    raise ValueError(f"{text!r} is neither smallest nor largest nor a number from 1")


class Picker:
    """Takes a network of every space that is read."""

    def __init__(self, pick: str | int, *, others: bool = False) -> None:
        """others: leave files that are no spaces as they are, instead of refusing them."""
        self.pick = pick
        self.others = others
        self.params: Mapping[str, Any] = {}
        """Params that are decided before."""
        self.has_picked = False

    def __call__(self, file: NetworkFile, variant: str | None) -> NetworkFile:
        try:
            space = Space(file, Setting(variant, params=self.params), (METRIC,))
        except NoChoicesError:
            if self.others:
                return file
            raise
        self.has_picked = True
        space.require_any()
        if self.pick == SMALLEST:
            return space.smallest(METRIC).file()
        if self.pick == LARGEST:
            return space.largest(METRIC, Limits({}))[0].file()
        return space.network(int(self.pick)).file()
