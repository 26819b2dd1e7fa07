"""The manual: README.md and docs/. What it shows is what the program prints.

`python tests/support/manual --write` runs everything that the pages show and writes the results
into them; without `--write` it says which pages are out of date. A page is run from top to bottom
in an empty folder:

- a block whose first line is a comment with a file's name becomes that file;
- ```console                 every line behind `$ ` is run, and its output stands below it;
- ```python                  is run; an expression's value stands in the comment behind it;
- <!-- costcalc ... -->      the command's output, as Markdown, up to <!-- end -->;
- <!-- generated: NAME -->   the Markdown of the function NAME of GENERATED, up to <!-- end -->.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from support.paths import PROJECT

from . import (
    action,
    commands,
    conventions,
    json_keys,
    keys,
    layers,
    limits,
    lint,
    metrics,
    pictures,
    python_api,
    shipped_index,
)
from .python_block import answered

README = PROJECT / "README.md"
DOCS = PROJECT / "docs"
PAGES = [README, *sorted(DOCS.rglob("*.md"))]
GENERATED = {
    "action": action.inputs,
    "commands": commands.reference,
    "conventions": conventions.reference,
    "formats": commands.formats,
    "json": json_keys.reference,
    "keys": keys.keys,
    "families": conventions.families,
    "kinds": conventions.kinds,
    "layers": layers.reference,
    "limits": limits.limits,
    "lint": lint.reference,
    "metrics": metrics.metrics,
    "python": python_api.reference,
    "quantities": conventions.quantities,
}
SHOWN = re.compile(
    r"^<!-- (?P<part>costcalc|generated:) (?P<words>.*?) -->\n.*?^<!-- end -->$"
    r"|^```(?P<language>\w+)\n(?P<block>(?:# (?P<title>[\w./-]+\.\w+)(?::[^\n]*)?\n)?.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in {
            "NAME": "Reader",
            "EMAIL": "reader@example.org",
            "DATE": "2026-01-01T00:00:00Z",
        }.items()
    },
}
"""With these, a commit of a page has the same name whenever it is run."""


def name_of(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def current(page: Path) -> str:
    """A page, a picture or the index as it should be."""
    if page == shipped_index.INDEX:
        return shipped_index.written()
    return pictures.drawn(page) if page in pictures.PICTURES else replayed(read(page))


def renewed(page: Path, *, write: bool) -> str | None:
    """Write a page if it is out of date and that is wanted; what there is to say of it."""
    try:
        text = current(page)
    except Exception as error:
        return f"cannot run {name_of(page)}: {type(error).__name__}: {error}"
    if page.exists() and read(page) == text:
        return None
    if not write:
        return f"out of date: {name_of(page)}"
    page.write_text(text, encoding="utf-8")
    return f"written: {name_of(page)}"


def lines_to_run(block: str) -> list[str]:
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def environment(**more: str) -> dict[str, str]:
    """A shell whose PATH has this Python's scripts, outside of any CI and any terminal."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "CI", "GIT_")) and name not in ("FORCE_COLOR", "COLUMNS")
    }
    scripts = str(Path(sys.executable).parent)
    path = scripts + os.pathsep + kept.get("PATH", os.defpath)
    return {**kept, **GIT, "PATH": path, "NO_COLOR": "", **more}


def run(command: str, folder: str, **more: str) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def replayed(text: str) -> str:
    """A page with everything that it shows as it is now."""
    python: list[str] = []
    with tempfile.TemporaryDirectory() as folder:

        def show(match: re.Match[str]) -> str:
            if match["part"]:
                words = match["words"]
                made = (
                    GENERATED[words]()
                    if match["part"] == "generated:"
                    else run(f"costcalc {words}", folder)
                )
                return f"<!-- {match['part']} {words} -->\n\n{made.strip()}\n\n<!-- end -->"
            block = match["block"]
            if match["title"]:
                file = Path(folder, match["title"])
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block, encoding="utf-8")
            elif match["language"] == "console":
                shown = "".join(f"$ {line}\n{run(line, folder)}" for line in lines_to_run(block))
                return f"```console\n{shown}```"
            elif match["language"] == "python":
                python.append(block)
                return f"```python\n{answered(python, folder, environment())}```"
            return match[0]

        return SHOWN.sub(show, text)


def blocks(text: str, language: str) -> list[tuple[str | None, str]]:
    """The blocks of a language that a page shows, but for generated ones: title and text."""
    found = SHOWN.finditer(text)
    return [(match["title"], match["block"]) for match in found if match["language"] == language]


def main(arguments: list[str]) -> int:
    """Write what is out of date, or only say so; 1 if anything still is."""
    write = "--write" in arguments
    pages = [*PAGES, *pictures.PICTURES]
    # The index first: pages show what list prints.
    index = renewed(shipped_index.INDEX, write=write)
    with ThreadPoolExecutor() as pool:
        renew = partial(renewed, write=write)
        said = [line for line in (index, *pool.map(renew, pages)) if line]
    for line in said:
        print(line)
    return int(any(not line.startswith("written") for line in said))
