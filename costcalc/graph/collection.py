"""Collect garbage by the layers that were built, and not by the objects that were made.

Networks are circles of blocks and layers, so that those no longer in use are only freed by a
collection; and while one is built, its many small objects would start one over and over.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect no garbage in this block: the objects of a network are many, and all in use."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


COLLECTED = 50_000
"""Layers of networks that may be waiting to be freed."""
_waiting = 0


def count_layers(layers: int) -> None:
    """Count a network that is built; those before it are freed where they are many."""
    global _waiting
    if _waiting > COLLECTED:
        gc.collect()
        _waiting = 0
    _waiting += layers


def discount_layers(layers: int) -> None:
    """Discount a network that was dismantled, and so is free without a collection."""
    global _waiting
    _waiting = max(0, _waiting - layers)
