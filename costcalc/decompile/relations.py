"""Say widths of shipped blocks as parts of their map's channels, where all of a type are."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.decompile.params import ratio_of, times
from costcalc.decompile.tree import Body, Item, copied, walk
from costcalc.layers import LAYERS

LEAST = 3
"""Items that must agree: fewer may be so by chance."""
_OWN = ("out_channels", "full_channels")


def related(body: Body) -> Body:
    """A copy of a body in which widths that are one part of in_channels everywhere say so.

    Such as squeeze_channels: in_channels // 4 of all blocks of EfficientNet.
    """
    made = copied(body)
    members: dict[tuple[str, str], list[Item]] = {}
    for item in walk(made):
        if item.type not in LAYERS:
            for name in item.fields:
                if name.endswith("channels") and name not in _OWN:
                    members.setdefault((item.type, name), []).append(item)
    for (_, name), items in members.items():
        _relate(items, name)
    return made


def _relate(items: Sequence[Item], name: str) -> None:
    values = [item.fields[name] for item in items]
    if len(items) < LEAST or len({*map(str, values)}) < 2:
        return
    ratio = ratio_of(values, [item.channels for item in items])
    if ratio is not None:
        for item in items:
            item.fields[name] = times("in_channels", *ratio)
