"""The order of execution with the least peak.

What has been executed at any time is a downset of the graph: a set of operations with all that they
read from. An order is a path of downsets from nothing to everything, each of one operation more,
and its peak is the largest number of bytes that are alive at one of its steps. So the best order is
a path whose largest step is the least, found as shortest paths are (Liberis and Lane 2019,
arXiv:1910.05110; Ahn et al. 2020, SERENITY, arXiv:2003.02369): it is exact. A network may have very
many downsets; beyond MAX_SETS of them the order of the text stays, and the result says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from costcalc.memory.lifetimes import joined_without_copies
from costcalc.memory.program import Map, Operation, Program

MAX_SETS = 100_000
"""Downsets that are looked at."""


class Order(NamedTuple):
    """An order of execution by the numbers of operations."""

    operations: Sequence[int]
    peak: int
    least: int
    """No order has a lower peak than this."""

    @property
    def is_best(self) -> bool:
        return self.peak == self.least


class _Piece:
    """Maps that share memory whatever the order: one, or the parts of a concat with its result."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.writers = 0
        """Operations that write into it, as bits; so are those that read it."""
        self.readers = 0
        self.is_output = False

    def is_alive(self, done: int) -> bool:
        """Whether it is there once these operations are done."""
        begun = not self.writers or self.writers & done
        ended = not (self.writers | self.readers) & ~done
        return bool(begun) and (not ended or self.is_output)


class Search:
    """A search over the downsets of one program, at the sizes that its maps have."""

    def __init__(self, program: Program, sizes: Sequence[int]) -> None:
        self.program = program
        self.pieces: list[_Piece] = []
        self.piece_of: dict[Map, _Piece] = {}
        joined = joined_without_copies(program)
        self.shared = set(joined) | set(joined.values())
        """Maps that lie within a result of several, or are one."""
        for map_ in program.maps:
            root = map_
            while root in joined:
                root = joined[root]
            if root not in self.piece_of:
                self.piece_of[root] = _Piece(sizes[root.number])
                self.pieces.append(self.piece_of[root])
            piece = self.piece_of[map_] = self.piece_of[root]
            if map_.writer is not None:
                piece.writers |= 1 << map_.writer
            for reader in map_.readers:
                piece.readers |= 1 << reader
            piece.is_output = piece.is_output or map_.is_output
        self.given = sum(self.piece_of[m].size for m in program.maps if m.writer is None)
        self.around = [self._around(operation) for operation in program.operations]
        self.before = [0] * len(program.operations)
        self.next: list[int] = [0] * len(program.operations)
        for map_ in program.maps:
            if map_.writer is not None:
                for reader in map_.readers:
                    self.before[reader] |= 1 << map_.writer
                    self.next[map_.writer] |= 1 << reader

    def _around(self, operation: Operation) -> list[_Piece]:
        """The pieces whose state an operation may change."""
        return list(dict.fromkeys(self.piece_of[m] for m in (*operation.reads, *operation.writes)))

    def live(self, done: int) -> int:
        """Bytes that are there between steps."""
        return sum(piece.size for piece in self.pieces if piece.is_alive(done))

    def step(self, done: int, live: int, number: int) -> tuple[int, int]:
        """The bytes alive while an operation runs, and those that are left after it."""
        after = done | 1 << number
        around = self.around[number]
        now = sum(piece.size for piece in around if piece.is_alive(done))
        left = sum(piece.size for piece in around if piece.is_alive(after))
        during = live + sum(
            piece.size
            for piece in around
            if not piece.is_alive(done) and piece.writers >> number & 1
        )
        if self.program.runtime.in_place and self._takes_over(number, after):
            during -= self.piece_of[self.program.operations[number].writes[0]].size
        return during, live - now + left

    def _takes_over(self, number: int, after: int) -> bool:
        """Whether an operation works in the memory of an input that ends with it."""
        operation = self.program.operations[number]
        if len(operation.writes) > 1 or not operation.works_in_place:
            return False
        if operation.writes[0] in self.shared:
            return False
        size = self.piece_of[operation.writes[0]].size
        return any(
            source not in self.shared
            and self.piece_of[source].size == size
            and not self.piece_of[source].is_alive(after)
            for source in operation.reads
        )

    def peak_of(self, order: Sequence[int]) -> int:
        """The peak of an order."""
        done, live = 0, self.live(0)
        most = max(live, self.given)
        for number in order:
            during, live = self.step(done, live, number)
            most = max(most, during)
            done |= 1 << number
        return most

    def least(self) -> int:
        """A bound below: what the largest operation alone reads and writes."""
        most = self.given
        for operation, around in zip(self.program.operations, self.around, strict=True):
            bytes_ = sum(piece.size for piece in around)
            if self.program.runtime.in_place and operation.works_in_place:
                bytes_ -= self.piece_of[operation.writes[0]].size
            most = max(most, bytes_)
        return most

    def best(self, most_sets: int = MAX_SETS) -> Order:
        """The order of the least peak; that of the text where it is as good or beyond the limit."""
        written = range(len(self.around))
        bound = self.peak_of(written)
        if bound <= self.least():
            return Order(written, bound, bound)
        every = (1 << len(written)) - 1
        first = sum(1 << number for number in written if not self.before[number])
        start = max(self.live(0), self.given)
        best = {0: start}
        came: dict[int, int] = {}
        # The lowest peak first; of these the downset of most operations, which is nearest the end.
        heap = [(start, 0, 0, self.live(0), first)]
        seen: set[int] = set()
        while heap:
            most, _, done, live, ready = heappop(heap)
            if done in seen:
                continue
            if done == every:
                return Order(_path(came, every), most, most)
            if len(best) > most_sets:
                return Order(written, bound, most)
            seen.add(done)
            for number, during, left in self._moves(done, live, ready, most):
                after, reached = done | 1 << number, max(most, during)
                if reached < best.get(after, bound):
                    best[after] = reached
                    came[after] = number
                    further = ready & ~(1 << number) | self._freed(number, after)
                    heappush(heap, (reached, -after.bit_count(), after, left, further))
        return Order(written, bound, bound)

    def _moves(self, done: int, live: int, ready: int, most: int) -> Sequence[tuple[int, int, int]]:
        """The operations to try next, each with the bytes alive in its step and after it.

        One that neither raises the peak nor leaves more behind than there was can as well be the
        next: wherever it came later in an order, it and all before it would need no less.
        """
        found = []
        for number in _bits(ready):
            during, left = self.step(done, live, number)
            if during <= most and left <= live:
                return [(number, during, left)]
            found.append((number, during, left))
        return found

    def _freed(self, number: int, done: int) -> int:
        """The operations that wait for nothing else than this one."""
        return sum(1 << n for n in _bits(self.next[number]) if not self.before[n] & ~done)


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _path(came: dict[int, int], done: int) -> list[int]:
    """The operations by which a downset was reached."""
    order: list[int] = []
    while done:
        order.append(came[done])
        done ^= 1 << came[done]
    return order[::-1]
