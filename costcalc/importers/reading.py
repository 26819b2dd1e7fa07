"""Read the network that a file holds, in whatever format it is written."""

from __future__ import annotations

from costcalc.importers.containers import network_text
from costcalc.importers.formats import format_of
from costcalc.language.includes import WORKING_TREE, Tree
from costcalc.language.lookup import find, shipped
from costcalc.language.network_file import NetworkFile


def read_network(text: str, path: str, tree: Tree = WORKING_TREE) -> NetworkFile:
    """Read a network from a text. Raises Problems with everything that is wrong with it."""
    foreign = format_of(text)
    return NetworkFile(text, path, tree, foreign=foreign and foreign.translate(text, path))


def shown_text(net: str, variant: str | None = None) -> str:
    """Return the text of NET's file; a variant that is named comes first in it."""
    path, named, _ = find(net, variant)
    if named is None:
        return network_text(path)
    from costcalc.language.reorder import with_variant_first  # only show needs it

    return with_variant_first(load_file(net, variant)[0], named)


def find_text(net: str, variant: str | None = None) -> tuple[str, str, str | None]:
    """Find NET's file, whatever it holds: its path, as messages show it, text and named variant."""
    path, named, _ = find(net, variant)
    return "<stdin>" if path == "-" else path, network_text(path), named


def load_file(net: str, variant: str | None = None) -> tuple[NetworkFile, str | None]:
    """Read the file of NET; return it and the variant that is named, in NET or beside it."""
    path, named, is_shipped = find(net, variant)
    if is_shipped:
        return shipped(path), named
    return read_network(network_text(path), "<stdin>" if path == "-" else path), named
