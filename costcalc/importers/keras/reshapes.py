"""Classes of keras.layers that move the elements of a map."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from costcalc.importers.json_text import is_whole
from costcalc.importers.keras.call import Call, Result
from costcalc.importers.reshapes import taken_apart


def _flatten(call: Call) -> Result:
    return Result([{"flatten": {}}], 0)


def _reshape(call: Call) -> Result:
    target = [str(side.value) for side in call.config.listed("target_shape")]
    if not target or not all(side == "-1" or is_whole(side) for side in target):
        raise call.fault("target_shape must be whole numbers")
    if len(target) == 1:
        return Result([{"flatten": {}}], 0)
    names = [*[f"s{number}" for number in range(1, len(target))], "c"]
    sides = {name: int(side) for name, side in zip(names, target, strict=True)}
    fields = taken_apart(sides, ["c", *names[:-1]])
    if fields is None:
        raise call.fault("target_shape leaves more than one side open, or has a side of 0")
    return Result([{"flatten": {}}, {"rearrange": fields}], len(target) - 1)


def _permute(call: Call) -> Result:
    dims = [str(one.value) for one in call.config.listed("dims")]
    names = [*[f"s{number}" for number in range(1, call.sides + 1)], "c"]
    if sorted(dims) != [str(number) for number in range(1, len(names) + 1)]:
        raise call.fault(f"dims must be the numbers 1 to {len(names)}")
    after = [names[int(one) - 1] for one in dims]
    before = ["c", *names[:-1]]
    pattern = f"{' '.join(before)} -> {' '.join([after[-1], *after[:-1]])}"
    return Result([{"rearrange": {"pattern": pattern}}], call.sides)


def _resizing(call: Call) -> Result:
    size = [call.config.whole("height"), call.config.whole("width")]
    mode = call.config.text("interpolation", "bilinear")
    return Result([{"upsample": {"size": list(size), "mode": mode}}], call.sides)


def _center_crop(call: Call) -> Result:
    size = [call.config.whole("height"), call.config.whole("width")]
    return Result([{"center_crop": {"size": list(size)}}], call.sides)


RESHAPES: Mapping[str, Callable[[Call], Result]] = {
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "Resizing": _resizing,
    "CenterCrop": _center_crop,
}
