"""Read the description of a device; see docs/devices.md.

A number that is absent is not known: nothing takes its place. Each has an origin, its own `source`
or that of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction
from typing import Any

from costcalc import units
from costcalc.devices.device import Calibration, Device, Figure, Memory, Rate
from costcalc.devices.kinds import kinds
from costcalc.devices.sizes import alignment_of, bytes_of, mixed_units, planner_of, range_of
from costcalc.devices.words import BYTES
from costcalc.errors import CostcalcError, Faults, Position, Problems, nearest
from costcalc.language.yaml_nodes import (
    Entries,
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    compose,
    entries,
    is_empty,
    problem,
)

DEVICE_KEYS = (
    *("device", "runtime", "source", "clock", "vector", "memory", "rates", "calibrated"),
    "notes",
)
SIZES = ("sram", "sram_block", "reserved", "flash", "code")
MEMORY_KEYS = (*SIZES, "align", "planner")
SPEEDS = ("macs_per_cycle", "macs_per_second", "bytes_per_cycle", "bytes_per_second")
RATE_KEYS = (*SPEEDS, "overhead", "source")
COUNTED = ("networks", "blocks")
"""What rates may be fitted to."""
CALIBRATED_KEYS = (*COUNTED, "error", "worst", "source")
INCLUDED = "included"
"""Said of a kind whose time is in that of other layers."""

Convert = Callable[[str], Any]


class DeviceReader:
    """Reads one file. Raises Problems with everything that is wrong with it."""

    def __init__(self, name: str, path: str, text: str) -> None:
        self.path = path
        self.found = Faults()
        self._sources: dict[str, None] = {}
        root = compose(text, path, self.found, "device")
        parts = self._mapping(root, "a device", DEVICE_KEYS)
        self.source = self._text(parts, "source")
        self.clock = self._figure(parts, "clock", units.frequency)
        self.device = Device(
            name,
            self._needed(parts, "device", root, "device: NUCLEO-L4R5ZI") or name,
            self._needed(parts, "runtime", root, "runtime: TensorFlow Lite Micro 2.16") or "",
            Position(path, 1, 1),
            self.clock,
            self._memory(parts),
            self._rates(parts),
            self._calibrations(parts),
            self._figure(parts, "vector", units.whole_count),
            (),
            tuple(self._listed(parts, "notes")),
        )._replace(sources=tuple(self._sources))
        for dtype in self.device.rates:
            if dtype not in self.device.calibrations:
                key = parts["rates"][0]
                self._fail(
                    key,
                    f"the rates of {dtype} lack an error: they are estimates",
                    f"calibrated: {{{dtype}: {{networks: 12, error: 3.8 %}}}}",
                )
        if self.found:
            raise Problems(self.found)

    def _fail(self, node: YamlNode, message: str, hint: str | None = None) -> None:
        self.found.append(problem(self.path, node, message, hint))

    def _mapping(self, node: YamlNode, what: str, known: Collection[str]) -> Entries:
        parts = entries(self.path, node, what, self.found)
        for key, (key_node, _) in parts.items():
            if key not in known:
                hint = nearest(key, known) or f"it takes {', '.join(known)}"
                self._fail(key_node, f"unknown key '{key}' in {what}", hint)
        return {key: part for key, part in parts.items() if key in known}

    def _section(self, parts: Entries, key: str, what: str, known: Collection[str]) -> Entries:
        if key not in parts or is_empty(parts[key][1]):
            return {}
        return self._mapping(parts[key][1], what, known)

    # Texts

    def _text(self, parts: Entries, key: str) -> str | None:
        if key not in parts:
            return None
        node = parts[key][1]
        if not isinstance(node, ScalarNode) or is_empty(node):
            self._fail(node, f"{key} must be a text")
            return None
        return str(node.value)

    def _needed(self, parts: Entries, key: str, root: YamlNode, hint: str) -> str | None:
        if key not in parts:
            self._fail(root, f"a device needs the key '{key}'", hint)
        return self._text(parts, key)

    def _listed(self, parts: Entries, key: str) -> list[str]:
        if key not in parts or is_empty(parts[key][1]):
            return []
        node = parts[key][1]
        if not isinstance(node, SequenceNode):
            self._fail(node, f"{key} must be a list of texts")
            return []
        return [str(child.value) for child in node.value if isinstance(child, ScalarNode)]

    # Numbers

    def _figure(self, parts: Entries, key: str, convert: Convert) -> Figure | None:
        """A number, or `{value, source}` where it has an origin of its own."""
        if key not in parts:
            return None
        node = parts[key][1]
        own = None
        if isinstance(node, MappingNode):
            inner = self._mapping(node, key, ("value", "source"))
            own = self._text(inner, "source")
            if "value" not in inner:
                self._fail(node, f"{key} needs the key 'value'", f"{key}: {{value: ..., source}}")
                return None
            node = inner["value"][1]
        value = self._number(key, node, convert)
        return None if value is None else Figure(value, self._origin(node, key, own))

    def _number(self, key: str, node: YamlNode, convert: Convert) -> Any:
        if not isinstance(node, ScalarNode) or is_empty(node):
            self._fail(node, f"{key} must be a single number", "leave out what is not known")
            return None
        try:
            return convert(str(node.value))
        except CostcalcError as error:
            self._fail(node, f"{key}: {error.message}", error.hint)
        except ValueError as error:
            self._fail(node, f"{key}: {error}")
        return None

    def _origin(self, node: YamlNode, what: str, own: str | None) -> str:
        """Where a number is from."""
        source = own or self.source
        if source is None:
            self._fail(
                node,
                f"{what} has no origin",
                "source: of the file, or {value: ..., source: ...} for this number alone",
            )
            return ""
        self._sources[source] = None
        return source

    # Sections

    def _memory(self, parts: Entries) -> Memory:
        found = self._section(parts, "memory", "memory", MEMORY_KEYS)
        sizes = {key: self._figure(found, key, bytes_of) for key in SIZES[:-1]}
        code = self._figure(found, "code", range_of)
        for node, message in mixed_units({key: found[key] for key in found if key in SIZES}):
            self._fail(node, message, "memory of chips is in KiB and MiB")
        sram, block = sizes["sram"], sizes["sram_block"]
        if sram and block and block.value > sram.value:
            self._fail(found["sram_block"][0], "sram_block is a piece of sram, and larger than it")
        return Memory(
            **sizes,
            code=None if code is None else code.value,
            align=self._figure(found, "align", alignment_of),
            planner=self._figure(found, "planner", planner_of),
        )

    def _rates(self, parts: Entries) -> dict[str, dict[str, Rate]]:
        found: dict[str, dict[str, Rate]] = {}
        for dtype, (_, node) in self._section(parts, "rates", "rates", BYTES).items():
            found[dtype] = {}
            known = kinds()
            for kind, (key, value) in self._mapping(node, f"rates of {dtype}", known).items():
                rate = self._rate(kind, key, value)
                if rate is not None:
                    found[dtype][kind] = rate
        return found

    def _rate(self, kind: str, key: YamlNode, node: YamlNode) -> Rate | None:
        if isinstance(node, ScalarNode):
            if node.value == INCLUDED:
                return Rate(source=self._origin(node, kind, None))
            self._fail(
                node,
                f"the rate of {kind} must be its parts, or the word included",
                f"{kind}: {{macs_per_second: 500M, overhead: 2 us}}",
            )
            return None
        parts = self._mapping(node, f"the rate of {kind}", RATE_KEYS)
        if not set(parts) & {*SPEEDS, "overhead"}:
            self._fail(key, f"the rate of {kind} is empty", f"one of {', '.join(RATE_KEYS[:-1])}")
        source = self._origin(node, f"the rate of {kind}", self._text(parts, "source"))
        overhead = Fraction(0)
        if "overhead" in parts:
            overhead = self._number("overhead", parts["overhead"][1], units.duration) or overhead
        return Rate(self._per(parts, "macs"), self._per(parts, "bytes"), overhead, source)

    def _per(self, parts: Entries, what: str) -> Fraction:
        """The seconds for one of what a rate says how many there are of, in a cycle or a second."""
        named = [key for key in SPEEDS if key in parts and key.startswith(what)]
        if len(named) > 1:
            self._fail(parts[named[1]][0], f"give {named[0]} or {named[1]}, not both")
        for key in named:
            speed = self._number(key, parts[key][1], _speed)
            if speed is None:
                return Fraction(0)
            if key.endswith("_second"):
                return Fraction(1 / speed)
            if self.clock is None:
                self._fail(parts[key][0], f"{key} needs the device's clock", "clock: 400 MHz")
                return Fraction(0)
            return Fraction(1 / (speed * self.clock.value))
        return Fraction(0)

    def _calibrations(self, parts: Entries) -> dict[str, Calibration]:
        found = {}
        for dtype, (key, node) in self._section(parts, "calibrated", "calibrated", BYTES).items():
            inner = self._mapping(node, f"calibrated {dtype}", CALIBRATED_KEYS)
            counted = [name for name in COUNTED if name in inner]
            if len(counted) != 1:
                self._fail(key, f"calibrated {dtype} needs one of {' and '.join(COUNTED)}")
            if "error" not in inner:
                self._fail(key, f"calibrated {dtype} needs the key 'error'")
            numbers = {
                name: self._number(name, inner[name][1], convert)
                for name, convert in _CALIBRATED.items()
                if name in inner
            }
            source = self._origin(node, f"calibrated {dtype}", self._text(inner, "source"))
            found[dtype] = Calibration(
                numbers.get(counted[0]) or 0 if counted else 0,
                counted[0] if counted else COUNTED[0],
                numbers.get("error") or Fraction(0),
                numbers.get("worst"),
                source,
            )
        return found


_CALIBRATED: dict[str, Convert] = {
    "networks": units.whole_count,
    "blocks": units.whole_count,
    "error": units.percentage,
    "worst": units.percentage,
}


def _speed(text: str) -> Fraction:
    value = Fraction(units.count(text)[0])
    if value <= 0:
        raise ValueError(f"'{text}' is not above 0")
    return value
