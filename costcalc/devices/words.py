"""Words that devices and runtimes are described by."""

BYTES = {"int8": 1, "float16": 2, "float32": 4}
"""Bytes of an element, by dtype."""
PLANNERS = ("greedy", "best")
"""Who finds a place for each map in the arena: TensorFlow Lite Micro, or a search."""
