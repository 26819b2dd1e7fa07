"""Read the network that a file holds, in whatever format it is written."""

from __future__ import annotations

from costcalc.errors import CostcalcError, Position
from costcalc.importers.formats import Content, of_ending, translated
from costcalc.language.deciding import decided
from costcalc.language.includes import WORKING_TREE, Tree
from costcalc.language.lookup import find, shipped
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import has_key


def read_network(content: Content, path: str, tree: Tree = WORKING_TREE) -> NetworkFile:
    """Read a network from what its file holds, a text or the bytes of a model file.

    Raises Problems with everything that is wrong with it.
    """
    return decided(_read(content, path, tree))


def _read(content: Content, path: str, tree: Tree = WORKING_TREE) -> NetworkFile:
    text = content if isinstance(content, str) else ""
    foreign = translated(content, path)
    if foreign is None:
        _check_ending(text, path)
    return NetworkFile(text, path, tree, foreign=foreign)


def _check_ending(text: str, path: str) -> None:
    """Raise CostcalcError for a text that is of no format, though the file ends as those of one."""
    meant = [] if path.endswith((".yaml", ".yml")) else of_ending(path)
    if meant and text.strip() and not has_key(text, path, ("layers", "input", "blocks")):
        titles = " nor ".join(one.title for one in meant)
        raise CostcalcError(
            f"this is neither a network of costcalc nor {titles}",
            position=Position(path, 1, 1),
            hint=", or ".join(f"{one.title} has {one.marks}" for one in meant),
        )


def shown_text(net: str, variant: str | None = None) -> str:
    """Return the text of NET's file; a variant that is named comes first in it."""
    path, named, _ = find(net, variant)
    if named is None:
        content = _content(path)
        if isinstance(content, str):
            return content
        raise CostcalcError(
            f"{path} is a model file, which has no text",
            hint="costcalc convert writes the network in it as one",
        )
    from costcalc.language.reorder import with_variant_first  # only show needs it

    return with_variant_first(load_file(net, variant)[0], named)


def _content(path: str) -> Content:
    from costcalc.importers.content import network_content  # a shipped network does without

    return network_content(path)


def find_content(net: str, variant: str | None = None) -> tuple[str, Content, str | None]:
    """Find NET's file: its path, as messages show it, what it holds, and the named variant."""
    path, named, _ = find(net, variant)
    return "<stdin>" if path == "-" else path, _content(path), named


def load_file(net: str, variant: str | None = None) -> tuple[NetworkFile, str | None]:
    """Read the file of NET; return it and the variant that is named, in NET or beside it."""
    path, named, is_shipped = find(net, variant)
    if is_shipped:
        return decided(shipped(path), named), named
    file = _read(_content(path), "<stdin>" if path == "-" else path)
    return decided(file, named), named
