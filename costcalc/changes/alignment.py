"""Match the layers of two networks by names, order and similarity."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from difflib import SequenceMatcher

from costcalc.graph.nodes import Group, Node

MAX_PAIRS = 1_000_000
"""Pairs of similar layers in a range; beyond that, similar layers are matched in order."""
MAX_VISITS = 30_000_000
"""Visits of such pairs by the search for matching runs, which goes over them once a run."""


def match(old: Sequence[Node], new: Sequence[Node]) -> list[tuple[int, int]]:
    """Match layers of two networks; a pair is the positions of one layer in both.

    Layers are matched first by the names that a text gives them. Between these, equal sequences of
    types and labels are matched one to one, and other layers by similarity: equal fields, then
    equal type and label, then equal type. Shapes are not compared, because one changed stride
    changes the shapes of all layers behind it.
    """
    named = _by_names(old, new)
    pairs = list(named)
    structure = _keys(old, _labelled), _keys(new, _labelled)
    for stretch in _gaps((0, len(old), 0, len(new)), named):
        start, end, other, other_end = stretch
        if structure[0][start:end] == structure[1][other:other_end]:
            pairs += zip(range(start, end), range(other, other_end), strict=True)
        else:
            pairs += _best(old, new, stretch)
    return sorted(pairs)


def _best(
    old: Sequence[Node], new: Sequence[Node], stretch: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    """Match by fields first, and by labels first; return the one with more or more equal pairs."""
    ways = [_by_likeness(old, new, stretch, keys) for keys in _WAYS]
    return max(
        ways,
        key=lambda pairs: (len(pairs), sum(_alike(old[a]) == _alike(new[b]) for a, b in pairs)),
    )


def _by_likeness(
    old: Sequence[Node],
    new: Sequence[Node],
    stretch: tuple[int, int, int, int],
    keys: Sequence[Callable[[Node], Hashable]],
) -> list[tuple[int, int]]:
    start, end, other, other_end = stretch
    pairs: list[tuple[int, int]] = []
    stretches = [(0, end - start, 0, other_end - other)]
    structure = _keys(old[start:end], _labelled), _keys(new[other:other_end], _labelled)
    for key in keys:
        left, right = _keys(old[start:end], key), _keys(new[other:other_end], key)
        waiting, stretches = stretches, []
        for inner in waiting:
            first, last, second, second_last = inner
            if structure[0][first:last] == structure[1][second:second_last]:
                found = list(zip(range(first, last), range(second, second_last), strict=True))
            else:
                found = _alignment(left, right, inner)
            pairs += found
            stretches += _gaps(inner, found)
    return [(start + a, other + b) for a, b in pairs]


def _alike(node: Node) -> Hashable:
    return node.layer.type, repr(sorted(node.layer.__dict__.items()))


def _labelled(node: Node) -> Hashable:
    return node.layer.type, node.label, node.group.type


def _typed(node: Node) -> Hashable:
    return node.layer.type


_WAYS = ((_alike, _labelled, _typed), (_labelled, _typed))


def _keys(nodes: Sequence[Node], key: Callable[[Node], Hashable]) -> list[int]:
    return [hash(key(node)) for node in nodes]


def _by_names(old: Sequence[Node], new: Sequence[Node]) -> list[tuple[int, int]]:
    """Match layers whose type and given name is unique on both sides, in increasing order."""
    places = [_unique_names(nodes) for nodes in (old, new)]
    both = sorted((places[0][key], places[1][key]) for key in places[0].keys() & places[1].keys())
    return _rising(both)


def _unique_names(nodes: Sequence[Node]) -> dict[Hashable, int]:
    return {
        (node.layer.type, node.name): place
        for place, node in enumerate(nodes)
        if _has_name(node) and not _is_numbered(node)
    }


def _has_name(node: Node) -> bool:
    """Whether a text names the layer; names in model files are often just numbers."""
    return node.origin.item is not None and bool(node.origin.item.names)


def _is_numbered(node: Node) -> bool:
    """Whether its name, or a block's around it, is only its number among siblings of one label."""
    part: Node | Group = node
    while part.name:
        if part.name.rpartition(".")[2] != part.label:
            return True
        above = part.group if isinstance(part, Node) else part.parent
        if above is None:
            break
        part = above
    return False


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of pairs sorted by first numbers, return the longest part whose second numbers rise."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, right) in enumerate(pairs):
        place = bisect_left(tails, right)
        tails[place : place + 1] = [right]
        ends[place : place + 1] = [number]
        before.append(ends[place - 1] if place else -1)
    chain: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _gaps(
    stretch: tuple[int, int, int, int], pairs: Iterable[tuple[int, int]]
) -> list[tuple[int, int, int, int]]:
    """Return the ranges between pairs where both sides have layers."""
    start, end, other, other_end = stretch
    gaps = []
    for left, right in [*pairs, (end, other_end)]:
        if left > start and right > other:
            gaps.append((start, left, other, right))
        start, other = left + 1, right + 1
    return gaps


def _alignment(
    old: Sequence[int], new: Sequence[int], stretch: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    """Match equal keys in order: common start, common end, and a longest match between."""
    start, end, other, other_end = stretch
    pairs: list[tuple[int, int]] = []
    while start < end and other < other_end and old[start] == new[other]:
        pairs.append((start, other))
        start, other = start + 1, other + 1
    while start < end and other < other_end and old[end - 1] == new[other_end - 1]:
        end, other_end = end - 1, other_end - 1
        pairs.append((end, other_end))
    left, right = old[start:end], new[other:other_end]
    counts = Counter(left), Counter(right)
    work = sum(count * counts[1][key] for key, count in counts[0].items())
    if work * min(len(left), len(right)) <= MAX_VISITS:
        for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
            pairs += [(start + block.a + n, other + block.b + n) for n in range(block.size)]
    else:
        alike = _all_pairs if work <= MAX_PAIRS else _in_order
        pairs += _rising([(start + a, other + b) for a, b in alike(left, right)])
    return sorted(pairs)


def _all_pairs(left: Sequence[int], right: Sequence[int]) -> list[tuple[int, int]]:
    """Pair equal keys, the last first, so that a rising subsequence takes one pair of each."""
    places: dict[int, list[int]] = defaultdict(list)
    for place in reversed(range(len(right))):
        places[right[place]].append(place)
    return [(place, other) for place, key in enumerate(left) for other in places.get(key, ())]


def _in_order(left: Sequence[int], right: Sequence[int]) -> list[tuple[int, int]]:
    """Pair the first of a key with the first of it on the other side, and so on."""
    waiting: dict[int, list[int]] = defaultdict(list)
    for place in reversed(range(len(right))):
        waiting[right[place]].append(place)
    return [(place, waiting[key].pop()) for place, key in enumerate(left) if waiting[key]]
