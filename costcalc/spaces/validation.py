"""`costcalc validate` for Python: everything that is wrong with a network, or with a space."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.costs.validation import built, validate_file
from costcalc.errors import CostcalcError, CostcalcWarning
from costcalc.graph.collection import uncollected
from costcalc.graph.setting import Setting
from costcalc.importers.formats import format_of
from costcalc.importers.reading import find_content, read_network
from costcalc.language.block_file import check_blocks, has_blocks_alone
from costcalc.language.choices import WORD
from costcalc.language.includes import reading_from
from costcalc.language.network_file import NetworkFile
from costcalc.spaces.draws import TooManyError
from costcalc.spaces.options_by_size import lacks_draws


def validate(
    net: str, variant: str | None = None, *, include_from: Sequence[str] = ()
) -> list[CostcalcWarning]:
    """Raise Problems with everything that is wrong with a network and all its variants.

    Returns warnings: what may not be meant, though it can be costed. If NET or `variant` names a
    variant, only that one is validated. A file of blocks alone, for other files to include, is
    validated as well. include_from: as in `load`.
    """
    with uncollected(), reading_from(include_from):
        path, content, named = find_content(net, variant)
        of_blocks = isinstance(content, str) and named is None and format_of(content) is None
        if isinstance(content, str) and of_blocks and has_blocks_alone(content, path):
            check_blocks(content, path)
            return []
        return validate_file(read_network(content, path), named, _judged)


def _judged(file: NetworkFile, variant: str | None) -> tuple[int, list[CostcalcWarning]]:
    """Build a network; of a space, walk through it and build its smallest network."""
    if WORD not in file.text:
        try:
            return built(file, variant)
        except CostcalcError as error:
            if not lacks_draws(error):  # the choices of a file that it includes or uses
                raise
    from costcalc.spaces.space import Space
    from costcalc.spaces.subject import NoChoicesError

    try:
        space = Space(file, Setting(variant), ("macs",))
    except NoChoicesError:
        return built(file, variant)
    except TooManyError as error:
        return 0, [CostcalcWarning(error.message, hint=error.hint)]
    space.require_any()
    warnings = [
        CostcalcWarning(
            f"{fault.settings:,} {'setting makes' if fault.settings == 1 else 'settings make'} no "
            f"network: {fault.error.message}",
            position=fault.error.position,
            hint=fault.error.hint,
        )
        for fault in space.faults
    ]
    layers, more = built(space.smallest().file(), None)
    return layers, [*warnings, *more]
