"""The fuzzers: each draws a case from its number, tries it, and makes it smaller where it fails."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from time import process_time
from typing import Any, NamedTuple

import yaml
from fuzz import model_files, mutations, networks, shrink, specs
from fuzz.calls import Fault, crashes_are_faults
from fuzz.roads import OTHER_ROADS, Axes, Road, Subject, plain_build, sweep

SECONDS = 5
"""Processor time that one case may take."""
SHRINKING = 20
"""Seconds in which a failing case is made smaller."""
MEBIBYTES = 400
"""Address space that a fuzzer may take, beyond what it has at its start."""


class Case(NamedTuple):
    """One case, by which it is drawn again."""

    engine: str
    seed: str
    number: int

    def __str__(self) -> str:
        return f"{self.engine}:{self.seed}:{self.number}"

    @classmethod
    def read(cls, text: str) -> Case:
        engine, seed, number = text.split(":")
        return cls(engine, seed, int(number))


class Failure(NamedTuple):
    case: Case
    fault: Fault
    smallest: str


class _OverTimeError(BaseException):
    """Too much processor time; no `except Exception` on the way catches it."""


def within_time(attempt: Callable[[], None]) -> None:
    """Run an attempt; taking too long, or too much memory, is a Fault."""

    def end(*_: Any) -> None:
        raise _OverTimeError

    before = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    start = process_time()
    try:
        attempt()
    except _OverTimeError:
        raise Fault(f"more than {SECONDS} seconds of processor time") from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if process_time() - start > SECONDS:  # in a library, where no signal interrupts
        raise Fault(f"more than {SECONDS} seconds of processor time")


def fault_of(attempt: Callable[[], None]) -> Fault | None:
    try:
        within_time(attempt)
    except Fault as fault:
        return fault
    return None


# Networks, by all roads


class Roads:
    """Random networks, every road against every other."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "network.yaml"
        self.always: tuple[Road, ...] = (plain_build, sweep)
        self.others: tuple[Road, ...] = OTHER_ROADS

    def failure(self, case: Case) -> Failure | None:
        tree = networks.network(str(case))
        random = Random(str(case))
        axes = Axes.drawn(tree, random)
        for road in (*self.always, *random.sample(self.others, min(2, len(self.others)))):
            fault = self.tried(road, tree, axes, case)
            if fault:
                return self.smallest(road, tree, axes, case, fault)
        return None

    def tried(self, road: Road, tree: Any, axes: Axes, case: Case) -> Fault | None:
        def attempt() -> None:
            subject = Subject(tree, axes, self.path, Random(str(case)))
            with crashes_are_faults():
                road(subject)

        return fault_of(attempt)

    def smallest(self, road: Road, tree: Any, axes: Axes, case: Case, fault: Fault) -> Failure:
        def fails(changed: tuple[Any, Axes]) -> bool:
            try:
                found = self.tried(road, *changed, case)
            except Exception:  # a tree that is no network any more
                return False
            return found is not None and found.kind == fault.kind

        tree, axes = shrink.shrunk((tree, axes), smaller_cases, fails, SHRINKING)
        knobs = {name: [str(value) for value in values] for name, values in axes.items()}
        where = f"# by {road.__name__}, variant {axes.variant}, knobs {knobs}\n"
        text = yaml.safe_dump(tree, sort_keys=False)
        return Failure(case, self.tried(road, tree, axes, case) or fault, where + text)


def smaller_cases(case: tuple[Any, Axes]) -> Iterator[tuple[Any, Axes]]:
    tree, axes = case
    yield from ((smaller, axes) for smaller in shrink.smaller_trees(tree))
    for name, values in axes.items():
        for value in values if len(values) > 1 else []:
            yield tree, axes.replaced(name, [value])
    if axes.variant is not None:
        yield tree, axes.of_variant(None)


# Texts


class Texts:
    """Spoilt texts: each is a network, or refused with its place."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "spoilt.yaml"
        self.texts = mutations.corpus()

    def drawn(self, random: Random) -> mutations.Spoilt:
        return mutations.spoilt(random, self.texts)

    def failure(self, case: Case) -> Failure | None:
        drawn = self.drawn(Random(str(case)))
        fault = self.tried(drawn, case)
        if not fault:
            return None

        def fails(text: bytes) -> bool:
            found = self.tried(drawn._replace(text=text), case)
            return found is not None and found.kind == fault.kind

        if drawn.misspelling is None:  # else its place would move
            text = shrink.shrunk(drawn.text, shrink.smaller_bytes, fails, SHRINKING)
            drawn = drawn._replace(text=text)
        shown = drawn.text.decode("utf-8", "backslashreplace")
        return Failure(case, self.tried(drawn, case) or fault, f"# after {drawn.source}\n{shown}")

    def tried(self, drawn: mutations.Spoilt, case: Case) -> Fault | None:
        def attempt() -> None:
            with crashes_are_faults():
                specs.hold(drawn, self.path, Random(str(case)))

        return fault_of(attempt)


class Foreign(Texts):
    """Spoilt files of other formats: each is a network, or refused with its place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.texts = mutations.samples()

    def drawn(self, random: Random) -> mutations.Spoilt:
        found = mutations.spoilt_sample(random, self.texts)
        self.path = self.folder / found.source
        return found


class Models(Texts):
    """Spoilt model files: each is a network, or refused with its file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = model_files.corpus()

    def drawn(self, random: Random) -> mutations.Spoilt:
        found = model_files.spoilt(random, self.files)
        self.path = self.folder / found.source
        return found

    def tried(self, drawn: mutations.Spoilt, case: Case) -> Fault | None:
        def attempt() -> None:
            with crashes_are_faults():
                model_files.hold(drawn, self.path)

        return fault_of(attempt)


class InTorch(Roads):
    """Random networks against PyTorch."""

    def __init__(self, folder: Path) -> None:
        from fuzz.torch_models import in_torch

        super().__init__(folder)
        self.always, self.others = (in_torch,), ()


ENGINES: dict[str, Callable[[Path], Roads | Texts]] = {
    "networks": Roads,
    "specs": Texts,
    "foreign": Foreign,
    "models": Models,
    "torch": InTorch,
}
