"""What `costcalc list` reports: the shipped networks or given files, or published figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from costcalc.costs.shipped import Listed, ListedNetwork, PublishedRow
from costcalc.language.library import shown_path
from costcalc.language.network_file import TASKS
from costcalc.metrics import of_any_network
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports import keys, values
from costcalc.reports.analyze.page import counted_cells, counted_columns
from costcalc.reports.keys import Schema
from costcalc.reports.labels import accounting_lines, side, size
from costcalc.text import escaped
from costcalc.units import decimal_text, fixed, fraction_text, short_count


def list_page(listed: Listed) -> Iterator[Part]:
    """A row per network or variant at its own setting, or per family."""
    yield from accounting_lines(listed.accounting)
    if not listed.networks:
        yield "no network is within these bounds"
    elif listed.is_open:
        yield _networks(listed.networks)
    else:
        yield from _families(listed.networks)


def _networks(networks: Sequence[ListedNetwork]) -> Sheet:
    is_default = networks[0].accounting.is_default
    analyses = [] if is_default else [row.analysis for row in networks]
    columns = [
        Column("network", left=True),
        Column("input"),
        Column("params"),
        Column("MACs"),
        *counted_columns(analyses[:1]),
        Column("top-1"),
        Column("source", left=True, wide=True),
    ]
    cells = [
        [
            escaped(row.variant or row.name),
            size(row.input),
            number(row["params"]),
            number(row["macs"]),
            *([] if is_default else counted_cells(row.analysis)),
            "" if row.top1 is None else f"{decimal_text(row.top1)} %",
            escaped(row.source or ""),
        ]
        for row in networks
    ]
    return Sheet(columns, cells)


def _families(networks: Sequence[ListedNetwork]) -> Iterator[Part]:
    """A row per task and one per family: how many networks it has, and their ranges."""
    cells: list[list[str]] = []
    strong = set()
    for task in TASKS:
        families: dict[str, list[ListedNetwork]] = {}
        for row in networks:
            if row.task == task:
                families.setdefault(row.family, []).append(row)
        if families:
            strong.add(len(cells))
            count = sum(map(len, families.values()))
            cells.append([task.replace("_", " "), str(count), *[""] * (len(_FAMILY) - 2)])
            cells += [_family(*family) for family in families.items()]
    yield Sheet(_FAMILY, cells, frozenset(strong))
    yield "costcalc list NAME shows the networks of a family, --all those of all families."


_FAMILY = [
    Column("family", left=True),
    Column("networks"),
    Column("input", wide=True),
    Column("params"),
    Column("MACs"),
    Column("top-1"),
]


def _family(name: str, rows: Sequence[ListedNetwork]) -> list[str]:
    rated = [row.top1 for row in rows if row.top1 is not None]
    inputs = sorted({row.input for row in rows}, key=prod)
    return [
        f"  {escaped(name)}",
        str(len(rows)),
        _ends([size(inputs[0]), size(inputs[-1])]),
        *(
            _ends([short_count(min(counts)), short_count(max(counts))])
            for counts in ([row[metric] for row in rows] for metric in ("params", "macs"))
        ),
        f"{_ends([fixed(min(rated), 1), fixed(max(rated), 1)])} %" if rated else "",
    ]


def _ends(texts: Sequence[str]) -> str:
    """Write a range, or the one value that both ends are."""
    low, high = texts
    if low == high:
        return low
    if low[-2:] == high[-2:] and low[-2] == " ":  # one unit for both: 5.29..66.3 M
        low = low[:-2]
    return f"{low}..{high}"


def list_schema() -> Schema:
    return keys.document(
        "The shipped networks, or those of files, each at its own setting.",
        {
            "networks": keys.array(
                keys.record(
                    {
                        "name": keys.text("The network."),
                        "variant": keys.or_null(
                            keys.text("The variant; null if the file has none.")
                        ),
                        "family": keys.text("The networks of one file are a family."),
                        "task": keys.or_null(
                            keys.word(TASKS, "What it is for; null where a file does not say.")
                        ),
                        "path": keys.text("The file."),
                        "input": keys.shape("[channels, height, width]."),
                        **keys.metrics(of_any_network(), always=of_any_network()),
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


def list_records(listed: Listed) -> dict[str, Any]:
    return {"networks": list_rows(listed)}


def list_rows(listed: Listed) -> Iterator[dict[str, Any]]:
    return map(_listed, listed.networks)


def _listed(row: ListedNetwork) -> dict[str, Any]:
    return {
        "name": row.name,
        "variant": row.variant,
        "path": shown_path(row.path),
        "input": row.input,
        "macs": row["macs"],
        "params": row["params"],
        "convention": row.accounting.name,
        "unit": row.accounting.unit,
        "total": row["total"],
        "convention_params": row["convention_params"],
        "fold_batch_norm": row.accounting.fold_batch_norm,
        "top1": None if row.top1 is None else float(row.top1),
        "source": row.source,
        # What is not above stands behind it: a column of CSV keeps its place.
        **{name: values.figure(row[name]) for name in of_any_network()},
        "family": row.family,
        "task": row.task,
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
