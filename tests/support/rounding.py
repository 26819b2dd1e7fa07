"""How the reference implementations round widths."""

from fractions import Fraction


def make_divisible(v: Fraction, divisor: int) -> int:
    """torchvision's `_make_divisible`, word by word, but for its floats.

    https://github.com/pytorch/vision/blob/main/torchvision/models/_utils.py
    """
    min_value = divisor
    new_v = max(min_value, int(v + Fraction(divisor, 2)) // divisor * divisor)
    # Make sure that round down does not go down by more than 10%.
    if new_v < Fraction(9, 10) * v:
        new_v += divisor
    return new_v
