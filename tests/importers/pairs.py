"""Samples of other formats, each beside the same network in the network language, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from costcalc.costs.table import Analysis
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.importers.reading import read_network

SAMPLES = Path(__file__).parent / "samples"
BY_HAND = ".net.yaml"
"""What the file by hand is called beside a sample."""


def samples(format_: str) -> list[Path]:
    """The samples of a format."""
    found = sorted(SAMPLES.glob(f"{format_}/*"))
    return [path for path in found if not path.name.endswith(BY_HAND)]


def by_hand(sample: Path) -> str:
    return sample.with_name(sample.name.partition(".")[0] + BY_HAND).read_text(encoding="utf-8")


def analysis(text: str, name: str, variant: str | None = None, **setting: Any) -> Analysis:
    return Analysis(build(read_network(text, name), Setting(variant, **setting)))


def costs(found: Analysis) -> list[tuple[int, int, int, int]]:
    """MACs, params, other ops and frozen params of all layers that cost something, in order."""
    rows = [
        (layer.macs, layer.params, layer.other_ops, layer.frozen_params) for layer in found.layers
    ]
    return [row for row in rows if any(row)]
