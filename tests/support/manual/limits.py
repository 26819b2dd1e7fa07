"""The limits of the program, with the numbers that the code has."""

from __future__ import annotations

from costcalc import model as calls
from costcalc.budgets import checker, remedies
from costcalc.cli import sweep
from costcalc.costs import validation
from costcalc.errors import Faults
from costcalc.explore import breakpoints, traces
from costcalc.formulas import piecewise
from costcalc.graph import limits as graph
from costcalc.graph import nodes
from costcalc.importers import content, zips
from costcalc.importers.graphs import model
from costcalc.importers.graphs import values as tensors
from costcalc.importers.onnx import model as onnx
from costcalc.language import (
    block,
    block_file,
    choices,
    expressions,
    files,
    inputs,
    names,
    network_file,
    parsing,
    values,
)
from costcalc.language import yaml_nodes as document
from costcalc.numeric import exact, work
from costcalc.page import knobs
from costcalc.page import report as page_report
from costcalc.project import discovery
from costcalc.render import terminal
from costcalc.reports.check import github, markdown
from costcalc.spaces import draws, sample, whole
from costcalc.spaces.drawn import survey
from costcalc.spaces.walk import walking

from .markdown import table


def limits() -> str:
    rows = {
        "a file": [
            f"{files.MAX_BYTES:,} bytes",
            f"{document.MAX_NODES:,} YAML nodes, aliases expanded",
            f"{document.MAX_DEPTH} levels deep",
            f"includes {block_file.MAX_INCLUDED} files, {block_file.MAX_INCLUDES} deep",
        ],
        "a model file": [
            f"{content.MAX_MODEL:,} bytes from standard input or git, any number on disk",
            f"{model.MAX_OPS:,} nodes, and as many layers; graphs {onnx.MAX_DEPTH} deep",
            f"{tensors.MAX_VALUES:,} elements of a tensor whose values shapes follow from",
            f"{model.MAX_RUN:,} nodes that loops run",
            f"{zips.MAX_DIRECTORY:,} bytes that list the files of a zip",
        ],
        "a network": [
            f"{graph.MAX_ITEMS:,} items, copies counted",
            f"{graph.MAX_WORK:,} operations to build",
            f"blocks and structures {graph.MAX_NESTING} deep",
            f"{network_file.MAX_PARAMS:,} params, and {block.MAX_PARAMS} a block",
            f"{graph.MAX_MAPS:,} maps that an item reads",
            f"{nodes.MAX_NAMES:,} characters in all names",
            f"{validation.MAX_LAYERS:,} layers in all variants that `validate` reads",
        ],
        "an expression": [
            f"{parsing.MAX_LENGTH:,} characters, {expressions.MAX_DEPTH} levels",
            f"{values.MAX_EXPRESSIONS:,} characters of different ones in a file",
        ],
        "a number": [
            f"{len(str(exact.LARGEST)) - 1} digits; costs may have more",
            f"{inputs.MAX_SIDE:,} for a side of the input",
        ],
        "a name": [f"{names.MAX_NAME} characters"],
        "mistakes reported at once": [f"{Faults.MAX - 1}"],
        "a folder or a glob": [f"{discovery.MAX_FILES:,} files"],
        "`check`": [
            f"what would fit is computed for the first {checker.MAX_FITTED} networks that fail",
            f"{github.MAX_ANNOTATIONS} annotations",
            f"{markdown.MAX_COMMENT:,} bytes of Markdown",
            f"{markdown.MAX_SUMMARY // 1024} KiB in a job summary",
        ],
        "`view`": [
            f"{knobs.MAX_FORMS} structures of a network, those around its own setting first",
            f"{knobs.MAX_ROWS:,} layers of all of them",
            f"{page_report.MOST} networks in the report of `check`",
        ],
        "`sweep`": [
            f"{sweep.MAX_POINTS:,} points, unless `--max-points` says more",
            f"{sweep.MAX_KEPT:,} in a table or a picture, unless `--max-points` says more",
            f"{calls.MAX_POINTS:,} from Python, unless `max_points` says more",
        ],
        "`solve`": [
            f"{breakpoints.MAX_STEPS:,} steps of a knob",
            f"{breakpoints.MAX_SETTINGS:,} settings",
            f"{traces.MAX_TRACES} structures of the network",
            f"{work.MOST:,} operations",
        ],
        "`space`": [
            f"{choices.MAX_OPTIONS:,} options of a choice",
            f"{draws.MAX_RUNS:,} ways to draw the choices of an item together",
            f"{walking.MAX_EDGES:,} steps of a walk",
            f"{draws.MAX_DIGITS:,} digits of the number of settings",
            f"{sample.MAX_SAMPLES:,} samples, {survey.MAX_DRAWS:,} draws",
            f"{whole.FEW} networks that are built to describe a metric of whole networks",
        ],
        "what would fit": [
            f"{remedies.MAX_WORK:,} operations for each knob, {work.MOST:,} in a run"
        ],
        "`formula`": [
            f"{piecewise.MAX_PIECES} pieces",
            f"{work.MOST:,} operations, and as many to compare a law with the exact integers",
        ],
        "a table with rules and weight": [
            f"{terminal.MAX_RULED_ROWS:,} rows; a longer one is plain text"
        ],
    }
    return table(["of", "at most"], [[of, "; ".join(most)] for of, most in rows.items()])
