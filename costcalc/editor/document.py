"""A file that is open in an editor: as it is typed, and as it last was sound."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from costcalc.budgets.verdict import Verdict
from costcalc.editor.examination import NOTHING, Examination, Typed, examine
from costcalc.editor.line_costs import LineCost, line_costs
from costcalc.editor.line_map import Hunk, hunks, moved, reverted
from costcalc.editor.positions import Text, edited
from costcalc.editor.verdicts import Judgement
from costcalc.errors import CostcalcError, Position
from costcalc.importers.formats import text_format_of
from costcalc.language.library import shown_path
from costcalc.project.discovery import YAML

_MADE_OF_OTHERS = re.compile(r"\b(?:include|network)[ \t]*:")


class Sound:
    """A text without faults, and what its lines cost."""

    def __init__(self, text: Text, examination: Examination) -> None:
        self.text = text
        self.examination = examination

    @cached_property
    def total(self) -> int:
        """The MACs of the network."""
        analysis = self.examination.analysis
        return 0 if analysis is None else int(analysis.totals["macs"])

    @cached_property
    def costs(self) -> dict[int, LineCost]:
        """By the editor's lines, from 0."""
        analysis = self.examination.analysis
        if analysis is None:
            return {}
        return {self.text.line_of_yaml(line): cost for line, cost in line_costs(analysis).items()}

    @cached_property
    def judgement(self) -> Judgement:
        """The network beside its limits."""
        return Judgement(self.examination)

    def dismantle(self) -> None:
        """Break the circles of what is known, so that its memory is free at once."""
        if "judgement" in vars(self):
            self.judgement.dismantle()
        self.examination.dismantle()


class Document:
    """A text, and what is known of it.

    While a line is typed the text is faulty most of the time. Faults are those of the text as it
    is; costs are those of the text in which what is being typed is as it last was without faults.
    """

    def __init__(
        self, text: Text, path: str, read: Callable[[str], str | None], version: int | None = None
    ) -> None:
        self.path = path
        self.shown_path = shown_path(path)
        """The path as messages say it."""
        self.version = version
        self.variant: str | None = None
        """The variant whose costs are shown; None is the first."""
        self._read = read
        self.text = text
        self._now = NOTHING
        self._sound: Sound | None = None
        self._typed = 0
        """The line that was changed last."""
        self._places: dict[int, int] | None = None
        self._is_outdated = True
        self._all_variants = False

    def change(self, changes: list[Any], version: int | None) -> None:
        """Take an editor's changes."""
        if self._sound is None:
            self._refresh()  # the text may be sound now, and faulty after them
        before = self.text.lines
        self.text = Text(edited(self.text, changes), utf16=self.text.counts_utf16)
        self.version = version
        found = hunks(before, self.text.lines)
        if found:
            self._typed = found[-1].now
        self.outdate()

    def outdate(self, *, all_variants: bool = False) -> None:
        """Look at the text anew when it is asked for: it, or a file that it includes, has changed.

        all_variants: whether to look for the faults of all variants.
        """
        self._is_outdated = True
        self._all_variants = all_variants
        self._places = None

    @property
    def now(self) -> Examination:
        """What is known of the text as it is."""
        self._refresh()
        return self._now

    @property
    def sound(self) -> Sound | None:
        """The text as it last was sound."""
        self._refresh()
        return self._sound

    def _refresh(self) -> None:
        """Look at a text that has changed."""
        if not self._is_outdated:
            return
        self._is_outdated = False
        before = self._now, self._sound
        self._now = self.examine(self.text.text, all_variants=self._all_variants)
        if self._now.analysis is not None:
            self._sound = Sound(self.text, self._now)
        elif self._sound is not None:
            self._take_back(self._sound)
        now, sound = before
        if sound is not None and sound is not self._sound:
            sound.dismantle()
        if now is not self._now and (sound is None or now is not sound.examination):
            now.dismantle()

    def dismantle(self) -> None:
        """Break the circles of what is known, so that its memory is free at once."""
        self._now.dismantle()
        if self._sound is not None:
            self._sound.dismantle()

    def show(self, variant: str | None) -> None:
        """Choose the variant whose costs are shown."""
        self.variant = variant
        if self._sound is not None:
            self._sound.dismantle()
        self._sound = None
        self.outdate()

    @property
    def costs(self) -> dict[int, LineCost]:
        """What lines cost, by their number from 0: those that are as they last were sound."""
        if self.sound is None:
            return {}
        places = self._moved
        return {places[line]: cost for line, cost in self.sound.costs.items() if line in places}

    @property
    def verdicts(self) -> list[Verdict]:
        """Each limit, compared with the network as it last was sound."""
        return self.sound.judgement.finish().verdicts if self.sound else []

    @property
    def is_judged(self) -> bool:
        """Whether all limits are compared."""
        return self.sound is None or self.sound.judgement.is_done

    def judge(self) -> None:
        """Compare one limit more."""
        if self.sound is not None:
            self.sound.judgement.step()

    @property
    def faults(self) -> list[CostcalcError]:
        """The faults of the text as it is, and where it has none those of its limits."""
        if self.now.analysis is None or self.sound is None:
            return self.now.faults
        known = {fault.key for fault in self.now.faults}
        judged = self.sound.judgement.finish().faults
        own = [fault for fault in judged if fault.key not in known]
        return [*self.now.faults, *own]

    @property
    def is_foreign(self) -> bool:
        """Whether the text is of another format than costcalc's own."""
        file = self.now.file or (self.sound and self.sound.examination.file)
        if file:
            return file.foreign is not None
        return not self.path.endswith(YAML) or text_format_of(self.text.text) is not None

    def line_of(self, verdict: Verdict) -> int | None:
        """The line of a limit as the text is now: the first for one that another file has, None
        where the line is being typed."""
        position = verdict.limit.position
        if self.sound is None or position is None:
            return 0
        if not self.is_own(position):
            return 0
        return self.place(self.sound.text.line_of_yaml(position.line))

    def is_own(self, position: Position) -> bool:
        """Whether a place is in this file."""
        return position.path in (self.path, self.shown_path)

    def reads(self, path: str) -> bool:
        """Whether the network is, or may be, made of another file too, by its real path."""
        file = self.now.file
        if file is None or file.files is None:
            return _MADE_OF_OTHERS.search(self.text.text) is not None
        return path in file.files.done or path in file.files.networks

    def place(self, line: int) -> int | None:
        """Where a line of the text as it last was sound stands now; None where it was changed."""
        return self._moved.get(line)

    @property
    def _moved(self) -> dict[int, int]:
        """The lines of the text as it last was sound that nobody has changed."""
        if self._places is None:
            lines = self.sound.text.lines if self.sound else []
            self._places = moved(hunks(lines, self.text.lines), len(lines))
        return self._places

    def _take_back(self, sound: Sound) -> None:
        """Undo what is faulty, so that all else that was typed since then counts."""
        old, new = sound.text.lines, self.text.lines
        changes = hunks(old, new)
        if len(changes) < 2:
            return  # without its only change the text is the sound one
        faulty = _on(changes, self._faulty_lines())
        typed = _on(changes, {self._typed})
        both = [hunk for hunk in changes if hunk in faulty or hunk in typed]
        for undone in {tuple(one): one for one in (faulty, typed, both)}.values():
            if undone and len(undone) < len(changes):
                text = Text("\n".join(reverted(old, new, undone)), utf16=sound.text.counts_utf16)
                found = self.examine(text.text)
                if found.analysis is not None:
                    self._sound = Sound(text, found)
                    return

    def _faulty_lines(self) -> set[int]:
        return {
            self.text.line_of_yaml(fault.position.line)
            for fault in self._now.faults
            if fault.position is not None and fault.position.node is None
        }

    def read(self, path: str) -> str:
        """The text of another file, as it is open in the editor, else as it is on disk."""
        return Typed(self._read).read(os.path.realpath(path))

    def examine(self, text: str, *, all_variants: bool = False) -> Examination:
        """Look at a text in the place of this one."""
        return examine(text, self.path, self._read, variant=self.variant, all_variants=all_variants)


def _on(changes: list[Hunk], lines: set[int]) -> list[Hunk]:
    """The changes on some lines of the new text."""
    return [hunk for hunk in changes if any(hunk.now <= line <= hunk.now_end for line in lines)]
