"""The README's console blocks: what they show is what the program prints.

python tests/support/readme.py --write runs them anew and writes their output into the README.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parent.parent.parent / "README.md"
PART = re.compile(r"^<!-- (costcalc .*?) -->\n(.*?)^<!-- end -->", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def run(command: str, folder: str) -> str:
    """What a reader sees in a shell whose PATH has this Python's scripts."""
    scripts = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": scripts + os.pathsep + os.environ["PATH"]}
    environment.pop("FORCE_COLOR", None)
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def replay(text: str) -> str:
    """The README with the output of every console block, and of every part, as it is now."""
    with tempfile.TemporaryDirectory() as folder:

        def answer(match: re.Match[str]) -> str:
            shown = "".join(f"$ {line}\n{run(line, folder)}" for line in commands(match[1]))
            return f"```console\n{shown}```"

        def part(match: re.Match[str]) -> str:
            return f"<!-- {match[1]} -->\n{run(match[1], folder)}<!-- end -->"

        return PART.sub(part, BLOCK.sub(answer, text))


if __name__ == "__main__":
    before = README.read_text(encoding="utf-8")
    after = replay(before)
    if "--write" in sys.argv:
        README.write_text(after, encoding="utf-8")
    sys.exit(before != after and "--write" not in sys.argv)
