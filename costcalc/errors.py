"""Errors for bad input: what is wrong, where it stands, and a hint."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from costcalc.text import escaped

MAX_LINE = 500
"""Characters of a line of an error: it may quote a file."""


FaultKey: TypeAlias = "tuple[Position | None, str]"
_NUMBER = re.compile(r"\d+|\?")
"""A number, or the sign for one that is unknown behind a fault."""


class Position(NamedTuple):
    """A place in a text: 1-based line and column, in characters."""

    path: str
    line: int
    column: int

    @property
    def node(self) -> str | None:
        """The name of the node in a model file; None in a text."""
        return None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class NodePosition(Position):
    """A place in a model file: a node, or where its name is empty the file itself.

    The line is the number of the node, by which places are sorted.
    """

    _node: str

    def __new__(cls, path: str, number: int, node: str) -> "NodePosition":
        made = super().__new__(cls, path, number + 1, 1)
        made._node = node
        return made

    @property
    def node(self) -> str:
        return self._node

    def __str__(self) -> str:
        return f"{self.path}: node {self._node}" if self._node else self.path


class CostcalcError(Exception):
    """Base of every error that costcalc raises for bad input.

    `position` is where the fault stands (None while it is unknown), `hint` what to try, `notes`
    further places that matter, such as the line that used a faulty block.
    """

    _label = ""

    def __init__(
        self, message: str, *, position: Position | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.hint = hint
        self.notes: list[str] = []

    @property
    def key(self) -> FaultKey:
        """Equal for faults at one place whose messages differ in numbers only, known or not.

        They are one fault: a copy, a use of the block or a variant met it with other shapes.
        """
        return self.position, _NUMBER.sub("#", self.message)

    @property
    def problems(self) -> Sequence["CostcalcError"]:
        """The single faults: the error itself, or all that it gathers."""
        return (self,)

    def __str__(self) -> str:
        place = f"{self.position}: " if self.position else ""
        lines = [place + self._label + self.message, *(f"  {note}" for note in self.notes)]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(_shortened(escaped(line)) for line in lines)


def _shortened(line: str) -> str:
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}..."


class CostcalcWarning(CostcalcError):
    """What may not be meant in a network that is costed all the same; it is a value, not raised."""

    _label = "warning: "


class Problems(CostcalcError):
    """Several faults found in one pass."""

    def __init__(self, problems: Iterable[CostcalcError], outcome: str | None = None) -> None:
        """outcome: what becomes of the run, where that is not plain from the faults."""
        self.outcome = outcome
        found = {str(problem): problem for error in problems for problem in error.problems}
        self._problems = sorted(
            found.values(),
            key=lambda problem: (problem.position is None, problem.position or ()),
        )
        super().__init__(f"{len(self._problems)} problems")

    def __str__(self) -> str:
        return "\n".join(map(str, self._problems))

    @property
    def problems(self) -> Sequence[CostcalcError]:
        return self._problems


NO_REPORT = "no report is written until these faults are mended"
"""The outcome where other networks have no fault."""


class Faults(list[CostcalcError]):
    """The faults found so far; beyond MAX of them the search ends."""

    MAX = 100

    def append(self, fault: CostcalcError) -> None:
        super().append(fault)
        if len(self) >= self.MAX:
            self[-1] = CostcalcError(f"more than {self.MAX - 1} faults: these are the first")
            raise Problems(self)

    def extend(self, faults: Iterable[CostcalcError]) -> None:
        for fault in faults:
            self.append(fault)


_LEFT_OUT = str.maketrans("", "", "-._ ")


def folded(name: str) -> str:
    """A name without what people write in different ways: case, dashes, dots, spaces, _."""
    return name.lower().translate(_LEFT_OUT)


def nearest(name: str, candidates: Iterable[str], least: float = 0.6) -> str | None:
    """A hint that names the candidate closest to a mistyped name, if one is close."""
    import difflib  # only a mistake needs it

    known = list(candidates)
    by_fold = {folded(candidate): candidate for candidate in known}
    key = folded(name[:100])
    if key in by_fold:
        close = [by_fold[key]]
    else:
        close = difflib.get_close_matches(name[:100], known, 1, least)
    return f"did you mean '{close[0]}'?" if close else None


def suggestion(error: CostcalcError) -> str | None:
    """The name that the hint of an error says was meant, if it names one."""
    match = re.fullmatch(r"did you mean '([^']+)'\?", error.hint or "")
    return match[1] if match else None
