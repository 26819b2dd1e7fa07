"""What a network costs at the settings of its limits, each network built once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costcalc.costs.totals import metric_of
from costcalc.errors import CostcalcError, CostcalcWarning
from costcalc.graph.builder import build
from costcalc.graph.limits import UndrawnError
from costcalc.graph.nodes import Network, Node
from costcalc.graph.patterns import matching
from costcalc.graph.setting import AS_WRITTEN, Setting, replace
from costcalc.graph.warnings import warnings_of
from costcalc.language.network_file import NetworkFile
from costcalc.numeric.exact import Number
from costcalc.project.limits import Limit

if TYPE_CHECKING:
    from costcalc.spaces.space import Space
    from costcalc.spaces.tables.count import Counted
    from costcalc.spaces.walked import Numbered


class CostCache:
    """The networks of a file by setting, and the values that limits are compared with.

    A network that was not read from a text exists only at the setting that it was built at.
    """

    def __init__(self, source: NetworkFile | Network) -> None:
        self.file = source if isinstance(source, NetworkFile) else source.file
        self._source = source
        self._networks: dict[Setting, Network] = {}
        self._spaces: set[Setting] = set()
        """The settings at which the file is a space: every network of it must be within limits."""
        self._walked: dict[tuple[Setting, tuple[str, ...]], Space] = {}
        if isinstance(source, Network):
            self._networks = {AS_WRITTEN: source, source.setting: source}

    def network(self, setting: Setting) -> Network:
        if setting not in self._networks:
            if self.file is None:
                raise CostcalcError(
                    f"the network has no text from which to build it at {setting.text()}"
                )
            self._networks[setting] = self._built(self.file, setting)
        return self._networks[setting]

    def _built(self, file: NetworkFile, setting: Setting) -> Network:
        """The network of a file; of a space, its largest."""
        try:
            return build(file, setting)
        except CostcalcError as error:
            if not any(isinstance(own, UndrawnError) for own in error.problems):
                raise
        self._spaces.add(setting)
        largest = self._largest(file, setting, "macs")
        return build(largest.file(), replace(setting, params={}))

    def _largest(self, file: NetworkFile, setting: Setting, metric: str) -> Numbered:
        space = self._space(file, setting, ("macs", metric))
        (largest,) = space.largest(metric)
        space.check(largest)
        return largest

    def _space(self, file: NetworkFile, setting: Setting, metrics: tuple[str, ...]) -> Space:
        from costcalc.spaces.space import Space

        key = setting, tuple(dict.fromkeys(metrics))
        if key not in self._walked:
            self._walked[key] = Space(file, *key)
            self._walked[key].require_any()
        return self._walked[key]

    def fitting(self, limit: Limit) -> tuple[Counted, int]:
        """How many networks of a space are within the limits of an entry, and how many it has."""
        from costcalc.spaces.subject import NoChoicesError

        most = {own.metric: own.max.value for own in limit.within if own.max is not None}
        try:
            if self.file is None:
                raise NoChoicesError("a network in memory")
            space = self._space(self.file, limit.setting, tuple(most))
        except NoChoicesError:
            raise CostcalcError(
                "fit counts the networks of a space, and this is one network",
                position=limit.position,
                hint="leave fit out, or give the network choices: {any: [3, 5, 7]}",
            ) from None
        space.extremes()
        return space.count(most), space.total

    def warnings(self) -> list[CostcalcWarning]:
        """The warnings of all networks that were built, each once."""
        found = (own for network in self._networks.values() for own in warnings_of(network))
        return list({warning.key: warning for warning in found}.values())

    def value(self, limit: Limit) -> Number:
        """The metric of the network, or of the layers that the limit's pattern matches."""
        network = self.network(limit.setting)
        if limit.setting in self._spaces and self.file is not None:
            if limit.layers is not None:
                raise CostcalcError(
                    "a limit on layers is of one network, and this is a space of networks",
                    position=limit.position,
                    hint="limit the whole network, or take one: --pick largest",
                )
            return self._largest(self.file, limit.setting, limit.metric).costs[limit.metric]
        nodes = None if limit.layers is None else self._matching(limit, limit.layers)
        return metric_of(network, limit.metric, nodes)

    def whole(self, limit: Limit) -> Number:
        """The metric of the whole network, of which a limit may be a share."""
        return metric_of(self.network(limit.setting), limit.metric)

    def _matching(self, limit: Limit, pattern: str) -> list[Node]:
        try:
            return matching(self.network(limit.setting), pattern)
        except CostcalcError as error:
            error.position = error.position or limit.position
            raise

    def dismantle_built(self) -> None:
        """Break the circles of parents and children in the networks that were built here."""
        for network in self._networks.values():
            if network is not self._source:
                network.root.dismantle()

    def dismantle(self) -> None:
        """Break all circles, of the file too, so that memory is free at once.

        Nothing may use the file or its networks afterwards.
        """
        self.dismantle_built()
        if isinstance(self._source, Network):
            self._source.root.dismantle()
        if self.file is not None:
            self.file.dismantle()
