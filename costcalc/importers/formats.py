"""The formats that are read, each by one module; what a file is shows in its content."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, TypeAlias

from costcalc.language.foreign import Foreign

Content: TypeAlias = "str | memoryview"
"""What a file holds: a text, or of a model file its bytes, on disk or in memory."""
HEAD = 64
"""The bytes that a model file begins with, by which it may be known."""


class Figure(NamedTuple):
    """The figure that the program of a format prints of its networks."""

    convention: str
    """The convention that counts it."""
    metric: str
    """`total`, or `convention_params`."""
    unit: str
    """As the program calls it."""
    per: int = 1
    """How many make one of the unit."""


class Format(NamedTuple):
    """A format of texts, or of model files, which are graphs in bytes.

    Module `translate` of its room has `recognise(content)`, `known()` and
    `translate(content, path)`.
    """

    name: str
    title: str
    follows: str
    """The version of the program, or of the format's own library, that reads files so."""
    suffixes: tuple[str, ...]
    may_be: Callable[[Any], bool]
    """Whether a text, or a model file that begins with these bytes, may be of the format: at once
    and without importing its module."""
    marks: str = "its first bytes"
    """What is in such a file and by which it is known, in words."""
    figure: Figure | None = None
    """What its program prints, if it prints a figure and a convention counts it."""

    def recognise(self, content: Content) -> bool:
        """Tell by its content whether a file is of this format."""
        found: bool = self._module.recognise(content)
        return found

    def translate(self, content: Content, path: str) -> Foreign:
        """Translate it. Raises CostcalcError, or Problems, where it is faulty."""
        made: Foreign = self._module.translate(content, path)
        return made

    def known(self) -> list[str]:
        """Return the sections, layers, modules or ops that are read."""
        names: list[str] = self._module.known()
        return names

    @property
    def _module(self) -> Any:
        return import_module(f"costcalc.importers.{self.name}.translate")


FORMATS = (
    Format(
        "ultralytics",
        "Ultralytics model YAML",
        "ultralytics 8.4",
        (".yaml", ".yml"),
        lambda text: "backbone" in text,
        "the key backbone with rows",
        Figure("ultralytics", "total", "GFLOPs", 10**9),
    ),
    Format(
        "keras",
        "Keras model JSON",
        "Keras 3.15",
        (".json", ".keras", ".h5"),
        lambda text: '"class_name"' in text,
        "class_name and config, as model.to_json() writes them",
        Figure("keras", "convention_params", "total params"),
    ),
    Format(
        "darknet",
        "Darknet .cfg",
        "AlexeyAB/darknet 59596d7 (2023)",
        (".cfg",),
        lambda text: "[net" in text,
        "the section [net] before all others",
        Figure("darknet", "total", "BFLOPS", 10**9),
    ),
    Format(
        "caffe",
        "Caffe .prototxt",
        "BVLC/caffe 9b89154 (2020)",
        (".prototxt",),
        lambda text: "layer" in text and "{" in text and "type" in text,
        "layer { type: ... }",
    ),
    Format(
        "huggingface",
        "Hugging Face config.json",
        "transformers 5.24",
        (".json",),
        lambda text: '"model_type"' in text,
        "the key model_type",
    ),
    Format(
        "ncnn",
        "ncnn .param",
        "Tencent/ncnn a4d2ea1 (2025)",
        (".param",),
        lambda text: text.lstrip()[:7] == "7767517",
        "7767517 in its first line",
    ),
)


_ONNX_BEGINS = (b"\x08", b"\x12", b"\x1a", b"\x22", b"\x28", b"\x32", b"\x3a", b"\x42")
"""The tags of the fields of a model, in whichever order they are written."""
MODEL_FORMATS = (
    Format(
        "tflite",
        "TensorFlow Lite",
        "TensorFlow 2.18 (schema 3)",
        (".tflite",),
        lambda head: head[4:8] == b"TFL3",
    ),
    Format(
        "pt2",
        "PyTorch exported program",
        "PyTorch 2.14 (schema 8)",
        (".pt2",),
        lambda head: head[:4] == b"PK\x03\x04" or head[:2] == b"\x80\x02",
    ),
    Format(
        "onnx",
        "ONNX",
        "onnx 1.23 (opsets from 7)",
        (".onnx",),
        lambda head: head[:1] in _ONNX_BEGINS,
    ),
)
"""The formats of model files; ONNX, which no word begins, comes last."""
ALL_FORMATS = (*FORMATS, *MODEL_FORMATS)


def format_of(content: Content) -> Format | None:
    """Return the format of what a file holds; None is the network language."""
    return text_format_of(content) if isinstance(content, str) else model_format_of(content)


def text_format_of(text: str) -> Format | None:
    """Return the format of a text; None is the network language."""
    for one in FORMATS:
        if one.may_be(text) and one.recognise(text):
            return one
    return None


def model_format_of(data: memoryview) -> Format | None:
    """Return the format of a model file; None is a text, or what is not known."""
    head = bytes(data[:HEAD])
    for one in MODEL_FORMATS:
        if one.may_be(head) and one.recognise(data):
            return one
    return None


def translated(content: Content, path: str) -> Foreign | None:
    """Translate what a file holds; None is a text in the network language."""
    if isinstance(content, str):
        of_text = text_format_of(content)
        return of_text and of_text.translate(content, path)
    of_model = model_format_of(content)
    return of_model and of_model.translate(content, path)


def of_ending(path: str) -> list[Format]:
    """Return the formats whose files usually end as a path does."""
    return [one for one in FORMATS if path.endswith(one.suffixes)]


def title_of(foreign: Foreign | None) -> str:
    """What the format is called that a network is translated from."""
    if foreign is None:
        return "the network language"
    return next(one.title for one in ALL_FORMATS if one.name == foreign.format)


def is_graph(foreign: Foreign | None) -> bool:
    """Whether what a network is translated from is a graph of layers, without any structure."""
    return foreign is not None and any(one.name == foreign.format for one in MODEL_FORMATS)
