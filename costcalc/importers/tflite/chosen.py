"""Operators of TensorFlow Lite that choose elements by their values, or state numbers."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.importers.graphs.values import Constant
from costcalc.importers.tflite.steps import Made, Step, Write


def _suppressed(step: Step) -> Made:
    """Of overlapping boxes the best: their places, how many there are, and from V5 on scores."""
    (count, _), (scored,) = step.shape(0, 2), step.shape(1, 1)
    boxes = step.reshaped(step.read(0), [1, count, 4])
    scores = step.reshaped(step.read(1), [1, 1, scored])
    kept = step.add("NonMaxSuppression", [boxes, scores, step.read(2)])
    places, number = Constant(kept.dims[:1], "int32"), Constant((), "int32")
    if step.kind.endswith("V4"):
        return [places, number]
    return [places, step.add("Gather", [step.read(1), places], axis=0), number]


def _detected(step: Step) -> Made:
    """The best boxes of an SSD, their classes, their scores and how many there are.

    No convolution and no product is in it; how many steps it takes is up to the values.
    """
    step.shape(0, 3)
    step.call.at_most("none of its steps")
    return [Constant(step.made(place), "float32") for place in range(len(step.call.op.outputs))]


def _places(step: Step) -> Made:
    """A row for each element that is not 0."""
    return step.turned(step.add("NonZero", [step.read(0)]), [1, 0])


def _once(step: Step) -> Made:
    """Each element once, and where each stood."""
    values, _, inverse, *_ = step.parts("Unique", [step.read(0)])
    return [values, inverse]


def _compared(step: Step) -> Made:
    given = [step.read(0), step.read(1), step.read(2)]
    return step.add("OneHot", given, axis=step.option("axis"))


def _scattered(step: Step) -> Made:
    """Elements put into a map of zeros, whose shape the third input states."""
    zeros = Constant(tuple(step.known(2)), "float32")
    return step.add("ScatterND", [zeros, step.read(0), step.read(1)])


CHOSEN: Mapping[str, Write] = {
    "NON_MAX_SUPPRESSION_V4": _suppressed,
    "NON_MAX_SUPPRESSION_V5": _suppressed,
    "TFLite_Detection_PostProcess": _detected,
    "WHERE": _places,
    "UNIQUE": _once,
    "ONE_HOT": _compared,
    "SCATTER_ND": _scattered,
    "FILL": lambda step: step.add("ConstantOfShape", [step.read(0)]),
    "ZEROS_LIKE": lambda step: Constant(step.shape(), "float32"),
    "RANGE": lambda step: step.add("Range", [step.read(0), step.read(1), step.read(2)]),
    "REVERSE_SEQUENCE": lambda step: step.read(0),
}
