"""A network that an item uses: `network: NET`, or `{of: NET or file, outputs: [names]}`."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from costcalc.errors import CostcalcError, nearest
from costcalc.language.file_set import MAX_INCLUDED, MAX_INCLUDES, Files, included_text
from costcalc.language.item import Blocks, Item, Signature
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import ScalarNode, SequenceNode, YamlNode, is_empty, position

WORD = "network"
KEYS = ("of", "outputs")
_ENDINGS = (".yaml", ".yml")


class NetworkUse(Signature):
    """The network, its variant, and what is taken of it; its params are those of the network."""

    is_network = True

    def __init__(self, of: ScalarNode, file: Any, variant: str | None) -> None:
        super().__init__(WORD)
        self.of = of
        self.file = file
        """A NetworkFile."""
        self.variant = variant
        self.items: list[Item] = file.items
        """Those up to the last that gives an output."""
        self.handed_on: list[ScalarNode] = file.outputs
        """The names of the maps that it hands on; without any, those of the last item."""
        self.texts: dict[str, YamlNode] = {f"of: {of.value}": of}
        """What is written for it beside its params."""
        self.params = dict.fromkeys((*file.network_params, "alpha"), Value(of, None))

    @property
    def title(self) -> str:
        return f"network {self.of.value}"


def read_use(file: Blocks, of: YamlNode | None, outputs: YamlNode | None, item: Item) -> Any:
    """Read which network an item uses, and which of its maps; None where that is faulty."""
    if not isinstance(of, ScalarNode) or is_empty(of):
        hint = "network: NET or file, or network: {of: NET or file, outputs: [names]}"
        file.fail(of or item.node, "network needs the name or the file of a network", hint)
        return None
    found = _found(file, of)
    if found is None:
        return None
    try:
        found[0].variant(found[1])
    except CostcalcError as error:
        file.fail(of, error.message, error.hint)
        return None
    use = NetworkUse(of, *found)
    if outputs is not None:
        _take(file, use, outputs)
    return use


def _take(file: Blocks, use: NetworkUse, outputs: YamlNode) -> None:
    """Take some maps of the network's body, and leave out all items after the last of them."""
    use.texts[f"outputs: {outputs.value}"] = outputs
    names = outputs.value if isinstance(outputs, SequenceNode) else []
    given = [_names(item) for item in use.file.items]
    known = set().union(*given)
    if not names or not all(isinstance(name, ScalarNode) for name in names):
        file.fail(outputs, "outputs must be a list of names", "outputs: [c4, c5]")
        return
    for name in names:
        if name.value not in known:
            names = ", ".join(sorted(known)[:20])
            hint = nearest(name.value, known) or (
                f"its items are named {names}" if names else "none of its items has a name"
            )
            file.fail(name, f"no map of {use.of.value} is named '{name.value}'", hint)
            return
    wanted = {name.value for name in names}
    last = max(place for place, names in enumerate(given) if wanted & names)
    use.items, use.handed_on = use.file.items[: last + 1], names


def _names(item: Item) -> set[str]:
    """The names that an item gives to the body that it stands in; so do those of its branches."""
    inside = (_names(one) for branch in item.branches or () for one in branch)
    return set(item.names).union(*inside)


def _found(file: Blocks, of: ScalarNode) -> tuple[Any, str | None] | None:
    """The file of a network and the variant that is named: FILE, FILE:VARIANT or a shipped NET."""
    path, variant = of.value, None
    if not path.endswith(_ENDINGS):
        path, _, variant = path.rpartition(":")
    files: Files | None = getattr(file, "files", None)
    if path.endswith(_ENDINGS) and files is not None:
        network = _read(file, files, of, os.path.join(os.path.dirname(file.path), path))
        return None if network is None else (network, variant)
    try:
        found: tuple[Any, str | None] = import_module("costcalc.language.lookup").shipped_network(
            of.value
        )
    except CostcalcError as error:
        hint = error.hint or "a file's name ends in .yaml"
        file.fail(of, error.message, hint)
        return None
    return found


def _read(file: Blocks, files: Files, of: ScalarNode, target: str) -> Any:
    """Read the file of a network, once; None where it cannot be read."""
    try:
        place = files.tree.locate(target, files.network)
    except CostcalcError as error:
        file.fail(of, error.message, error.hint)
        return None
    if place in files.open:
        chain = [*files.open[files.open.index(place) :], place]
        names = " -> ".join(map(os.path.basename, chain))
        file.fail(of, f"the network uses itself: {names}")
        return None
    if len(files.open) > MAX_INCLUDES:
        file.fail(of, f"networks may use one another at most {MAX_INCLUDES} deep")
        return None
    if place not in files.networks:
        if len(files.networks) + len(files.done) + len(files.open) > MAX_INCLUDED:
            file.fail(of, f"a network uses and includes at most {MAX_INCLUDED} files")
            return None
        files.open.append(place)
        try:
            network = import_module("costcalc.language.network_file").NetworkFile
            text = included_text(target, files.tree)
            files.networks[place] = network(text, target, files.tree, files)
        except CostcalcError as error:
            for one in error.problems:
                use = position(file.path, of)
                if one.position is None:
                    one.position = use
                else:
                    one.notes.append(f"used at {use}")
            file.found.extend(error.problems)
            return None
        finally:
            files.open.pop()
    return files.networks[place]
