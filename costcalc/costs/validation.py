"""Everything that is wrong with a network, in all its variants or in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from costcalc.costs.table import Analysis
from costcalc.errors import CostcalcError, CostcalcWarning, FaultKey, Faults, Position, Problems
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.block import Block
from costcalc.language.network_file import NetworkFile
from costcalc.language.published import read_published
from costcalc.language.yaml_nodes import position
from costcalc.layers import LAYERS
from costcalc.project.limits import LimitReader

MAX_LAYERS = 200_000
"""Of all variants of a file together."""


Judge: TypeAlias = Callable[[NetworkFile, "str | None"], tuple[int, list[CostcalcWarning]]]
"""Builds a variant: its layers and warnings. Raises CostcalcError."""


def built(file: NetworkFile, variant: str | None) -> tuple[int, list[CostcalcWarning]]:
    """Build and cost a variant of a network."""
    table = Analysis(build(file, Setting(variant)))
    return len(table.layers), table.warnings


def validate_file(
    file: NetworkFile, named: str | None = None, judge: Judge = built
) -> list[CostcalcWarning]:
    """Raise Problems with what is wrong beyond the reading of the file itself; return warnings.

    Published figures and budgets are read; every variant, or the named one, is judged.
    """
    figures = [file.base.published, *(own.published for own in file.variants.values())]
    for node in dict.fromkeys(figures):
        read_published(file.path, node, file.variants)
    faults = Faults()
    if "budgets" in file.parts:
        LimitReader(file.path, faults).read(file.parts["budgets"][1], file.variants)
    warnings = _hidden_layers(file)
    if not faults:
        faults = _faults_of_variants(file, file.variant_names(named), warnings, judge)
    if faults:
        raise Problems(faults)
    return list({warning.key: warning for warning in warnings}.values())


def _hidden_layers(file: NetworkFile) -> list[CostcalcWarning]:
    """A note on each block of the file that has the name of a layer."""
    return [
        CostcalcWarning(
            f"the block {name} hides the layer of that name in this file",
            position=position(file.path, block.key),
            hint="under another name both can be used",
        )
        for name, block in file.blocks.items()
        if name in LAYERS and isinstance(block, Block) and block.file is file
    ]


def _faults_of_variants(
    file: NetworkFile,
    judged: Sequence[str | None],
    warnings: list[CostcalcWarning],
    judge: Judge,
) -> Faults:
    """The faults of some variants, each once, with the variants that have it unless all do.

    Adds the warnings of those without a fault.
    """
    found: dict[FaultKey, tuple[CostcalcError, list[str]]] = {}
    layers = 0
    for name in judged:
        try:
            more, said = judge(file, name)
            layers += more
            warnings += said
        except CostcalcError as error:
            for problem in error.problems:
                found.setdefault(problem.key, (problem, []))[1].append(name or "")
        if layers > MAX_LAYERS:
            raise CostcalcError(
                f"the variants have more than {MAX_LAYERS:,} layers altogether",
                position=Position(file.path, 1, 1),
            )
    faults = Faults()
    for problem, variants in found.values():
        if len(variants) < len(judged):
            problem.notes.append(f"in variant {', '.join(variants)}")
        faults.append(problem)
    return faults
