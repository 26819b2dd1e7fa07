"""Undo the spellings of exporters: several items that compute what one layer does become it.

A pattern is a small tree of items. It matches where all items below its root are read by it alone,
so that nothing else changes; items that only move or repeat elements are looked through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isclose, pi, sqrt
from typing import NamedTuple, TypeAlias

from costcalc.importers.graphs.values import Draft, Out

_MOVES = frozenset(("rearrange", "upsample", "identity"))
_COMMUTE = frozenset(("add", "multiply"))
Test: TypeAlias = Callable[[Draft], bool]


class Items(NamedTuple):
    """A pattern: an item of a type that reads what matches others, in any order if it may."""

    type: str
    reads: tuple[Pattern, ...]
    test: Test = lambda draft: draft.scalar is None


Pattern: TypeAlias = "Items | str"
"""A letter stands for any map, the same one wherever it stands."""


def _number(type_: str, x: Pattern, *known: float) -> Items:
    """A merge with a number: one of those that are known, or any."""

    def test(draft: Draft) -> bool:
        found = draft.scalar
        if "branches" not in draft.fields:
            return False
        if not known:
            return True
        return found is not None and any(isclose(found, one, rel_tol=2e-3) for one in known)

    return Items(type_, (x,), test)


def _of(function: str, x: Pattern) -> Items:
    return Items("elementwise", (x,), lambda draft: draft.fields.get("function") == function)


def _mean(x: Pattern) -> Items:
    return Items("reduce", (x,), _is_of_channels)


def _is_of_channels(draft: Draft) -> bool:
    """Whether it is the mean over the channels alone."""
    before, _, after = str(draft.fields["pattern"]).partition(" -> ")
    rest = before.partition(" ")[2]
    same = after == f"1 {rest}".rstrip()
    return "function" not in draft.fields and same and before[0] != "("


def _either(type_: str, x: Pattern, *factors: float) -> list[Items]:
    """A map times a number, or divided by its reciprocal."""
    return [_number("multiply", x, *factors), _number("divide", x, *(1 / one for one in factors))]


X = "x"
_ONE = Items("sigmoid", (X,))
_SHIFTED = Items("relu6", (_number("add", X, 3.0),))
_ERF = [_number("add", _of("erf", scaled), 1.0) for scaled in _either("", X, 1 / sqrt(2))]
_SQUARED = (_of("square", X), Items("multiply", (X, X)))
_CUBES = (
    Items("elementwise", (X,), lambda draft: draft.scalar == 3),
    *(Items("multiply", (X, squared)) for squared in _SQUARED),
)


def _bent(inner: Pattern) -> Items:
    return _number("add", Items("tanh", (inner,)), 1.0)


def _curved(x: Pattern) -> Items:
    return _number("multiply", x, 0.044715)


_SLOPE = sqrt(2 / pi)
_TANH = [
    *(_bent(_number("multiply", Items("add", (X, _curved(cube))), _SLOPE)) for cube in _CUBES),
    *(
        _bent(
            Items(
                "multiply",
                (_number("multiply", X, _SLOPE), _number("add", _curved(squared), 1.0)),
            )
        )
        for squared in _SQUARED
    ),
]
_GELU: list[Items] = []
for _inner in (*_ERF, *_TANH):
    _GELU += [
        _number("multiply", Items("multiply", (X, _inner)), 0.5),
        Items("multiply", (_number("multiply", X, 0.5), _inner)),
        Items("multiply", (X, _number("multiply", _inner, 0.5))),
    ]
_LEFT = Items("subtract", (X, _mean(X)))
_SQUARES = (_of("square", _LEFT), Items("multiply", (_LEFT, _LEFT)))


def _root(squares: Pattern) -> Items:
    return _of("sqrt", _number("add", _mean(squares)))


SPELLINGS: Sequence[tuple[str, Pattern]] = (
    ("silu", Items("multiply", (X, _ONE))),
    ("mish", Items("multiply", (X, Items("tanh", (_of("softplus", X),))))),
    *(("hard_sigmoid", one) for one in _either("", _SHIFTED, 1 / 6)),
    ("hard_swish", Items("multiply", (X, Items("hard_sigmoid", (X,))))),
    *(("hard_swish", one) for one in _either("", Items("multiply", (X, _SHIFTED)), 1 / 6)),
    *(("gelu", one) for one in _GELU),
    *(("layer_norm", Items("divide", (_LEFT, _root(squares)))) for squares in _SQUARES),
    *(
        ("rms_norm", Items("layer_scale", (one,)))  # it has a factor of its own for each channel
        for squares in _SQUARED
        for one in (
            Items("divide", (X, _root(squares))),
            Items("multiply", (X, _of("reciprocal", _root(squares)))),
        )
    ),
)


def respelled(drafts: Sequence[Draft], outputs: Sequence[Out]) -> list[Draft]:
    """The items, with those that one layer stands for as that layer."""
    spelling = _Spelling(drafts, outputs)
    for draft in drafts:
        spelling.draft(draft)
    return [draft for draft in drafts if draft not in spelling.gone]


class _Spelling:
    def __init__(self, drafts: Sequence[Draft], outputs: Sequence[Out]) -> None:
        self.gone: set[Draft] = set()
        self.outputs = set(outputs)
        self.readers: dict[Out, list[Draft]] = {}
        for draft in drafts:
            for source in draft.sources:
                self.readers.setdefault(source, []).append(draft)
        self.by_type: dict[str, list[tuple[str, Items]]] = {}
        for type_, pattern in SPELLINGS:
            if isinstance(pattern, Items):
                self.by_type.setdefault(pattern.type, []).append((type_, pattern))

    def draft(self, draft: Draft) -> None:
        for type_, pattern in self.by_type.get(draft.type, ()):
            for bound, inner in self.matches(pattern, draft.outs[0], {}, ()):
                if self._is_closed(draft, inner):
                    self._replace(draft, type_, bound[X], inner)
                    return
        self._affine(draft)

    def matches(
        self, pattern: Pattern, out: Out, bound: Mapping[str, Out], inner: tuple[Draft, ...]
    ) -> Iterator[tuple[Mapping[str, Out], tuple[Draft, ...]]]:
        """The ways in which a map is made as a pattern says, with the items below."""
        if isinstance(pattern, str):
            for seen, through in self._seen(out):
                if bound.get(pattern, seen) is seen:
                    yield {**bound, pattern: seen}, (*inner, *through)
            return
        *_, (last, through) = self._seen(out)
        draft = last.draft
        if draft.type != pattern.type or not pattern.test(draft):
            return
        if len(draft.sources) != len(pattern.reads):
            return
        orders = [draft.sources]
        if draft.type in _COMMUTE and len(draft.sources) == 2:
            orders.append(draft.sources[::-1])
        for sources in orders:
            found = [(bound, (*inner, *through, draft))]
            for part, source in zip(pattern.reads, sources, strict=True):
                found = [
                    more
                    for known, below in found
                    for more in self.matches(part, source, known, below)
                ]
            yield from found

    def _seen(self, out: Out) -> Iterator[tuple[Out, tuple[Draft, ...]]]:
        """The map, and those that it is when what moves or repeats elements is looked through."""
        through: tuple[Draft, ...] = ()
        yield out, through
        while out.draft.type in _MOVES and len(out.draft.sources) == 1:
            if out.draft.fields.get("mode", "nearest") != "nearest":
                return
            through = (*through, out.draft)
            out = out.draft.sources[0]
            yield out, through

    def _is_closed(self, root: Draft, inner: Sequence[Draft]) -> bool:
        """Whether nothing but the pattern reads what is made below its root."""
        return all(
            draft is root
            or (
                not self.outputs.intersection(draft.outs)
                and all(one in inner for out in draft.outs for one in self.readers.get(out, ()))
            )
            for draft in inner
        )

    def _replace(self, root: Draft, type_: str, x: Out, inner: Sequence[Draft]) -> None:
        self.gone.update(draft for draft in inner if draft is not root)
        for draft in inner:
            for source in draft.sources:
                self.readers[source] = [one for one in self.readers[source] if one is not draft]
        root.type, root.sources, root.scalar = type_, [x], None
        root.fields = {"scale": False, "bias": False} if type_ == "layer_norm" else {}
        self.readers.setdefault(x, []).append(root)

    def _affine(self, draft: Draft) -> None:
        """A trained factor and a trained offset behind a norm are its own."""
        if draft.type == "layer_scale":
            self._own(draft, draft.sources[0], "scale", ())
        elif draft.type == "add" and len(draft.sources) == 2:
            for x, other in (draft.sources, draft.sources[::-1]):
                *_, (own, through) = self._seen(other)
                if own.draft.type == "parameter" and own.shape.elements == x.shape.channels:
                    self._own(draft, x, "bias", (own.draft, *through))

    def _own(self, draft: Draft, x: Out, key: str, inner: Sequence[Draft]) -> None:
        """Make an item the norm that it reads, which has trained numbers of its own then."""
        norm = x.draft
        is_norm = norm.type in ("layer_norm", "group_norm") and norm.fields.get(key) is False
        if not is_norm or self.readers.get(x) != [draft] or x in self.outputs:
            return
        fields = {name: value for name, value in norm.fields.items() if name != key}
        self.gone.update((norm, *inner))
        draft.type, draft.fields, draft.sources = norm.type, fields, norm.sources
        draft.weights = tuple(one for part in (norm, *inner, draft) for one in part.weights)
        for source in draft.sources:
            self.readers[source] = [draft if one is norm else one for one in self.readers[source]]
