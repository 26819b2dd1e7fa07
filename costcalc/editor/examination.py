"""A text as it is being typed: what it says and what is wrong with it, both at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from costcalc.costs.table import Analysis
from costcalc.costs.validation import validate_file
from costcalc.editor.line_costs import LineCost, line_costs
from costcalc.errors import CostcalcError, CostcalcWarning, Position
from costcalc.graph.builder import build
from costcalc.graph.collection import discount_layers
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting
from costcalc.importers.reading import read_network
from costcalc.language.block_file import check_blocks, has_blocks_alone
from costcalc.language.files import line_and_column
from costcalc.language.includes import WORKING_TREE, Tree, WorkingTree
from costcalc.language.network_file import NetworkFile
from costcalc.project.discovery import YAML
from costcalc.project.location import PROJECT_FILE

if TYPE_CHECKING:
    from costcalc.results import Table

_LAYERS = re.compile("^layers[ \t]*:", re.MULTILINE)
_HALF = re.compile("[\ud800-\udfff]")


class Examination(NamedTuple):
    """What is known of a text."""

    file: NetworkFile | None
    """The network as it was read; None where the text is faulty."""
    analysis: Analysis | None
    """The costs of its layers, in the variant that was asked for; None where it has faults."""
    faults: list[CostcalcError]
    warnings: list[CostcalcWarning]
    is_space: bool = False
    """Whether the text is of a space of networks: the costs are of one of them, which has the
    largest option of each choice."""

    @property
    def table(self) -> Table | None:
        """The costs as a table that shows itself."""
        from costcalc.results import Table

        return None if self.analysis is None else Table(self.analysis.network)

    @property
    def lines(self) -> dict[int, LineCost]:
        """What each line of the text costs that has an item, by its number from 1."""
        return {} if self.analysis is None else line_costs(self.analysis)

    def dismantle(self) -> None:
        """Break the circles of the network and its file, so that memory is free at once; nothing
        may use them afterwards."""
        if self.analysis is not None:
            self.analysis.network.root.dismantle()
            discount_layers(len(self.analysis.network.nodes))
        if self.file is not None:
            self.file.dismantle()


NOTHING = Examination(None, None, [], [])


class Typed(WorkingTree):
    """The files as an editor has them open, and all others as they are on disk."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        """read: gives the text of an open file by its real path, None of any other."""
        self._read = read

    def read(self, path: str) -> str:
        text = self._read(path)
        return super().read(path) if text is None else text


def examine(
    text: str,
    path: str = "network.yaml",
    read: Callable[[str], str | None] | None = None,
    *,
    variant: str | None = None,
    all_variants: bool = False,
) -> Examination:
    """Read a network from a text that may have any fault, and cost it where it has none; of a
    project file and of a file of blocks find the faults.

    path: where the file is, whether it was saved or not: its includes are found from there, and its
    ending says what format it may be. read: gives the texts of files that are open elsewhere, by
    their real path; None is those on disk. variant: the one to cost, else the first. all_variants:
    whether to look for the faults of the others as well, which takes as long again for each.

    Raises nothing, whatever the text is: faults have their places.
    """
    tree: Tree = WORKING_TREE if read is None else Typed(read)
    file = analysis = None
    is_space = False
    faults: list[CostcalcError] = []
    warnings: list[CostcalcWarning] = []
    try:
        _refuse_half_characters(text, path)
        if os.path.basename(path) == PROJECT_FILE:
            from costcalc.project.project_file import Project

            Project(path, text)
            return NOTHING
        if is_blocks_alone(text, path):
            check_blocks(text, path, tree)
            return NOTHING
        file = read_network(text, path, tree)
        name = variant if variant in file.variants else None
        network, is_space = _built(file, Setting(name))
        analysis = Analysis(network)
        warnings += analysis.warnings
        if all_variants:
            warnings = validate_file(file)
    except CostcalcError as error:
        _forget_frames(error)
        faults += error.problems
    except Exception as error:
        faults.append(
            CostcalcError(
                f"costcalc failed: {type(error).__name__}: {error}",
                position=Position(path, 1, 1),
                hint="this is a bug: please report it with the text",
            )
        )
    return Examination(file, analysis, faults, warnings, is_space)


def _built(file: NetworkFile, setting: Setting) -> tuple[Network, bool]:
    """The network; of a space one of its networks, and whether it is a space."""
    try:
        return build(file, setting), False
    except CostcalcError as error:
        from costcalc.spaces.options_by_size import LargestOptions, lacks_draws

        if not lacks_draws(error):
            raise
        return build(file, setting, LargestOptions), True


def _forget_frames(error: CostcalcError) -> None:
    """Free what was being built when a fault was found, and whoever asked for it: the frames of a
    traceback hold them for as long as the fault is shown."""
    for fault in (error, *error.problems):
        fault.__traceback__ = fault.__context__ = fault.__cause__ = None


def _refuse_half_characters(text: str, path: str) -> None:
    """Raise CostcalcError for half of a pair of UTF-16: an editor can send one, no file has any."""
    half = _HALF.search(text)
    if half is not None:
        line, column = line_and_column(text[: half.start()])
        raise CostcalcError(
            f"not YAML: the character U+{ord(half[0]):04X} is not allowed",
            position=Position(path, line, column),
        )


def is_blocks_alone(text: str, path: str) -> bool:
    """Whether a text is a file of blocks, for other files to include."""
    may_be = path.endswith(YAML) and "blocks" in text and not _LAYERS.search(text)
    return may_be and has_blocks_alone(text, path)
