"""The rates of another device, made faster or slower by one factor that is fitted.

Of a board three or four networks may be all that was measured: too few for a rate of each kind of
layer, but enough for the speed of one that runs the same kernels as a device that is known.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from costcalc.calibration.fit import Fit, Key
from costcalc.calibration.observation import Measurements, Work
from costcalc.devices.device import Device, Rate
from costcalc.devices.kinds import family_of
from costcalc.errors import CostcalcError

if TYPE_CHECKING:
    from costcalc.calibration.fit import Columns

_FACTOR: Key = ("all", "factor")


class Scaled(Fit):
    """One factor for all rates of another device, and its error where a network is left out."""

    def __init__(self, measured: Measurements, device: Device, dtype: str) -> None:
        super().__init__(measured, ())
        self.device = device
        if dtype not in device.rates:
            raise CostcalcError(
                f"{device.name} has no rates in {dtype}",
                hint=f"it has {', '.join(device.rates)}" if device.rates else None,
            )
        self._rates = device.rates[dtype]
        for one in measured.observations:
            for kind in one.work:
                self._known(kind)

    @property
    def factor(self) -> float:
        """How many times as long as on the other device a network takes."""
        return self.seconds[_FACTOR]

    @cached_property
    def kinds(self) -> list[str]:
        """All that the other device knows."""
        return list(self._rates)

    hidden: frozenset[str] = frozenset()

    def group(self, kind: str) -> str:
        return _FACTOR[0]

    def rate(self, kind: str) -> tuple[float, ...]:
        return tuple(self.factor * float(part) for part in self._known(kind)[:3])

    def _known(self, kind: str) -> Rate:
        for name in (kind, family_of(kind)):
            if name in self._rates:
                return self._rates[name]
        raise CostcalcError(
            f"{self.device.name} was not calibrated on {kind}, which was measured",
            hint="leave out the networks that have it, or calibrate without --like",
        )

    def _columns(self, group: Callable[[str], str]) -> Columns:
        """The seconds that every observation takes on the other device."""
        import numpy as np

        seconds = [self._on_device(one.work) for one in self.measured.observations]
        if not all(seconds):
            raise CostcalcError(f"something that was measured takes no time on {self.device.name}")
        return {_FACTOR: np.array(seconds)}

    def _on_device(self, work: dict[str, Work]) -> float:
        """The seconds on the other device."""
        return sum(
            float(part) * amount
            for kind, own in work.items()
            for part, amount in zip(self._known(kind)[:3], own, strict=True)
        )
