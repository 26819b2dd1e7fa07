"""What may come of any text at all: a network, or an error that shows the place."""

import json
import re
from pathlib import Path
from random import Random
from typing import NamedTuple

import yaml
from fuzz.calls import Ended, Fault, call
from fuzz.mutations import NONCE, Misspelling, Spoilt
from support.paths import CONFIGS

LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
NEW_LINE = re.compile("\n")
"""Of a text that is no YAML."""
PROBLEM = re.compile(r"(?P<path>[^\n]*?):(?P<line>\d+):(?P<column>\d+): (?P<message>.+)")
WARNED = re.compile(r"(?:[^\n]*:\d+:\d+: warning: [^\n]*\n(?:  hint: [^\n]*\n)?)*")
CUT = re.compile(r"error: more than \d+ faults: these are the first")
UNKNOWN = re.compile(r"unknown (?:key|layer|name|function|type)[^']* '([^']+)'")
LEAKS = re.compile(
    r"Traceback|object at 0x|<class |<function |NoneType|Error: |\bNone\b|[\x00-\x08\x1b]"
)
REQUESTS = (
    ("analyze", "--depth", "all"),
    ("analyze", "--format", "markdown", "--alpha", "0.5", "--rho", "5/7"),
    ("analyze", "--format", "csv", "--fold-batch-norm"),
    ("sweep", "--alpha", "0.5..1:0.25", "--rho", "1/2,1", "--format", "csv"),
    ("formula",),
    ("formula", "--exact", "--format", "python"),
    ("solve", "--max", "macs=1M", "--range", "alpha=0.5..1"),
    ("check", "--max", "macs=1k", "--format", "junit"),
    ("conventions",),
    ("show",),
)


SPACE = "this is a space of networks"
OF_SPACES = (
    ("--format", "json"),
    ("--max", "macs=1M", "--format", "markdown"),
    ("--sample", "3", "--seed", "1"),
    ("--largest", "params", "--format", "csv"),
    ("--pareto", "macs,params"),
    ("--measure", "choices"),
    ("--draws", "20", "--metric", "arena,macs", "--max", "macs=1M"),
    ("--draws", "20", "--sample", "2", "--measure", "choices"),
)
REFUSED = re.compile(
    "no network of the space|more than [0-9,]+ |cannot be written|is not the sum|of 20 draws"
)
"""What a space may be refused for, though each of its networks can be costed."""


class Problem(NamedTuple):
    path: str
    line: int
    column: int
    message: str


def hold(case: Spoilt, path: Path, random: Random) -> None:
    """Ask for a text's costs; raise Fault where the answer is none."""
    path.write_bytes(case.text)
    validated = call("validate", str(path))
    if validated.code == 2:
        check_refusal(validated, case, path)
        analyzed = call("analyze", str(path))
        if analyzed.code == 2:
            check_refusal(analyzed, case._replace(misspelling=None), path)
        return
    if validated.code != 0 or not WARNED.fullmatch(validated.err):
        raise Fault(f"validate: exit code {validated.code}: {validated.err}")
    if is_of_blocks_alone(case):
        return
    analyzed = call("analyze", str(path), "--format", "json")
    if analyzed.code == 2 and SPACE in analyzed.err:
        hold_space(path, random)
        return
    if analyzed.code != 0:
        raise Fault(f"what validates is not analyzed: {analyzed.err}")
    (network,) = json.loads(analyzed.out)["networks"]
    for name, value in network["totals"].items():
        if isinstance(value, int) and value < 0:
            raise Fault(f"{name} is {value}")
    command, *options = random.choice(REQUESTS)
    ended = call(command, str(path), *options)
    for line in ended.err.splitlines():
        if LEAKS.search(line):
            raise Fault(f"{command}: {line}")


def hold_space(path: Path, random: Random) -> None:
    """Ask for what is in a space of networks, and for one of them."""
    ended = call("space", str(path), *random.choice(OF_SPACES))
    picked = call("analyze", str(path), "--pick", random.choice(["smallest", "largest", "1"]))
    for line in (*ended.err.splitlines(), *picked.err.splitlines()):
        if LEAKS.search(line):
            raise Fault(f"space: {line}")
    if (ended.code == 0) != (picked.code == 0) and not REFUSED.search(ended.err + picked.err):
        raise Fault(f"a space, and no network of it: {ended.err}{picked.err}")


def is_of_blocks_alone(case: Spoilt) -> bool:
    lines = re.findall(rb"^[^\s#].*", case.text, re.MULTILINE)
    return not any(b"layers" in re.sub(rb"\s#.*", b"", line) for line in lines)


def check_refusal(ended: Ended, case: Spoilt, path: Path) -> None:
    if ended.out:
        raise Fault(f"an error, and on standard output: {ended.out[:200]}")
    lines = [line for line in ended.err.splitlines() if not line.startswith("  ")]
    found = []
    for line in lines:
        match = PROBLEM.fullmatch(line)
        if not match and found and CUT.fullmatch(line):
            continue
        if not match:
            raise Fault(f"an error without a place: {line}")
        row, column = int(match["line"]), int(match["column"])
        found.append(Problem(match["path"], row, column, match["message"]))
    if not found:
        raise Fault(f"no error is shown: {ended.err[:300]}")
    text = case.text.decode("utf-8", "replace").removeprefix("\ufeff")
    for line in ended.err.splitlines():
        leak = LEAKS.search(line)
        if leak and leak[0] not in text:
            raise Fault(f"an error shows what is inside: {line}")
    for problem in found:
        check_place(problem, text, path)
    if case.misspelling:
        check_misspelling(found, text, case.misspelling)


def check_place(problem: Problem, text: str, path: Path) -> None:
    """The place is one in the file; where a message quotes an unknown word, it stands there."""
    if problem.path != str(path):
        shipped = CONFIGS / problem.path.removesuffix(" (shipped)")
        text = shipped.read_text(encoding="utf-8")
    lines = (LINE_BREAK if path.suffix in (".yaml", ".json") else NEW_LINE).split(text)
    if not (problem.line <= len(lines) and problem.column <= len(lines[problem.line - 1]) + 1):
        raise Fault(f"a place that is not there: {problem}")
    quoted = UNKNOWN.match(problem.message)
    if not quoted or "..." in quoted[1] or "\\" in quoted[1]:
        return
    there = from_place(lines, problem)
    if there[:1] in tuple("&*!|>?"):  # an anchor, a tag, a block of text: the value comes later
        return
    first = (quoted[1].split() or [""])[0]  # a key may begin with blanks, in quotes
    if not there.lstrip("'\"$ \n").startswith(first.lstrip("$")) and not is_within(
        first, text, problem
    ):
        raise Fault(f"another place than that of what it quotes, at {there[:30]!r}: {problem}")


def is_within(word: str, text: str, problem: Problem) -> bool:
    """Whether an expression over several lines has the word; its place is where it begins."""
    place = (problem.line - 1, problem.column - 1)
    try:
        for token in yaml.scan(text, yaml.CSafeLoader):
            start, end = token.start_mark, token.end_mark
            if isinstance(token, yaml.ScalarToken) and (start.line, start.column) == place:
                return end.line > start.line and word in re.findall(r"\w+", token.value)
    except yaml.YAMLError:
        pass
    return False


def from_place(lines: list[str], problem: Problem) -> str:
    return "\n".join(lines[problem.line - 1 :])[problem.column - 1 :]


def check_misspelling(found: list[Problem], text: str, misspelt: Misspelling) -> None:
    """One of the errors shows the misspelling, or where the word was meant that is gone."""
    lines = LINE_BREAK.split(text)
    word = re.compile(rf"\b{misspelt.old}\b")
    for problem in found:
        line = lines[problem.line - 1]
        # Where an expression cannot be read, its place is where the reading ended.
        is_there = problem.line == misspelt.place[0] and problem.column >= misspelt.scalar[1]
        if NONCE in problem.message and is_there:
            return
        # An empty value stands behind its key.
        around = line[max(0, problem.column - 4 - len(misspelt.old)) :]
        if word.search(problem.message) and (word.search(around) or NONCE in around):
            return
    row, column = misspelt.place
    raise Fault(f"'{misspelt.old}' is misspelt at {row}:{column}: {found}")
