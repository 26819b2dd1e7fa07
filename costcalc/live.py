"""Networks of models that are in memory, without a file."""

from __future__ import annotations

from typing import Any

from costcalc.api import Model
from costcalc.errors import CostcalcError
from costcalc.graph.collection import uncollected
from costcalc.importers.reading import read_network
from costcalc.language.network_file import NetworkFile


def from_torch(module: Any, *examples: Any) -> Model:
    """Read a torch.nn.Module as torch.export sees it at inference.

    examples: what it is called with, each a shape of float32, such as (1, 3, 224, 224), or a
    tensor. Nothing is computed, and the module stays as it is. Raises CostcalcError.
    """
    from costcalc.importers.pt2.live import program_of
    from costcalc.importers.pt2.translate import of_program

    name = type(module).__name__
    with uncollected():
        file = NetworkFile("", name, foreign=of_program(program_of(module, examples), name))
    return Model(file, None)


def from_keras(model: Any) -> Model:
    """Read a Keras model by its to_json(). Raises CostcalcError."""
    to_json = getattr(model, "to_json", None)
    if to_json is None:
        raise CostcalcError(f"from_keras takes a Keras model, not a {type(model).__name__}")
    with uncollected():
        return Model(read_network(to_json(), str(model.name)), None)
