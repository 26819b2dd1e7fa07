"""Sizes as tables show them."""


def side(pair: tuple[int, int] | None) -> str:
    """`3` for equal sides, else `10×4`."""
    if pair is None:
        return ""
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}×{pair[1]}"


def size(pair: tuple[int, int] | None) -> str:
    """`3×3`."""
    return "" if pair is None else f"{pair[0]}×{pair[1]}"
