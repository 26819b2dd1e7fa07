"""Networks that both exporters of PyTorch write, where the extra `peers` is installed.

The figures were counted by a program of its own from exports of random weights (PyTorch 2.13,
torchvision 0.28, timm 1.0.31): multiply-adds of convolutions and linear layers, and the weights
that the file stores, batch norms folded. TorchScript leaves zero biases, the newer exporter drops
them.
"""

import json
from pathlib import Path

import pytest

import costcalc

FIGURES = json.loads((Path(__file__).parent / "recorded" / "onnx_exports.json").read_text("utf-8"))
SIZES = {"cs3darknet_m": 256, "tv_mnv2_a0.5_r192": 192}
SHIPPED = ("mobilenet_v2", "mobilenet_v3_small", "resnet50", "densenet121", "shufflenet_v2_x1_0")


def live(name):
    """The model of a figure: of torchvision, of timm, or one of torchvision at another width."""
    import timm
    import torchvision
    from torchvision.models import mobilenetv3

    if not name.startswith("tv_"):
        make = getattr(torchvision.models, name, None)
        return timm.create_model(name) if make is None else make(weights=None)
    family, width = name.removeprefix("tv_").split("_")[:2]
    alpha = float(width.removeprefix("a"))
    if family == "mnv2":
        return torchvision.models.mobilenet_v2(weights=None, width_mult=alpha)
    kind = "large" if "large" in family else "small"
    settings = mobilenetv3._mobilenet_v3_conf(f"mobilenet_v3_{kind}", width_mult=alpha)
    return mobilenetv3.MobileNetV3(*settings)


@pytest.mark.peers
@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_it_costs_what_was_counted(name, tmp_path):
    torch = pytest.importorskip("torch", reason="the extra `peers`")
    pytest.importorskip("onnxscript", reason="the extra `peers`")
    model, exporter = name.rsplit(".", 1)
    size = SIZES.get(model, 224)
    is_new = exporter == "dynamo"
    how = {"external_data": False} if is_new else {"opset_version": 17}
    path = str(tmp_path / "net.onnx")
    with torch.no_grad():
        given = (torch.randn(1, 3, size, size),)
        torch.onnx.export(live(model).eval(), given, path, dynamo=is_new, verbose=False, **how)
    totals = costcalc.load(path).cost().totals
    assert [totals.macs, totals.params] == FIGURES[name]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_figures_are_those_of_shipped_networks(name):
    totals = costcalc.load(name, fold_batch_norm=True).cost().totals
    assert [totals.macs, totals.params] == FIGURES[f"{name}.ts"]
