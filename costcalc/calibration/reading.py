"""Read files of measurements, of whichever format each is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from costcalc import units
from costcalc.calibration import onnxruntime, table, tflite
from costcalc.calibration.observation import FUSED, Measurements, Work, total_work
from costcalc.costs.latency import work_of
from costcalc.errors import CostcalcError, Faults, Problems
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.importers.reading import load_file
from costcalc.language.files import read_text

MAX_BYTES = 64_000_000
"""Of a file: a profile of ONNX Runtime has some 500 bytes for each run of each node."""


def read_measurements(arguments: Sequence[str], dtype: str | None) -> Measurements:
    """All files together; an argument is FILE, or NET=FILE. Raises Problems.

    dtype: that of networks that are measured; float32 unless said.
    """
    found: list[Measurements] = []
    faults = Faults()
    for argument in arguments:
        try:
            found.append(_read(argument, dtype or "float32"))
        except CostcalcError as error:
            faults.append(error)
    if faults:
        raise Problems(faults)
    if len({one.of_layers for one in found}) > 1:
        raise CostcalcError(
            "some files are of layers and some of whole networks",
            hint="calibrate by one kind of them: errors of layers and of networks are no equals",
        )
    dtypes = dict.fromkeys(one.dtype for one in found if one.dtype)
    if len(dtypes) > 1:
        raise CostcalcError(f"the files are of several data types: {', '.join(dtypes)}")
    observations = [observation for one in found for observation in one.observations]
    included = tuple(dict.fromkeys(kind for one in found for kind in one.included))
    runtimes = dict.fromkeys(one.runtime for one in found if one.runtime)
    return Measurements(
        observations,
        found[0].of_layers,
        ", ".join(runtimes) or None,
        next(iter(dtypes), None),
        included,
    )


def _read(argument: str, dtype: str) -> Measurements:
    net, equals, path = argument.partition("=")
    if not equals or os.path.lexists(argument):
        net, path = "", argument
    text = read_text(path, most=MAX_BYTES)
    name = net or os.path.splitext(os.path.basename(path))[0]
    if onnxruntime.recognise(text):
        return onnxruntime.read(text, path, name)
    if tflite.recognise(text):
        if not net:
            raise CostcalcError(
                f"{path}: benchmark_model does not say which network it ran",
                hint=f"name it: mobilenet={path}",
            )
        return tflite.read(text, path, name, network_work(net, {}, dtype))
    if table.recognise(text):

        def work(named: str, cells: table.Row) -> dict[str, Work]:
            beside = os.path.join(os.path.dirname(path), named)
            return total_work(
                [*network_work(beside if os.path.exists(beside) else named, cells, dtype)]
            )

        return table.read(text, path, work)
    if text.lstrip()[:1] in ("[", "{"):
        raise CostcalcError(
            f"{path} is no profile of ONNX Runtime: no event's name ends in _kernel_time",
            hint="SessionOptions.enable_profiling writes one, session.end_profiling() ends it",
        )
    raise CostcalcError(
        f"{path} holds no measurements that are known",
        hint="profiles of ONNX Runtime, the output of benchmark_model, or CSV: see the manual",
    )


def network_work(net: str, cells: table.Row, dtype: str) -> Iterator[tuple[str, Work]]:
    """The kind and the work of each layer that a runtime executes by itself.

    cells: the texts of a setting.
    """
    file, variant = load_file(net, cells.get("variant"))
    rest = {name: cell for name, cell in cells.items() if name not in table.SETTING}
    setting = Setting(
        variant,
        units.ratio(cells["alpha"]) if "alpha" in cells else None,
        units.ratio(cells["rho"]) if "rho" in cells else None,
        units.resolution(cells["resolution"]) if "resolution" in cells else None,
        params=rest,
        batch=units.batch(cells["batch"]) if "batch" in cells else None,
    )
    for node in build(file, setting).nodes:
        kind, macs, bytes_ = work_of(node, dtype)
        if kind not in FUSED:
            yield kind, Work(macs, bytes_)
