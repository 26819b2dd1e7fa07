"""What is asked of the text of a network."""

from __future__ import annotations

from typing import NamedTuple


class Wanted(NamedTuple):
    """What is asked of a text."""

    flat: bool = False
    """Without blocks and repeats."""
    form: str | None = None
    """Every convolution as standard or separable."""
    unfold: bool = False
    """With the batch norms that were folded."""
    explain: bool = False
    """With comments that say what was recognised, and why the rest was not."""


AS_IT_IS = Wanted()
