"""What `costcalc deploy` reports: a row a network and a device, and what the figures rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

from costcalc.costs.deployment import Deployment, Deployments
from costcalc.costs.latency import BOUNDS, LayerLatency
from costcalc.render.sheet import Column, Part, Sheet, share
from costcalc.reports import keys
from costcalc.reports.keys import Schema
from costcalc.reports.labels import device_line
from costcalc.reports.runtimes import deployed_text
from costcalc.text import escaped
from costcalc.units import bytes_text, duration_text, fixed


def page(result: Deployments) -> Iterator[Part]:
    yield _summary(result.found)
    for one in result.found:
        yield from _why(one)
    for one in result.found if result.top else ():
        if one.layers:
            yield ""
            yield f"{_name(one)} on {escaped(one.device.name)}: the layers that take longest"
            yield _layers(one, result.top)
    yield ""
    yield from _basis(result)


def _name(one: Deployment) -> str:
    return escaped(one.network.setting.variant or one.network.name)


def _summary(found: Sequence[Deployment]) -> Sheet:
    columns = [
        Column("network", left=True),
        Column("device", left=True),
        Column("fits", left=True),
        Column("arena", wide=True),
        Column("persistent", wide=True),
        Column("RAM"),
        Column("of", wide=True),
        Column("flash"),
        Column("of", wide=True),
        Column("latency"),
        Column("±"),
        Column("bound", left=True),
    ]
    rows = [
        [
            _name(one),
            escaped(one.device.name),
            _fits(one),
            bytes_text(one.arena),
            bytes_text(one.persistent),
            bytes_text(one.arena + one.persistent),
            "" if one.sram is None else bytes_text(one.sram),
            bytes_text(one.flash),
            "" if one.flash_limit is None else bytes_text(one.flash_limit),
            "?" if one.latency is None else duration_text(one.latency),
            "" if one.error is None else f"{fixed(100 * one.error, 1)} %",
            one.bound or "",
        ]
        for one in found
    ]
    return Sheet(columns, rows, frozenset(n for n, one in enumerate(found) if one.fits is False))


def _fits(one: Deployment) -> str:
    if one.fits is None:
        return "?"
    return "NO" if not one.fits else "tight" if one.is_tight else "yes"


def _why(one: Deployment) -> Iterator[str]:
    """What does not fit, and why no latency is known."""
    where = f"{_name(one)} on {escaped(one.device.name)}"
    for need in one.needs():
        if need.fits is False:
            assert need.limit is not None
            over = bytes_text(need.bytes - need.limit)
            yield (
                f"{where}: {need.what} needs {bytes_text(need.bytes)} of {bytes_text(need.limit)}, "
                f"{over} too much"
            )
    if one.is_tight and one.device.memory.code is not None:
        most = bytes_text(one.device.memory.code[1])
        yield f"{where}: flash is enough for a small program, and not for one of {most}"
    if one.refusal is not None:
        others = f"; its other layers take {duration_text(one.of_others)}" if one.of_others else ""
        yield f"{where}: no latency: {escaped(one.refusal)}{others}"


def _layers(one: Deployment, top: int) -> Sheet:
    total = one.latency or Fraction(1)
    columns = [
        Column("layer", left=True),
        Column("line"),
        Column("latency"),
        Column("share"),
        Column("bound", left=True),
    ]
    rows = [
        [
            escaped(layer.node.name),
            str(layer.node.origin.line or ""),
            duration_text(layer.seconds),
            share(layer.seconds, total),
            layer.bound or "",
        ]
        for layer in one.largest(top)
        if layer.seconds
    ]
    return Sheet(columns, rows)


def _basis(result: Deployments) -> Iterator[str]:
    """What the figures rest on, once for each device."""
    by_runtime: dict[str, dict[str, None]] = {}
    for one in result.found:
        text = deployed_text(one.network.file, one.network.setting)
        by_runtime.setdefault(text, {})[escaped(one.device.name)] = None
    for text, names in by_runtime.items():
        where = f" on {', '.join(names)}" if len(by_runtime) > 1 else ""
        yield f"RAM and flash{where}: {text}; flash without code"
    yield (
        "RAM is TensorFlow Lite Micro's, its persistent part an estimate; other runtimes plan "
        "otherwise"
    )
    by_device = sorted(result.found, key=lambda one: one.device.name)
    for _, same in groupby(by_device, key=lambda one: one.device.name):
        one = next(same)
        device = one.device
        said = list(device_line(one.network.setting))
        yield from said or [f"no latency on {escaped(device.title)} with {escaped(device.runtime)}"]
        for note in device.notes:
            yield f"  {escaped(note)}"


def _layer_schema() -> Schema:
    return {
        "name": keys.text("The layer."),
        "line": keys.line("The line of its item in the network's own file."),
        "latency_s": keys.decimal("Seconds that it takes, estimated."),
        "bound": keys.or_null(keys.word(BOUNDS, "What takes most of them; null of no time.")),
    }


def _device_schema() -> Schema:
    size = keys.count
    return {
        "device": keys.text("The device, as it was named."),
        "dtype": keys.text("The data type of weights and maps there."),
        "fits": keys.or_null(keys.flag("Whether it fits; null where its memory is not known.")),
        "arena": size("Bytes of the arena."),
        "persistent": size("Bytes of RAM beside the arena, an estimate."),
        "sram": keys.or_null(size("Bytes of the device's SRAM; null if not known.")),
        "sram_block": keys.or_null(size("Of its largest piece, likewise.")),
        "flash": size("Bytes of weights and biases."),
        "flash_limit": keys.or_null(size("Bytes of the device's flash; null if not known.")),
        "code": keys.or_null(
            keys.array(size("Bytes."), "The least and the most flash that programs took beside.")
        ),
        "latency_s": keys.or_null(keys.decimal("Seconds, estimated; null if not known.")),
        "latency_error": keys.or_null(
            keys.decimal("How far off it is on average, as a part of it.")
        ),
        "latency_worst": keys.or_null(keys.decimal("How far off it was at most, likewise.")),
        "bound": keys.or_null(keys.word(BOUNDS, "What takes most of the time.")),
        "refused": keys.or_null(keys.text("Why no latency is known; null where it is.")),
        "layers": keys.array(keys.record(_layer_schema()), "Every layer; none without a latency."),
    }


def schema() -> Schema:
    return keys.document(
        "Whether networks fit devices, and how long they take there.",
        {
            "networks": keys.array(
                keys.record(
                    {
                        "name": keys.text("The network."),
                        "variant": keys.or_null(keys.text("The variant; null without one.")),
                        "devices": keys.array(keys.record(_device_schema()), "Each device."),
                    }
                ),
                "The networks, as they were named.",
            )
        },
    )


def records(result: Deployments) -> dict[str, Any]:
    return {
        "networks": [
            {
                "name": same[0].network.name,
                "variant": same[0].network.setting.variant,
                "devices": [_device(one) for one in same],
            }
            for same in result.by_network
        ]
    }


def _device(one: Deployment) -> dict[str, Any]:
    memory = one.device.memory
    worst = None
    if one.layers and one.error is not None:
        worst = one.device.calibrations[one.dtype].worst
    return {
        "device": one.device.name,
        "dtype": (one.network.setting.deployed).dtype,
        "fits": one.fits,
        "arena": one.arena,
        "persistent": one.persistent,
        "sram": one.sram,
        "sram_block": None if memory.sram_block is None else int(memory.sram_block.value),
        "flash": one.flash,
        "flash_limit": one.flash_limit,
        "code": memory.code,
        "latency_s": one.latency,
        "latency_error": one.error,
        "latency_worst": worst,
        "bound": one.bound,
        "refused": one.refusal,
        "layers": [_layer(layer) for layer in one.layers],
    }


def _layer(layer: LayerLatency) -> dict[str, Any]:
    return {
        "name": layer.node.name,
        "line": layer.node.origin.line,
        "latency_s": layer.seconds,
        "bound": layer.bound,
    }


def rows(result: Deployments) -> Iterator[dict[str, Any]]:
    """A row a network and a device, for spreadsheets."""
    for one in result.found:
        found = {key: value for key, value in _device(one).items() if key not in _NESTED}
        latency = found.pop("latency_s")
        yield {
            "network": one.network.setting.variant or one.network.name,
            **found,
            "latency_s": None if latency is None else float(latency),
        }


_NESTED = ("layers", "code", "refused", "latency_error", "latency_worst")
