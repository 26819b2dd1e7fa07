"""What `costcalc lint` reports: what rules found, what it costs, and what would help."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

from costcalc.devices.device import Device
from costcalc.graph.nodes import Network
from costcalc.language.library import shown_path
from costcalc.lint.registry import rules
from costcalc.lint.rule import SEVERITIES, WARNING, Finding
from costcalc.project.discovery import repository_path
from costcalc.render import csv
from costcalc.render.sheet import Column, Part, Sheet
from costcalc.reports import keys
from costcalc.reports.issues import Issue
from costcalc.reports.issues import github as github_issues
from costcalc.reports.issues import gitlab as gitlab_issues
from costcalc.reports.issues import sarif as sarif_issues
from costcalc.reports.keys import Schema
from costcalc.reports.labels import device_line, heading
from costcalc.text import escaped
from costcalc.units import bytes_text, duration_text


class Linted(NamedTuple):
    """A network, and what rules found in it."""

    network: Network
    device: Device | None
    findings: Sequence[Finding]


def page(result: Sequence[Linted]) -> Iterator[Part]:
    for one in result:
        yield heading(one.network, one.network.setting.variant)
        if not one.findings:
            yield "nothing found"
            yield ""
            continue
        yield _table(one)
        said = dict.fromkeys((finding.rule, finding.found.remedy) for finding in one.findings)
        for rule, remedy in said:
            yield f"{rule}: {escaped(remedy)}"
        yield ""
    yield from device_line(result[0].network.setting)
    yield "costcalc lint --rule NAME --explain shows the page of a rule"


def _table(one: Linted) -> Sheet:
    columns = [
        Column("line"),
        Column("layer", left=True),
        Column("rule", left=True),
        Column("costs"),
        Column("found", left=True, wide=True),
    ]
    rows = [
        [
            str(finding.line or ""),
            escaped(finding.found.node.name),
            finding.rule,
            _costs(finding),
            escaped(finding.found.message),
        ]
        for finding in one.findings
    ]
    strong = {n for n, finding in enumerate(one.findings) if finding.severity == WARNING}
    return Sheet(columns, rows, frozenset(strong))


def _costs(finding: Finding) -> str:
    """The time or the bytes that it costs, as far as these are known."""
    found = finding.found
    parts = [] if not found.seconds else [duration_text(found.seconds)]
    if found.bytes:
        parts.append(bytes_text(found.bytes))
    return ", ".join(parts)


def message(finding: Finding) -> str:
    """Write all of it in one text."""
    found = finding.found
    costs = _costs(finding)
    said = f"{found.node.name}: {found.message}" + (f" (costs {costs})" if costs else "")
    return f"{said}. Helps: {found.remedy}."


def _finding_schema() -> Schema:
    return {
        "rule": keys.word(rules(), "The rule."),
        "severity": keys.word(SEVERITIES, "How grave it is."),
        "name": keys.text("The layer."),
        "line": keys.line("The line of its item in the network's own file."),
        "message": keys.text("What the matter is."),
        "remedy": keys.text("What would help."),
        "bytes": keys.or_null(keys.count("That are moved or held in vain; null if none.")),
        "seconds": keys.or_null(keys.decimal("In vain, estimated; null if not known.")),
    }


def schema() -> Schema:
    return keys.document(
        "What rules find in networks.",
        {
            "networks": keys.array(
                keys.record(
                    {
                        "name": keys.text("The network."),
                        "variant": keys.or_null(keys.text("The variant; null without one.")),
                        "path": keys.text("The file."),
                        "findings": keys.array(
                            keys.record(_finding_schema()), "The gravest first."
                        ),
                    }
                ),
                "The networks, as they were named.",
            )
        },
    )


def records(result: Sequence[Linted]) -> dict[str, Any]:
    return {
        "networks": [
            {
                "name": one.network.name,
                "variant": one.network.setting.variant,
                "path": shown_path(one.network.path),
                "findings": [_record(finding) for finding in one.findings],
            }
            for one in result
        ]
    }


def _record(finding: Finding) -> dict[str, Any]:
    found = finding.found
    seconds = None if found.seconds is None else float(found.seconds)
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "name": found.node.name,
        "line": finding.line,
        "message": found.message,
        "remedy": found.remedy,
        "bytes": found.bytes,
        "seconds": seconds,
    }


def rows(result: Sequence[Linted]) -> Iterator[dict[str, Any]]:
    for one in result:
        name = one.network.setting.variant or one.network.name
        for finding in one.findings:
            yield {"network": name, **_record(finding)}


def csv_lines(result: Sequence[Linted]) -> Iterator[str]:
    """The lines of CSV of these rows, under their head where nothing is found too."""
    found = list(rows(result))
    yield from csv.lines(found) if found else [",".join(("network", *_finding_schema())) + "\n"]


# Formats of CI systems


def _issues(result: Sequence[Linted]) -> list[Issue]:
    counts: Counter[tuple[str, ...]] = Counter()
    found = []
    for one in result:
        path = repository_path(one.network.path)
        for finding in one.findings:
            key = path, finding.rule, finding.found.node.name
            identity = "\0".join((*key, str(counts[key])))
            counts[key] += 1
            found.append(
                Issue(
                    finding.rule,
                    rules()[finding.rule].summary,
                    False,
                    f"{finding.rule} ({finding.severity})",
                    message(finding),
                    path,
                    finding.line or 1,
                    hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest(),
                )
            )
    return found


def github(result: Sequence[Linted]) -> Iterator[str]:
    return github_issues.lines(_issues(result))


def gitlab(result: Sequence[Linted]) -> Iterator[str]:
    return gitlab_issues.lines(_issues(result))


def sarif(result: Sequence[Linted]) -> Iterator[str]:
    return sarif_issues.lines(_issues(result), "costcalcLint/v1")


def junit(result: Sequence[Linted]) -> Iterator[str]:
    """A suite for each network, a case for each rule, which fails where it found anything."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<testsuites name="costcalc lint">\n'
    for one in result:
        path = quoteattr(escaped(repository_path(one.network.path)))
        yield f"  <testsuite name={path}>\n"
        for rule in rules():
            said = [message(finding) for finding in one.findings if finding.rule == rule]
            head = f'    <testcase name="{rule}" classname={path}'
            if not said:
                yield f"{head}/>\n"
                continue
            text = quoteattr(escaped("; ".join(said)))
            yield f'{head}>\n      <failure message={text} type="{rule}"/>\n    </testcase>\n'
        yield "  </testsuite>\n"
    yield "</testsuites>\n"
