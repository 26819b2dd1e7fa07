"""The inputs of a graph: which sides they have, and which axis is the batch."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.graphs.axes import Atom, View, dims_of, fresh
from costcalc.importers.graphs.model import FLOATS, Graph, Tensor
from costcalc.importers.graphs.options import Options
from costcalc.importers.graphs.values import Draft, Map, Out
from costcalc.shapes import SIDES, TensorShape

MAX_SIDE = 10**9


def input_maps(graph: Graph, options: Options, found: list[CostcalcError]) -> dict[str, Map]:
    """The maps of all inputs; reports those whose sides are open."""
    inputs = [one for one in graph.inputs if not _is_stored(graph, one)]
    names = [one.name for one in inputs]
    for name in options.inputs:
        if name not in names:
            hint = nearest(name, names) or f"its inputs are {', '.join(names)[:200]}"
            found.append(graph.fault(f"the model has no input '{name[:60]}'", hint=hint))
    if not inputs:
        found.append(graph.fault("the model has no input"))
    maps: dict[str, Map] = {}
    batch: Atom | None = None
    for tensor in inputs:
        try:
            dims = _dims(graph, tensor, options)
        except CostcalcError as error:
            found.append(error)
            continue
        made, batch = _map(graph, tensor, dims, batch)
        maps[tensor.name] = made
    return maps


def _is_stored(graph: Graph, tensor: Tensor) -> bool:
    own = graph.tensors.get(tensor.name)
    return own is not None and own.is_stored


def _dims(graph: Graph, tensor: Tensor, options: Options) -> list[int]:
    """The sides of an input: as the file or the user says, a batch of 1 unless said."""
    stated = tensor.dims
    shape = options.inputs.get(tensor.name)
    if shape is not None:
        fits = stated is None or (
            len(stated) == len(shape)
            and all(
                not isinstance(old, int) or old in (new, 0)
                for old, new in zip(stated, shape, strict=True)
            )
        )
        if not fits:
            raise graph.fault(
                f"the input '{tensor.name[:60]}' is {_shown(stated)}, not {_shown(shape)}"
            )
        return _checked(graph, tensor, shape)
    if stated is None:
        raise graph.fault(
            f"the input '{tensor.name[:60]}' has any shape",
            hint=f"--input {tensor.name}=1x3x224x224 gives it one",
        )
    dims = list(stated)
    named = next((place for place, dim in enumerate(dims) if _is_batch(dim)), 0)
    if dims and not _is_side(dims[named]):
        dims[named] = 1
    left = [dim for dim in dims if not _is_side(dim)]
    is_image = len(dims) == 4 and _is_side(dims[1]) and dims[2:] == left
    if is_image and options.resolution is not None:
        dims[2:], left = options.resolution, []
    if left:
        shape_ = "x".join("N" if dim in left else str(dim) for dim in dims)
        raise graph.fault(
            f"the input '{tensor.name[:60]}' is {_shown(stated)}, and its sides "
            f"{', '.join(str(dim or '?') for dim in left)} are open",
            hint=f"--input {tensor.name}={shape_}, with a number for each N"
            + (", or --resolution" if is_image else ""),
        )
    return _checked(graph, tensor, [dim for dim in dims if isinstance(dim, int)])


def _checked(graph: Graph, tensor: Tensor, dims: Sequence[int]) -> list[int]:
    if not all(1 <= dim <= MAX_SIDE for dim in dims):
        what = f"the input '{tensor.name[:60]}' has a side"
        raise graph.fault(f"{what} that is not from 1 to {MAX_SIDE:,}: {_shown(dims)}")
    return list(dims)


def _is_batch(dim: object) -> bool:
    """Whether an open side is called as a batch is."""
    return isinstance(dim, str) and ("batch" in dim.lower() or dim in ("N", "B", "bs"))


def _is_side(dim: object) -> bool:
    return isinstance(dim, int) and dim > 0


def _shown(dims: Sequence[object] | None) -> str:
    return "x".join(str(dim or "?")[:40] for dim in dims or ()) or "a scalar"


def _map(
    graph: Graph, tensor: Tensor, dims: list[int], batch: Atom | None
) -> tuple[Map, Atom | None]:
    """A map of an input: behind the batch the channels, and then the sides.

    Whole numbers, which are looked up, are all sides of one channel.
    """
    stated = tensor.dims or ()
    axes = list(fresh(dims))
    place = _batch_axis(stated, dims, batch)
    if place is not None:
        batch = batch or Atom(dims[place], is_batch=True)
        axes[place] = (batch,)
    rest = [axis for number, axis in enumerate(axes) if number != place]
    if tensor.type and tensor.type not in FLOATS:
        rest = [(), *(axis for axis in rest if axis)]
    elif graph.channels_last:
        rest = [*rest[-1:], *rest[:-1]]
    own = ((batch,) if batch is not None else (), *(rest or [()]))
    shape = dims_of(own[1:])
    if len(shape) > 1 + max(SIDES):
        raise graph.fault(
            f"the input '{tensor.name[:60]}' has {len(dims)} axes, more than a batch, channels and "
            f"{max(SIDES)} sides"
        )
    draft = Draft("input", {"shape": list(shape)}, [], None)
    draft.name = tensor.name
    out = Out(draft, TensorShape(shape[0], shape[1:]))
    draft.outs.append(out)
    return Map(out, View(own, tuple(axes)), tensor.type or "float32"), batch


def _batch_axis(stated: Sequence[object], dims: Sequence[int], batch: Atom | None) -> int | None:
    """Which axis is the batch: one that the file calls so, the first that has its size, or none."""
    named = [number for number, dim in enumerate(stated) if _is_batch(dim)]
    size = None if batch is None else batch.size
    if named and size in (None, dims[named[0]]):
        return named[0]
    if len(dims) < 2:
        return None
    if size is None and len(dims) == 3 and dims[0] != 1 and isinstance(stated[0], int):
        return 1 if dims[1] == 1 else None  # a sequence before its batch, or one sample alone
    if size is None or dims[0] == size:
        return 0
    return next((number for number, dim in enumerate(dims) if dim == size), None)
