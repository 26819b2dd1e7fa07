"""What each of the other counters says of a live PyTorch model: one function a tool.

Every function takes a model in eval mode and an input batch of one sample, calls the tool as its
own documentation does, and returns the total in the tool's unit and the params that it counts.
Tools leave hooks behind, and patched functions where they fail: `count` runs each in a process of
its own. Needs the extra `peers`.
"""

from __future__ import annotations

import contextlib
import io
import logging
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import onnx
import onnxscript  # noqa: F401  (each process would import it anew)
import torch
from calflops import calculate_flops
from fvcore.nn import FlopCountAnalysis, parameter_count
from onnx_tool import NoMacsOps, loadmodel
from ptflops import get_model_complexity_info
from thop import profile
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchinfo import summary
from torchprofile import profile_macs


class Count(NamedTuple):
    total: int
    params: int | None = None
    macs: int | None = None
    """Where the tool prints MACs beside a total that is none."""


class Tool(NamedTuple):
    count: Callable[[nn.Module, Tensor], Count]
    unit: str
    package: str


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The tools print and warn of what they do not know, some of them past Python's streams."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(stream) for stream in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    logging.disable(logging.ERROR)
    try:
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, stream)
            os.close(copy)
        os.close(nowhere)
        logging.disable(logging.NOTSET)


def _whole(number: float) -> int:
    whole = int(number)
    if whole != number:
        raise ValueError(f"{number} is not a whole number")
    return whole


def fvcore(model: nn.Module, x: Tensor) -> Count:
    return Count(_whole(FlopCountAnalysis(model, x).total()), parameter_count(model)[""])


def ptflops_pytorch(model: nn.Module, x: Tensor) -> Count:
    return _ptflops(model, x, "pytorch")


def ptflops_aten(model: nn.Module, x: Tensor) -> Count:
    return _ptflops(model, x, "aten")


def _ptflops(model: nn.Module, x: Tensor, backend: str) -> Count:
    total, params = get_model_complexity_info(
        model,
        tuple(x.shape[1:]),
        as_strings=False,
        print_per_layer_stat=False,
        backend=backend,
    )
    if total is None:
        raise RuntimeError("ptflops did not finish")
    return Count(int(total), int(params))


def thop(model: nn.Module, x: Tensor) -> Count:
    total, params = profile(model, inputs=(x,), verbose=False)
    return Count(_whole(total), _whole(params))


def torchinfo(model: nn.Module, x: Tensor) -> Count:
    result = summary(model, input_data=x, verbose=0)
    return Count(result.total_mult_adds, result.total_params)


def torchprofile(model: nn.Module, x: Tensor) -> Count:
    return Count(_whole(profile_macs(model, x)))


def torch_flop_counter(model: nn.Module, x: Tensor) -> Count:
    with FlopCounterMode(display=False) as counter:
        model(x)
    return Count(counter.get_total_flops())


def calflops(model: nn.Module, x: Tensor) -> Count:
    flops, macs, params = calculate_flops(
        model, input_shape=tuple(x.shape), output_as_string=False, print_results=False
    )
    return Count(_whole(flops), int(params), _whole(macs))


def onnx_tool(model: nn.Module, x: Tensor) -> Count:
    """Of the file that torch.onnx.export writes by default; as onnx_tool.model_profile sums it."""
    program = torch.onnx.export(model, (x,), dynamo=True, verbose=False)
    return _onnx_tool(program.model_proto)


def onnx_tool_torchscript(model: nn.Module, x: Tensor) -> Count:
    """Of the file that the older exporter writes, with its constants folded, as was its default."""
    file = io.BytesIO()
    torch.onnx.export(model, (x,), file, dynamo=False)
    return _onnx_tool(onnx.load_from_string(file.getvalue()))


def _onnx_tool(proto: Any) -> Count:
    graph = loadmodel(proto, {"verbose": False}).graph
    graph.graph_reorder_nodes()
    graph.shape_infer(None)
    graph.profile(exclude_ops=NoMacsOps)
    return Count(_whole(graph.macs[0]), int(graph.params))


TOOLS = {
    "fvcore": Tool(fvcore, "MAC", "fvcore"),
    "ptflops-pytorch": Tool(ptflops_pytorch, "MAC", "ptflops"),
    "ptflops-aten": Tool(ptflops_aten, "MAC", "ptflops"),
    "thop": Tool(thop, "MAC", "thop"),
    "torchinfo": Tool(torchinfo, "MAC", "torchinfo"),
    "torchprofile": Tool(torchprofile, "MAC", "torchprofile"),
    "torch-flop-counter": Tool(torch_flop_counter, "FLOP", "torch"),
    "calflops": Tool(calflops, "FLOP", "calflops"),
    "onnx-tool": Tool(onnx_tool, "MAC", "onnx-tool"),
    "onnx-tool-torchscript": Tool(onnx_tool_torchscript, "MAC", "onnx-tool"),
}


def prepared(model: nn.Module) -> nn.Module:
    """In eval mode, with values as training leaves them.

    Fresh shifts are zeros, fresh scales ones, and an exporter to ONNX leaves out a bias of zeros
    and keeps equal vectors once: then the count would depend on values that no network has.
    """
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for values in (*model.parameters(), *model.buffers()):
            if values.is_floating_point() and bool((values == values.flatten()[0]).all()):
                values.copy_(torch.rand(values.shape, generator=generator) + 0.5)
    return model.eval()


def warm_up() -> None:
    """Have loaded what each process would load anew: the exporters take seconds for it."""
    with _quiet():
        for tool in (onnx_tool, onnx_tool_torchscript):
            tool(nn.Sequential(nn.Conv2d(2, 2, 1), nn.ReLU()).eval(), torch.rand(1, 2, 3, 3))


def count(tool: str, model: nn.Module, x: Tensor) -> Count | str:
    """What the tool says, or with what error it fails."""
    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(writer, tool, model, x))
    process.start()
    writer.close()
    found: Count | str = reader.recv()
    process.join()
    return found


def _send(writer: Connection, tool: str, model: nn.Module, x: Tensor) -> None:
    try:
        with _quiet():
            found: Count | str = TOOLS[tool].count(prepared(model), x)
    except Exception as error:
        sentence = str(error).partition("\n")[0].partition(". ")[0]
        found = f"{type(error).__name__}: {sentence}"
    writer.send(found)


def versions() -> dict[str, str]:
    """Each package that a figure depends on."""
    names = {tool.package for tool in TOOLS.values()}
    names |= {"keras", "onnx", "onnxscript", "timm", "torch", "torchvision"}
    return {name: version(name) for name in sorted(names)}


os.environ.setdefault("KERAS_BACKEND", "torch")
torch.set_num_threads(1)  # a forked process has no other
