"""What `costcalc devices` reports: what is known of each device, and where that is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from costcalc.devices.device import Calibration, Device, Figure, Rate
from costcalc.devices.reader import COUNTED
from costcalc.devices.words import PLANNERS
from costcalc.render.sheet import Column, Part, Sheet
from costcalc.reports import keys
from costcalc.reports.keys import Schema
from costcalc.text import escaped
from costcalc.units import bytes_text, duration_text, fixed, short_count


def page(devices: Sequence[Device]) -> Iterator[Part]:
    """A row a device; of a single one all that is known."""
    if len(devices) == 1:
        yield from _one(devices[0])
        return
    columns = [
        Column("device", left=True),
        Column("board", left=True),
        Column("runtime", left=True, wide=True),
        Column("SRAM"),
        Column("flash"),
        Column("latency", left=True),
        Column("error"),
    ]
    rows = [
        [
            escaped(device.name),
            escaped(device.title),
            escaped(device.runtime),
            _bytes(device.memory.sram),
            _bytes(device.memory.flash),
            ", ".join(device.rates) or "not known",
            "".join(_percent(known.error) for known in [*device.calibrations.values()][:1]),
        ]
        for device in devices
    ]
    yield Sheet(columns, rows)
    yield "costcalc devices NAME shows one with its rates and where each number is from"


def _one(device: Device) -> Iterator[Part]:
    yield f"{escaped(device.title)}, {escaped(device.runtime)}"
    memory = device.memory
    sizes = [
        f"{name} {bytes_text(int(figure.value))}"
        for name, figure in (
            ("SRAM", memory.sram),
            ("largest piece", memory.sram_block),
            ("reserved", memory.reserved),
            ("flash", memory.flash),
        )
        if figure is not None
    ]
    if memory.planner is not None:
        sizes.append(f"{memory.planner.value} planner")
    if memory.align is not None:
        sizes.append(f"aligned to {memory.align.value} B")
    if memory.code is not None:
        sizes.append(f"code {bytes_text(memory.code[0])} to {bytes_text(memory.code[1])}")
    if sizes:
        yield "   ".join(sizes)
    for dtype, rates in device.rates.items():
        yield ""
        yield f"{dtype}: {_rests_on(device.calibrations[dtype])}"
        yield _rates(rates)
        included = [kind for kind, rate in rates.items() if rate.is_included]
        if included:
            yield f"in the time of others: {', '.join(included)}"
    if not device.rates:
        yield "no latency is known: nobody published any that this could rest on"
    yield ""
    for note in device.notes:
        yield escaped(note)
    for source in device.sources:
        yield f"source: {escaped(source)}"


def _rests_on(known: Calibration) -> str:
    worst = "" if known.worst is None else f", at most {_percent(known.worst)}"
    return (
        f"latency {_percent(known.error)} off on average{worst}, on {known.measured} {known.of}, "
        "each left out of what the rates were fitted to"
    )


def _rates(rates: Mapping[str, Rate]) -> Sheet:
    columns = [
        Column("kind", left=True),
        Column("MACs/s"),
        Column("bytes/s"),
        Column("overhead"),
    ]
    rows = [
        [
            kind,
            short_count(round(1 / rate.per_mac)) if rate.per_mac else "",
            short_count(round(1 / rate.per_byte)) if rate.per_byte else "",
            duration_text(rate.overhead) if rate.overhead else "",
        ]
        for kind, rate in rates.items()
        if not rate.is_included
    ]
    return Sheet(columns, rows)


def _bytes(figure: Figure | None) -> str:
    return "" if figure is None else bytes_text(int(figure.value))


def _percent(part: Any) -> str:
    return f"{fixed(100 * part, 1)} %"


def schema() -> Schema:
    size = keys.or_null(
        keys.record(
            {"bytes": keys.count("The size."), "source": keys.text("Where it is from.")},
            "Bytes; null if not known.",
        )
    )
    seconds = keys.or_null(keys.decimal("Seconds; null where it takes none."))
    rate = {
        "kind": keys.text("The kind, type or family of layers."),
        "included": keys.flag("Whether its time is in that of other layers."),
        "seconds_per_mac": seconds,
        "seconds_per_byte": seconds,
        "overhead_s": seconds,
        "source": keys.text("Where it is from."),
    }
    dtype = {
        "dtype": keys.text("The data type."),
        "measured": keys.count("On how many networks or blocks the rates rest."),
        "of": keys.word(COUNTED, "What was measured."),
        "error": keys.decimal("How far off they are on average, as a part."),
        "worst": keys.or_null(keys.decimal("At most.")),
        "source": keys.text("Where that is from."),
        "rates": keys.array(keys.record(rate), "By kind of layer."),
    }
    return keys.document(
        "Descriptions of devices.",
        {
            "devices": keys.array(
                keys.record(
                    {
                        "name": keys.text("As options take it."),
                        "device": keys.text("The board."),
                        "runtime": keys.text("What runs the networks."),
                        "clock_hz": keys.or_null(keys.decimal("The clock; null if not known.")),
                        "sram": size,
                        "sram_block": size,
                        "reserved": size,
                        "flash": size,
                        "code": keys.or_null(
                            keys.array(keys.count("Bytes."), "The least and the most of code.")
                        ),
                        "align": size,
                        "planner": keys.or_null(
                            keys.word(PLANNERS, "Who plans the arena; null if not known.")
                        ),
                        "latency": keys.array(keys.record(dtype), "By data type."),
                        "notes": keys.texts("What else is known."),
                    }
                ),
                "A device each.",
            )
        },
    )


def records(devices: Sequence[Device]) -> dict[str, Any]:
    return {"devices": map(_device, devices)}


def _device(device: Device) -> dict[str, Any]:
    memory = device.memory
    return {
        "name": device.name,
        "device": device.title,
        "runtime": device.runtime,
        "clock_hz": None if device.clock is None else device.clock.value,
        **{
            name: None if own is None else {"bytes": int(own.value), "source": own.source}
            for name, own in memory._asdict().items()
            if name not in ("code", "planner")
        },
        "code": memory.code,
        "planner": None if memory.planner is None else memory.planner.value,
        "latency": [_latency(device, dtype) for dtype in device.rates],
        "notes": list(device.notes),
    }


def _latency(device: Device, dtype: str) -> dict[str, Any]:
    known = device.calibrations[dtype]
    return {
        "dtype": dtype,
        "measured": known.measured,
        "of": known.of,
        "error": known.error,
        "worst": known.worst,
        "source": known.source,
        "rates": [
            {
                "kind": kind,
                "included": rate.is_included,
                "seconds_per_mac": rate.per_mac or None,
                "seconds_per_byte": rate.per_byte or None,
                "overhead_s": rate.overhead or None,
                "source": rate.source,
            }
            for kind, rate in device.rates[dtype].items()
        ],
    }
