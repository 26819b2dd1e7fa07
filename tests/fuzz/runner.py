"""Run the fuzzers side by side, each in a process of its own, and print what fails."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from ctypes import c_long
from pathlib import Path
from random import SystemRandom
from time import monotonic
from typing import Any

from fuzz.engines import ENGINES, MEBIBYTES, Case, Failure
from fuzz.shrink import first_lines

FIXED = "1"
"""The seed that is tried every time, beside a new one."""
MOST_FAILURES = 5
"""Different failures after which a fuzzer ends."""
GRACE = 90
"""Seconds beyond its time that a fuzzer may take, to make a case smaller."""


def seeds() -> list[str]:
    return [FIXED, str(SystemRandom().randrange(10**9))]


def run(engines: Sequence[str], minutes: float, chosen: Sequence[str]) -> int:
    """Run fuzzers for some minutes; return how many cases failed."""
    print(
        f"seeds {' and '.join(chosen)}; {minutes:g} minutes of {' and '.join(engines)}", flush=True
    )
    context = multiprocessing.get_context("spawn")
    counts = {name: context.RawArray(c_long, 2) for name in engines}
    children = {
        name: context.Process(
            target=_fuzz, args=(name, list(chosen), minutes * 60, counts[name]), name=name
        )
        for name in engines
    }
    for child in children.values():
        child.start()
    end = monotonic() + minutes * 60 + GRACE
    failures = 0
    try:
        for name, child in children.items():
            child.join(max(1, end - monotonic()))
            failures += counts[name][1]
            ending = ending_of(child.exitcode, counts[name][1])
            if ending:
                print(f"\nfailed: {case_of(name, chosen, counts[name][0])}: {ending}")
                failures += 1
            print(f"{name}: {counts[name][0]:,} cases, {counts[name][1]} failed")
    except KeyboardInterrupt:
        print(*(f"{name}: {counts[name][0]:,} cases" for name in engines), sep="; ")
        failures += sum(counts[name][1] for name in engines)
    finally:
        for child in children.values():
            child.kill()
    return failures


def ending_of(exit_code: int | None, failed: int) -> str | None:
    """What is wrong with how a fuzzer ended."""
    if exit_code is None:
        return "it does not end"
    if exit_code < 0:
        return f"the process died by signal {-exit_code}"
    return "the fuzzer itself, as shown above" if exit_code and not failed else None


def case_of(engine: str, chosen: Sequence[str], count: int) -> Case:
    """The case of a number: the seeds take turns."""
    return Case(engine, chosen[count % len(chosen)], count // len(chosen))


def _fuzz(name: str, chosen: list[str], seconds: float, counts: Any) -> None:
    kinds: set[str] = set()
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        engine = ENGINES[name](Path(folder))
        limit_memory()
        end = monotonic() + seconds
        while monotonic() < end and len(kinds) < MOST_FAILURES:
            failure = engine.failure(case_of(name, chosen, counts[0]))
            counts[0] += 1
            if failure and failure.fault.kind not in kinds:
                kinds.add(failure.fault.kind)
                counts[1] += 1
                show(failure)
    sys.exit(bool(kinds))


def again(text: str) -> int:
    """Try one case again, in this process."""
    case = Case.read(text)
    with tempfile.TemporaryDirectory() as folder:
        failure = ENGINES[case.engine](Path(folder)).failure(case)
    if failure is None:
        print(f"{case} does not fail")
        return 0
    show(failure)
    return 1


def show(failure: Failure) -> None:
    print(f"\nfailed: {failure.case}: {failure.fault}")
    print("  the smallest case that fails so:")
    print("".join(f"    {line}\n" for line in first_lines(failure.smallest).splitlines()), end="")
    print(f"  again: python -m tests.fuzz --case {failure.case}", flush=True)


def limit_memory() -> None:
    """Let this process have so much more address space and no more; Linux knows how much it has."""
    try:
        import resource

        import numpy  # noqa: F401 - what it takes at its import is no case's doing

        status = Path("/proc/self/status").read_text(encoding="ascii")
    except (ImportError, OSError):
        return
    (kilobytes,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmSize")]
    most = (int(kilobytes) << 10) + (MEBIBYTES << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
