"""The shipped conventions, each as a section that can be read."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.accounting.convention import Convention, convention_names, shipped_convention
from costcalc.accounting.quantities import QUANTITIES
from costcalc.accounting.rules import SPECIAL, Rules, types
from costcalc.layers import FAMILIES, LAYERS

from .markdown import code, page, prose, table


def quantities() -> str:
    rows = [[code(name), prose(quantity.meaning)] for name, quantity in QUANTITIES.items()]
    return table(["quantity", "meaning"], rows)


def families() -> str:
    found: dict[str, list[str]] = {family: [] for family in FAMILIES}
    for type_ in types():
        found[LAYERS[type_].family].append(code(type_))
    rows = [[code(family), ", ".join(types_)] for family, types_ in found.items()]
    return table(["family", "layer types"], rows)


def kinds() -> str:
    return table(["kind", "meaning"], [[code(name), prose(said)] for name, said in SPECIAL.items()])


def reference() -> str:
    return page(
        part for name in convention_names() for part in _convention(shipped_convention(name))
    )


def _convention(convention: Convention) -> Iterator[str]:
    yield f"### {convention.name}"
    yield prose(f"{convention.about}. Total in {convention.unit}s.")
    yield table(["counts", "of"], _rows(convention.count))
    if convention.params:
        yield "Params are the trainable ones, except:"
        yield table(["params", "of"], _rows(convention.params, nothing=True))
    if convention.quirks:
        yield "Quirks:"
        yield "\n".join(f"- {prose(quirk)}" for quirk in convention.quirks)


def _rows(rules: Rules, *, nothing: bool = False) -> list[list[str]]:
    grouped = rules.grouped(nothing=nothing)
    return [[prose(text), ", ".join(map(code, kinds))] for text, kinds in grouped.items()]
