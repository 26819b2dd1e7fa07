"""What can be counted and limited, as the registry of metrics has it."""

from __future__ import annotations

from costcalc.metrics import METRICS
from costcalc.units import BYTES, SECONDS, THOUSANDS

from .markdown import code, prose, table


def metrics() -> str:
    counts = ", ".join(unit for unit in THOUSANDS if unit not in ("", "K", "B"))
    units = {
        "byte": f"bytes: {', '.join(BYTES)}",
        "second": f"time: {', '.join(unit for unit in SECONDS if unit != 'µs')}",
    }
    return table(
        ["metric", "what it counts", "units of a limit"],
        [
            [code(name), prose(metric.about), units.get(metric.unit, counts)]
            for name, metric in METRICS.items()
        ],
    )
