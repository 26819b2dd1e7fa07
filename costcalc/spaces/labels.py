"""What choices are called: `stage_2[3].kernel_size` is drawn for the third copy of stage_2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from costcalc.language.item import EACH, Item, type_label
from costcalc.language.network_file import NetworkFile
from costcalc.language.network_use import NetworkUse
from costcalc.language.values import Choice
from costcalc.language.yaml_nodes import text_of
from costcalc.spaces.draws import Draw
from costcalc.spaces.reading import bodies, values_of_all_copies


class Labels:
    """Names the choices of a space; items of one type in a body are numbered."""

    def __init__(self, file: NetworkFile) -> None:
        self._labels: dict[Item, str] = {}
        self._owners: dict[Choice, Item] = {}
        """The items of choices that are drawn before their copies, such as `repeat`."""
        for items in bodies(file):
            self._add(items)

    def _add(self, items: Sequence[Item]) -> None:
        own = [item.names[0] if item.names else _type_of(item) for item in items]
        counts, used = Counter(own), Counter[str]()
        for item, label in zip(items, own, strict=True):
            used[label] += 1
            name = f"{label}_{used[label]}" if counts[label] > 1 else label
            self._labels.setdefault(item, name)
            for value in values_of_all_copies(item):
                self._owners.update(dict.fromkeys(value.choices, item))

    def of(self, draw: Draw, *, copies: bool = True) -> str:
        """The name of a choice at a place; without the numbers of copies, of all of them."""
        parts = []
        for item, copy in draw.path:
            part = self._labels.get(item) or _type_of(item)
            if copies and (item.repeat is not None or item.kind == EACH):
                part += f"[{copy + 1}]"
            parts.append(part)
        owner = self._owners.get(draw.choice)
        if owner is not None:
            parts.append(self._labels[owner])
        return ".".join([*parts, draw.choice.what])


def _type_of(item: Item) -> str:
    if isinstance(item.type, NetworkUse):
        return "network"
    return type_label(item.type)


def option_text(draw: Draw) -> str:
    """An option as it is written."""
    return text_of(draw.value.node)


def labelled(labels: Labels, draws: Iterable[Draw]) -> dict[str, str]:
    """What is drawn, by the names of the choices; a name that is taken gets a number."""
    found: dict[str, str] = {}
    for draw in draws:
        name = own = labels.of(draw)
        number = 1
        while name in found:
            number += 1
            name = f"{own} ({number})"
        found[name] = option_text(draw)
    return found
