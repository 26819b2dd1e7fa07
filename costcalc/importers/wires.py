"""Items that read one another's maps by the names of a file's own: blobs, tensors, layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from costcalc.importers.nodes import Made
from costcalc.language.names import RESERVED, SHARED


class Wires:
    """The names that maps have in the network, by their names in the file.

    A file may give a name again, as layers do that work in place: the last map of a name counts.
    """

    def __init__(self, inputs: Mapping[str, str]) -> None:
        self.names = dict(inputs)
        self.void: set[str] = set()
        """What is no map of the network, such as boxes."""
        self._used = {*inputs.values(), *RESERVED, SHARED}
        self._numbers: dict[str, int] = {}
        """Of a name that was given several times, the last number behind it."""

    def unique(self, name: str) -> str:
        """Return a name that no item has yet."""
        name = name or "layer"
        number, own = self._numbers.get(name, 1), name
        while own in self._used:
            number += 1
            own = f"{name}_{number}"
        self._numbers[name] = number
        self._used.add(own)
        return own

    def give(self, blobs: Iterable[str], names: Iterable[str]) -> None:
        """Record which items make the maps that the file calls so."""
        for blob, name in zip(blobs, names, strict=False):
            self.names[blob] = name
            self.void.discard(blob)

    def own(self, name: str, count: int) -> list[str]:
        """Return names for as many maps as an item of a name makes."""
        if count == 1:
            return [self.unique(name)]
        return [self.unique(f"{name}.{number}") for number in range(count)]

    def missing(self, blobs: Iterable[str]) -> str | None:
        """Return the first blob that nothing before has made."""
        return next((blob for blob in blobs if blob not in self.names), None)

    def read(self, blobs: Iterable[str]) -> list[str]:
        """Return the names of maps that an item reads."""
        return [self.names[blob] for blob in blobs]


def named(names: Sequence[str], sources: Sequence[str]) -> dict[str, Made]:
    """The keys of an item that say what it is called and what it reads."""
    return {
        "name": names[0] if len(names) == 1 else list(names),
        "from": sources[0] if len(sources) == 1 else list(sources),
    }
