"""Everything that is wrong with a network, in all its variants or in one."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.costs.table import Analysis
from costcalc.errors import CostcalcError, CostcalcWarning, FaultKey, Faults, Position, Problems
from costcalc.graph.builder import build
from costcalc.graph.collection import uncollected
from costcalc.graph.setting import Setting
from costcalc.importers.formats import format_of
from costcalc.importers.reading import find_content, read_network
from costcalc.language.block import Block
from costcalc.language.block_file import check_blocks, has_blocks_alone
from costcalc.language.includes import reading_from
from costcalc.language.network_file import NetworkFile
from costcalc.language.published import read_published
from costcalc.language.yaml_nodes import position
from costcalc.layers import LAYERS
from costcalc.project.limits import LimitReader

MAX_LAYERS = 200_000
"""Of all variants of a file together."""


def validate(
    net: str, variant: str | None = None, *, include_from: Sequence[str] = ()
) -> list[CostcalcWarning]:
    """Raise Problems with everything that is wrong with a network and all its variants.

    Returns warnings: what may not be meant, though it can be costed. If NET or `variant` names a
    variant, only that one is validated. A file of blocks alone, for other files to include, is
    validated as well. include_from: as in `load`.
    """
    from costcalc.costs.validation import validate_file

    with uncollected(), reading_from(include_from):
        path, content, named = find_content(net, variant)
        of_blocks = isinstance(content, str) and named is None and format_of(content) is None
        if isinstance(content, str) and of_blocks and has_blocks_alone(content, path):
            check_blocks(content, path)
            return []
        return validate_file(read_network(content, path), named)


def validate_file(file: NetworkFile, named: str | None = None) -> list[CostcalcWarning]:
    """Raise Problems with what is wrong beyond the reading of the file itself; return warnings.

    Published figures and budgets are read; every variant, or the named one, is built and costed.
    """
    figures = [file.base.published, *(own.published for own in file.variants.values())]
    for node in dict.fromkeys(figures):
        read_published(file.path, node, file.variants)
    faults = Faults()
    if "budgets" in file.parts:
        LimitReader(file.path, faults).read(file.parts["budgets"][1], file.variants)
    warnings = _hidden_layers(file)
    if not faults:
        faults = _faults_of_variants(file, file.variant_names(named), warnings)
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
    file: NetworkFile, judged: Sequence[str | None], warnings: list[CostcalcWarning]
) -> Faults:
    """The faults of some variants, each once, with the variants that have it unless all do.

    Adds the warnings of those without a fault.
    """
    found: dict[FaultKey, tuple[CostcalcError, list[str]]] = {}
    layers = 0
    for name in judged:
        try:
            table = Analysis(build(file, Setting(name)))
            layers += len(table.layers)
            warnings += table.warnings
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
