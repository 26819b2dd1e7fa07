"""The setting at which a network is costed: one value, from the option to the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from costcalc.accounting.convention import OWN, Accounting
from costcalc.errors import CostcalcError
from costcalc.graph.runtime import DEPLOYED, Runtime
from costcalc.language.yaml_nodes import text_of
from costcalc.numeric.exact import Number, equal, maximum, nearest_integer, quotient, whole
from costcalc.shapes import TensorShape
from costcalc.units import decimal_text

if TYPE_CHECKING:
    from costcalc.devices.device import Device
    from costcalc.graph.bits import Bits
    from costcalc.language.inputs import Shape


class Setting:
    """What is given for one costing; None leaves a value as the network's file states it.

    alpha, rho and resolution are numbers of any kind: over a grid, they stand for many settings.
    A setting is a value: it is never changed, but replaced; see `replace`. It is not a dataclass,
    whose import takes a tenth of the time in which costcalc's own modules are imported.
    """

    __slots__ = (
        *("accounting", "alpha", "batch", "bits", "device", "optimizer", "params", "resolution"),
        *("rho", "runtime", "variant"),
    )

    def __init__(
        self,
        variant: str | None = None,
        alpha: Number | None = None,
        rho: Number | None = None,
        resolution: tuple[Number, Number] | None = None,
        params: Mapping[str, Any] | None = None,
        accounting: Accounting = OWN,
        batch: Number | None = None,
        runtime: Runtime | None = None,
        device: Device | None = None,
        optimizer: str | None = None,
        bits: tuple[tuple[str, Bits], ...] = (),
    ) -> None:
        """resolution: height and width of the inputs, instead of rho. params: values by name, as
        they were given or as `read_override` read them. batch: samples of each input, 1 unless
        said. runtime: what memory is asked for; None is DEPLOYED, and that it was not asked for.
        device: on which latency is estimated. optimizer: that trains the network. bits: of the
        layers that patterns match."""
        if rho is not None and resolution is not None:
            raise CostcalcError("give rho or resolution, not both")
        self.variant = variant
        self.alpha = alpha
        self.rho = rho
        self.resolution = resolution
        self.params = params or {}
        self.accounting = accounting
        self.batch = batch
        self.runtime = runtime
        self.device = device
        self.optimizer = optimizer
        self.bits = bits

    @property
    def deployed(self) -> Runtime:
        """The runtime as it is asked for, the rest of it as the device has it or else DEPLOYED."""
        runtime = self.runtime or DEPLOYED
        return runtime if self.device is None else runtime.on(self.device.own_runtime)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Setting) and _fields(self) == _fields(other)

    def __hash__(self) -> int:
        own = self.variant, self.alpha, self.rho, self.resolution, self.batch, self.accounting
        return hash((*own, self.runtime, self.device and self.device.name, self.optimizer))

    def __repr__(self) -> str:
        return f"Setting({', '.join(f'{name}={value!r}' for name, value in _fields(self).items())})"

    def inputs(self, shapes: Mapping[str, Shape]) -> dict[str, TensorShape]:
        """Scale the sides of stated inputs, to the nearest integers; vectors stay as they are.

        Each is a batch of so many samples.
        """
        return {name: self._input(shape) for name, shape in shapes.items()}

    def _input(self, shape: Shape) -> TensorShape:
        channels, *sides = shape
        if len(sides) >= 2:  # height and width are the last two; a length has no resolution
            if self.resolution is not None:
                sides[-2:] = self.resolution
            elif self.rho is not None:
                sides[-2:] = [maximum(1, nearest_integer(self.rho * side)) for side in sides[-2:]]
        return TensorShape(channels, sides, 1 if self.batch is None else self.batch)

    def ratio(self, shapes: Mapping[str, Shape]) -> Number | None:
        """Return rho, or the ratio of resolution to stated sides; None where they differ."""
        if self.resolution is None:
            return 1 if self.rho is None else self.rho
        ratios = [
            quotient(new, old)
            for shape in shapes.values()
            if len(shape) > 2
            for new, old in zip(self.resolution, shape[-2:], strict=True)
        ]
        if not all(equal(ratio, ratios[0]) for ratio in ratios[1:]):
            return None
        return whole(ratios[0]) if ratios else 1

    def text(self) -> str:
        """Write it for people: `variant small, alpha 0.5, resolution 160`; or empty."""
        parts = [f"{name} {value}" for name, value in self._said("×")]
        if self.accounting.fold_batch_norm:
            parts.append("batch norm folded")
        if self.runtime is not None:
            parts += [f"{name.replace('_', '-')} {value}" for name, value in self.runtime.said()]
        return ", ".join(parts)

    def key(self, convention: str | None = None) -> str:
        """Write it as a name for files: `variant=small alpha=0.5 resolution=160x160`, or empty.

        convention: how the file names the convention, where it is not by its own name.
        """
        parts = [f"{name}={value}" for name, value in self._said("x", square=False)]
        if not self.accounting.is_default:
            parts.append(f"convention={convention or self.accounting.name}")
        if self.accounting.fold_batch_norm:
            parts.append("folded")
        if self.runtime is not None:
            parts += [f"{name}={value}" for name, value in self.runtime.said()]
        return " ".join(parts)

    def _said(self, times: str, *, square: bool = True) -> Iterator[tuple[str, str]]:
        if self.variant is not None:
            yield "variant", self.variant
        for name, value in (("alpha", self.alpha), ("rho", self.rho)):
            if value is not None:
                yield name, decimal_text(value)
        if self.resolution is not None:
            sides = dict.fromkeys(self.resolution) if square else self.resolution
            yield "resolution", times.join(map(str, sides))
        if self.batch is not None:
            yield "batch", str(self.batch)
        if self.device is not None:
            yield "device", self.device.name
        if self.optimizer is not None:
            yield "optimizer", self.optimizer
        for pattern, bits in self.bits:
            yield f"bits of {pattern}", bits.text()
        for name, value in self.params.items():
            yield name, text_of(value.node) if hasattr(value, "node") else str(value)


def _fields(setting: Setting) -> dict[str, Any]:
    return {name: getattr(setting, name) for name in Setting.__slots__}


def replace(setting: Setting, **changes: Any) -> Setting:
    """Make a setting that differs in some values."""
    return Setting(**{**_fields(setting), **changes})


AS_WRITTEN = Setting()
"""The network as its file has it."""
