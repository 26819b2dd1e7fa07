"""What is said about model files beside their path, while they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import NamedTuple


class Options(NamedTuple):
    """How a model file is read."""

    inputs: Mapping[str, Sequence[int]] = MappingProxyType({})
    """Shapes of its inputs by name, where the file leaves sides open."""
    skip_unknown: bool = False
    """Whether ops that have no layer are left out, with a warning, and are no error."""
    resolution: tuple[int, int] | None = None
    """Height and width of an image whose sides the file leaves open."""


_options: ContextVar[Options | None] = ContextVar("how model files are read", default=None)


@contextmanager
def reading_models(
    inputs: Mapping[str, Sequence[int]] = MappingProxyType({}),
    skip_unknown: bool = False,
    resolution: tuple[int, int] | None = None,
) -> Iterator[None]:
    """Read model files so while the context is open, beside what is said around it."""
    before = current()
    shapes = {**before.inputs, **inputs}
    skips = before.skip_unknown or skip_unknown
    token = _options.set(Options(shapes, skips, resolution or before.resolution))
    try:
        yield
    finally:
        _options.reset(token)


def current() -> Options:
    return _options.get() or Options()
