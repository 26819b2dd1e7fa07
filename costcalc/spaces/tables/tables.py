"""Count paths whose numbers add up to at most a limit, exactly, by dynamic programming.

A table of a state says how many paths lead to it for each sum; only sums are kept of which it is
still open whether they fit. What fits whatever follows is counted at once, in Python's integers.
"""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.spaces.weights import Weighed

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[Any]

MAX_ENTRIES = 1_000_000
"""Additions of sums in dictionaries; a second's."""
MAX_BYTES = 400 * 2**20
"""Of all tables at a time."""
MAX_ADDITIONS = 20_000_000_000
"""Of arrays: some ten seconds'."""
INT64 = 2**63 - 1
INT32 = 2**31 - 1
CHUNK = 1 << 15
"""Entries of a table that are added to at a time."""


class Band(NamedTuple):
    """The sums at a state of which it is open whether they fit: from `low`, so many."""

    low: int
    size: int


class Plan(NamedTuple):
    """What counting takes, before it is done."""

    bands: list[Band]
    entries: int
    """Additions, if each sum that may occur is one."""
    additions: int
    bytes: int
    """At most, at a time."""
    paths: int
    """At most, to a state of which sums are open."""


def plan(weighed: Weighed, limit: int) -> Plan:
    """Find which sums are open at each state, and what it takes to keep them all."""
    bands = []
    for state in range(len(weighed.into)):
        low = max(weighed.least[state], limit - weighed.rest_most[state] + 1)
        high = min(weighed.most[state], limit - weighed.rest_least[state])
        size = high - low + 1 if weighed.paths[state] and weighed.rest[state] else 0
        bands.append(Band(low, max(0, size)))
    entries = additions = most = now = paths = 0
    ending: dict[int, int] = {}
    for state, arcs in enumerate(weighed.into):
        now += bands[state].size
        most = max(most, now)
        for source, _, _ in arcs:
            additions += bands[source].size
            entries += min(bands[source].size, weighed.paths[source])
        ending[weighed.last_use[state]] = ending.get(weighed.last_use[state], 0)
        ending[weighed.last_use[state]] += bands[state].size
        now -= ending.pop(state, 0)
        if bands[state].size:
            paths = max(paths, weighed.paths[state])
    return Plan(bands, entries, additions, 8 * most, paths)


def is_countable(found: Plan) -> bool:
    """Whether the tables are small enough."""
    if found.entries <= MAX_ENTRIES:
        return True
    passes = 1 if found.paths <= INT64 else 1 + len(_primes(found.paths))
    return found.bytes <= MAX_BYTES and found.additions * passes <= MAX_ADDITIONS


def count(weighed: Weighed, limit: int, found: Plan | None = None) -> int:
    """How many paths add up to at most a limit."""
    if limit < weighed.least[weighed.end]:
        return 0
    if limit >= weighed.most[weighed.end]:
        return weighed.total
    found = found or plan(weighed, limit)
    if found.entries <= MAX_ENTRIES:
        return _by_dictionaries(weighed, found)
    if found.paths <= INT64:
        return _by_arrays(weighed, found, None)
    moduli = [2**64, *_primes(weighed.total)]
    return _joined([(m, _by_arrays(weighed, found, m)) for m in moduli])


def _primes(total: int) -> list[int]:
    """As many moduli as numbers of so many paths take, beside 2**64: the largest of 31 bits."""
    found: list[int] = []
    product = 2**64
    candidates = range(2**31 - 1, 0, -2)
    for prime in filter(_is_prime, candidates):
        if product > total:
            break
        found.append(prime)
        product *= prime
    return found


def _is_prime(odd: int) -> bool:
    return all(odd % divisor for divisor in range(3, isqrt(odd) + 1, 2))


def _joined(residues: list[tuple[int, int]]) -> int:
    """The number below the product of all moduli that is congruent to a number by each."""
    value, product = 0, 1
    for modulus, residue in residues:
        value += product * ((residue - value) * pow(product, -1, modulus) % modulus)
        product *= modulus
    return value


def _by_dictionaries(weighed: Weighed, found: Plan) -> int:
    fitting = 0
    tables: list[dict[int, int]] = [{} for _ in weighed.into]
    tables[0] = {0: 1}
    for state, arcs in enumerate(weighed.into):
        band = found.bands[state]
        own = tables[state]
        for source, number, many in arcs:
            for before, paths in tables[source].items():
                sum_ = before + number
                if sum_ < band.low:
                    fitting += paths * many * weighed.rest[state]
                elif sum_ < band.low + band.size:
                    own[sum_] = own.get(sum_, 0) + paths * many
    return fitting


def _by_arrays(weighed: Weighed, found: Plan, modulus: int | None) -> int:
    """Count in machine numbers: exactly, where they hold every number of paths, or by a modulus."""
    import numpy as np

    tables: dict[int, Array] = {}
    fitting = 0
    for state, arcs in enumerate(weighed.into):
        band = found.bands[state]
        own = np.zeros(band.size, dtype=_kind(weighed.paths[state], modulus))
        if state == 0 and band.size:
            own[0] = 1
        parts = []
        for source, number, many in arcs:
            table, low = tables[source], found.bands[source].low + number
            # Sums below the band fit, and those above it do not.
            below = min(max(0, band.low - low), len(table))
            if below:
                fitting += _sum(table[:below], modulus) * many * weighed.rest[state]
            if below < len(table) and low < band.low + band.size:
                parts.append((table, low - band.low, many))
        _fill(own, parts, modulus)
        tables[state] = own
        for done in _done(weighed, state):
            tables.pop(done, None)
    return fitting


def _kind(paths: int, modulus: int | None) -> Any:
    """A type that holds every number of paths: the smaller, the faster."""
    import numpy as np

    if modulus is not None:
        return np.uint64
    return np.int32 if paths <= INT32 else np.int64


def _fill(own: Array, parts: list[tuple[Array, int, int]], modulus: int | None) -> None:
    """Add up tables, each at its place and so many times; a part of the sums after the other.

    So what is added to stays in the processor's cache.
    """
    import numpy as np

    for start in range(0, len(own), CHUNK):
        target = own[start : start + CHUNK]
        for table, place, many in parts:
            first = max(start, place)
            stop = min(start + len(target), place + len(table))
            if first >= stop:
                continue
            part = table[first - place : stop - place]
            if many != 1:
                part = part * own.dtype.type(many % modulus if modulus else many)
            into = target[first - start : stop - start]
            if modulus is not None and modulus < 2**64:
                np.remainder(into + part, own.dtype.type(modulus), out=into)
            else:
                np.add(into, part, out=into)


def _done(weighed: Weighed, state: int) -> list[int]:
    """The states whose tables are needed no more behind a state."""
    sources = {source for source, _, _ in weighed.into[state]} | {state}
    return [source for source in sources if weighed.last_use[source] <= state]


def _sum(table: Array, modulus: int | None) -> int:
    """The sum of a table, by a modulus.

    Without one it is at most the number of paths to the state, which 64 bits hold; with a small
    one, there are less than 2**32 numbers below 2**31.
    """
    import numpy as np

    return int(table.sum(dtype=np.int64 if modulus is None else np.uint64))
