"""What `costcalc list` reports: the shipped networks, or published figures of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.costs.shipped import PublishedRow, ShippedNetwork
from costcalc.language.library import shown_path
from costcalc.metrics import METRICS
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports import keys
from costcalc.reports.analyze.page import counted_cells, counted_columns
from costcalc.reports.keys import Schema
from costcalc.reports.labels import accounting_lines, side
from costcalc.text import escaped
from costcalc.units import decimal_text, fraction_text


def list_page(networks: Sequence[ShippedNetwork]) -> Iterator[Part]:
    """A row per network or variant, at its own setting."""
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
    return keys.document(
        "The shipped networks, each at its own setting.",
        {
            "networks": keys.array(
                keys.record(
                    {
                        "name": keys.text("The network."),
                        "variant": keys.or_null(
                            keys.text("The variant; null if the file has none.")
                        ),
                        "path": keys.text("The file."),
                        "input": keys.shape("[channels, height, width]."),
                        **keys.metrics(METRICS),
                        "convention": keys.text(
                            "The convention of `total`; `default` is costcalc's own."
                        ),
                        "unit": keys.word(("MAC", "FLOP"), "The unit of `total`."),
                        "fold_batch_norm": keys.flag(
                            "Whether batch norm is folded into convolutions."
                        ),
                        "top1": keys.or_null(keys.decimal("Published top-1 accuracy in percent.")),
                        "source": keys.or_null(keys.text("The paper or the code that it follows.")),
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
        "path": shown_path(row.analysis.path),
        "input": row.analysis.input.dims,
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
    """A row per published line. * marks figures that are not the exact ones rounded."""
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


_AGREEMENT = keys.or_null(
    keys.word(
        ("rounded", "truncated", "differs"),
        "How the printed figure agrees with the exact one; null if none is printed.",
    )
)


def published_schema() -> Schema:
    return keys.document(
        "Published figures of the shipped networks beside the exact ones.",
        {
            "published": keys.array(
                keys.record(
                    {
                        "name": keys.text("The network, or its variant."),
                        "alpha": keys.ratio("The width multiplier."),
                        "resolution": keys.pair("Height and width of the input."),
                        "published_macs": keys.or_null(
                            keys.text("MACs as printed; null where none are.")
                        ),
                        **keys.metrics(("macs",)),
                        "macs_agreement": _AGREEMENT,
                        "published_params": keys.or_null(
                            keys.text("Params as printed; null where none are.")
                        ),
                        **keys.metrics(("params",)),
                        "params_agreement": _AGREEMENT,
                        "source": keys.or_null(keys.text("Who published it.")),
                        "note": keys.or_null(keys.text("Why it differs, if that is known.")),
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
