"""What `costcalc list` reports: the shipped networks, or what was published about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.costs.shipped import PublishedRow, ShippedNetwork
from costcalc.metrics import METRICS
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports.analyze.page import counted_cells, counted_columns
from costcalc.reports.labels import accounting_lines, side
from costcalc.reports.schema import (
    Schema,
    array,
    decimal,
    document,
    flag,
    metrics,
    or_null,
    pair,
    ratio,
    record,
    shape,
    text,
    word,
)
from costcalc.text import escaped
from costcalc.units import decimal_text, fraction_text


def list_page(networks: Sequence[ShippedNetwork]) -> Iterator[Part]:
    """A row a network or variant, each at its own setting."""
    yield from accounting_lines(networks[0].analysis.accounting)
    columns = [
        Column("network", left=True),
        Column("input"),
        Column("params"),
        Column("MACs"),
        *counted_columns([row.analysis for row in networks[:1]]),
        Column("top-1"),
        Column("source", left=True, wide=True),
    ]
    cells = [
        [
            escaped(row.variant or row.name),
            str(row.analysis.input),
            number(row.analysis.totals.params),
            number(row.analysis.totals.macs),
            *counted_cells(row.analysis),
            "" if row.top1 is None else f"{decimal_text(row.top1)} %",
            escaped(row.source or ""),
        ]
        for row in networks
    ]
    yield Sheet(columns, cells)


def list_schema() -> Schema:
    return document(
        "The shipped networks, each at its own setting.",
        {
            "networks": array(
                record(
                    {
                        "name": text("The network."),
                        "variant": or_null(text("The variant; null where the file has none.")),
                        "path": text("The file."),
                        "input": shape("[channels, height, width]."),
                        **metrics(METRICS),
                        "convention": text("Whose convention `total` is counted by."),
                        "unit": word(("MAC", "FLOP"), "The unit of `total`."),
                        "fold_batch_norm": flag("Whether batch norm is folded into convolutions."),
                        "top1": or_null(decimal("Published top-1 accuracy in percent.")),
                        "source": or_null(text("The paper or the code that it follows.")),
                    }
                ),
                "A network or variant each.",
            )
        },
    )


def list_records(networks: Sequence[ShippedNetwork]) -> dict[str, Any]:
    return {"networks": list_rows(networks)}


def list_rows(networks: Sequence[ShippedNetwork]) -> Iterator[dict[str, Any]]:
    return map(_listed, networks)


def _listed(row: ShippedNetwork) -> dict[str, Any]:
    totals = row.analysis.totals
    return {
        "name": row.name,
        "variant": row.variant,
        "path": row.analysis.path,
        "input": row.analysis.input,
        "macs": totals.macs,
        "params": totals.params,
        "convention": totals.convention,
        "unit": totals.unit,
        "total": totals.total,
        "convention_params": totals.convention_params,
        "fold_batch_norm": row.analysis.accounting.fold_batch_norm,
        "top1": None if row.top1 is None else float(row.top1),
        "source": row.source,
        # The metrics that are not above, behind them: a column of CSV keeps its place.
        **{name: totals[name] for name in METRICS},
    }


def published_page(rows: Sequence[PublishedRow]) -> Iterator[Part]:
    """Published figures beside exact ones; * marks what is no rounding of it, and why is below."""
    columns = [
        Column("network", left=True),
        Column("alpha"),
        Column("input"),
        Column("published"),
        Column("MACs"),
        Column("published"),
        Column("params"),
        Column("source", left=True, wide=True),
    ]
    cells = []
    reasons: dict[str, None] = {}
    for row in rows:
        texts = []
        for figure, agreement in zip(
            (row.figures.macs, row.figures.params), row.agreements, strict=True
        ):
            mark = " *" if agreement == "differs" else ""
            texts.append("" if figure is None else f"{figure.text}{mark}")
        size = row.setting.resolution
        cells.append(
            [
                escaped(row.name),
                decimal_text(row.alpha),
                side(size),
                texts[0],
                number(row.macs),
                texts[1],
                number(row.params),
                escaped(row.figures.source or ""),
            ]
        )
        if row.differs and row.figures.note:
            source = escaped(row.figures.source or "published")
            reasons[f"* {escaped(row.name)}, {source}: {escaped(row.figures.note)}"] = None
    yield Sheet(columns, cells)
    yield from reasons


_AGREEMENT = or_null(
    word(
        ("rounded", "truncated", "differs"),
        "How the printed figure agrees with the exact one; null where none is printed.",
    )
)


def published_schema() -> Schema:
    return document(
        "Published figures of the shipped networks beside the exact ones.",
        {
            "published": array(
                record(
                    {
                        "name": text("The network, or its variant."),
                        "alpha": ratio("The width multiplier."),
                        "resolution": pair("Of the input: [height, width]."),
                        "published_macs": or_null(text("MACs as printed; null where none are.")),
                        **metrics(("macs",)),
                        "macs_agreement": _AGREEMENT,
                        "published_params": or_null(
                            text("Params as printed; null where none are.")
                        ),
                        **metrics(("params",)),
                        "params_agreement": _AGREEMENT,
                        "source": or_null(text("Who published it.")),
                        "note": or_null(text("Why it differs, where that is known.")),
                    }
                ),
                "A published line each.",
            )
        },
    )


def published_records(published: Sequence[PublishedRow]) -> dict[str, Any]:
    return {"published": published_rows(published)}


def published_rows(published: Sequence[PublishedRow]) -> Iterator[dict[str, Any]]:
    return map(_printed, published)


def _printed(row: PublishedRow) -> dict[str, Any]:
    figures = row.figures
    macs, params = row.agreements
    return {
        "name": row.name,
        "alpha": fraction_text(row.alpha),
        "resolution": row.setting.resolution,
        "published_macs": figures.macs and figures.macs.text,
        "macs": row.macs,
        "macs_agreement": macs,
        "published_params": figures.params and figures.params.text,
        "params": row.params,
        "params_agreement": params,
        "source": figures.source,
        "note": figures.note if row.differs else None,
    }
