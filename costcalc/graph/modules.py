"""The modules of a model file as groups of its layers, as far as the file knows them."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.graph.nodes import Group, Origin
from costcalc.language.places import scope_of
from costcalc.language.yaml_nodes import YamlNode

MODULE = "module"
"""The type of such a group."""
MAX_DEPTH = 20


class Modules:
    """Opens a group for each module; what follows in it goes into the same one."""

    def __init__(self, root: Group) -> None:
        self._open: list[tuple[str, Group]] = [("", root)]

    def around(self, node: YamlNode, origin: Origin) -> Group:
        """The group that the layer of a node of the file stands in."""
        scope = scope_of(node)[:MAX_DEPTH]
        kept = 1
        for part, (name, _) in zip(scope, self._open[1:], strict=False):
            if part != name:
                break
            kept += 1
        del self._open[kept:]
        for place in range(kept - 1, len(scope)):
            label = short(scope, place)
            group = Group(label, MODULE, self._open[-1][1], origin.part)
            self._open.append((scope[place], group))
        return self._open[-1][1]


def short(scope: Sequence[str], place: int) -> str:
    """What a module is called within the one around it: 0 of features.0 in features."""
    name, outer = scope[place], scope[place - 1] if place else ""
    return name[len(outer) + 1 :] if outer and name.startswith(f"{outer}.") else name
