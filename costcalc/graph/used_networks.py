"""Build networks that items of another network use."""

from __future__ import annotations

from collections import ChainMap
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.evaluate import evaluate, undrawn
from costcalc.graph.frame import Frame, named_maps, see
from costcalc.graph.limits import RefusedError
from costcalc.graph.nodes import Group, Nodes, Origin
from costcalc.graph.scaling import scaler
from costcalc.graph.structures import Structures, label_of
from costcalc.language.declared import Declared, Rounding
from costcalc.language.item import Fields, Item
from costcalc.language.network_file import NetworkFile
from costcalc.language.network_use import NetworkUse
from costcalc.language.values import DRAW, Choice, Value
from costcalc.numeric.exact import UNKNOWN


class UsedNetworks(Structures):
    """Knows which network's file is being built, and the params and knobs of it."""

    network: NetworkFile
    """The file that is being built: that of the whole network, or of one that an item uses."""
    base: dict[str, Any]
    """alpha, rho and what scales widths."""
    params: dict[str, Any]
    """The values of the network's params, and the base."""

    def _used(
        self,
        use: NetworkUse,
        fields: Fields,
        maps: Nodes,
        item: Item,
        frame: Frame,
        origin: Origin,
    ) -> Nodes:
        """Build another network in the place of an item, on the maps that the item reads.

        Its alpha is that of this network times its own, unless the item says another.
        """
        file: NetworkFile = use.file
        _, declared = file.variant(use.variant)
        given = {
            name: evaluate(value, frame.scope, item.file.path) for name, value in fields.items()
        }
        names = list(declared.inputs or {})
        if len(maps) != len(names):
            raise self._wrong_count(use.of.value, len(names), len(names), maps, item)
        alpha = given.pop("alpha", None)
        if alpha is None:
            alpha = self.base["alpha"] * (self.alpha_of(declared, file.path) or 1)
        outer = self.network, self.base, self.params, self.lent
        try:
            self.network, self.lent = file, {}
            self.base = {**self.base, "alpha": alpha}
            self.base["scaled"] = scaler(alpha, declared.rounding or Rounding())
            scope = dict(self.base)
            see(scope, maps)
            with self.faults.within(use, item):
                for name in dict.fromkeys((*declared.params, *given)):
                    if name in given:
                        scope[name] = given[name]
                    else:
                        scope[name] = self._default(declared.params[name], scope, file.path)
                self.params = dict(scope)
                self.meter.charge(len(scope))
                named = {"input": maps}
                named.update({name: [one] for name, one in zip(names, maps, strict=True)})
                group = Group(label_of(item, "network"), "network", frame.group, origin)
                out = self._body(use.items, maps, Frame(ChainMap(named), scope, group, origin))
                if use.handed_on:
                    out = [one for name in use.handed_on for one in named_maps(named, name.value)]
            return out
        finally:  # a builder of spaces goes on behind what is wrong
            self.network, self.base, self.params, self.lent = outer

    def draw(self, choice: Choice) -> Value:
        """Draw an option of a choice; only a builder of spaces does."""
        return undrawn(choice)

    def alpha_of(self, declared: Declared, path: str) -> Fraction | None:
        """The alpha that a network's file declares, or None."""
        if declared.alphas is None:
            return declared.alpha
        alpha: Fraction = evaluate(declared.alphas, {DRAW: self.draw}, path)
        return alpha

    def _default(self, value: Value | None, scope: dict[str, Any], path: str) -> Any:
        assert value is not None  # the reader of items asks for params without a default
        try:
            return evaluate(value, scope, path)
        except RefusedError:
            raise
        except CostcalcError as error:
            self.faults.record(error)
            return UNKNOWN
