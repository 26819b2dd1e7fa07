"""Networks and sizes as reports call them."""

from costcalc.printable import clean
from costcalc.spec.catalog import shown_path
from costcalc.spec.network_file import NetworkFile


def heading(file: NetworkFile, variant: str | None) -> str:
    """The first line of a report: the network, its variant where that has a name of its own."""
    title = clean(file.name)
    if variant and variant != file.name:
        title += f" ({clean(variant)})"
    return f"{title}  {clean(shown_path(file.path))}"


def side(pair: tuple[int, int] | None) -> str:
    """`3` for equal sides, else `10×4`."""
    if pair is None:
        return ""
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}×{pair[1]}"


def size(pair: tuple[int, int] | None) -> str:
    """`3×3`."""
    return "" if pair is None else f"{pair[0]}×{pair[1]}"
