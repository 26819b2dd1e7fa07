"""Models that are in memory: what they cost, and that they stay as they are."""

import json
from types import SimpleNamespace

import pytest
from importers.pt2_files import CONV, archive

import costcalc

KERAS = {
    "class_name": "Sequential",
    "config": {
        "name": "net",
        "layers": [
            {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 8]}},
            {"class_name": "Dense", "config": {"name": "dense", "units": 4}},
        ],
    },
}


def test_a_keras_model_is_read_by_its_json():
    model = SimpleNamespace(name="net", to_json=lambda: json.dumps(KERAS))
    found = costcalc.from_keras(model)
    assert found.name == "net"
    assert found.cost().totals.params == 8 * 4 + 4


def test_other_things_are_no_models():
    with pytest.raises(costcalc.CostcalcError, match="from_keras takes a Keras model, not a dict"):
        costcalc.from_keras({})


@pytest.mark.peers
class TestTorch:
    def test_a_module_costs_what_its_file_does(self, tmp_path):
        torch = pytest.importorskip("torch")
        net = torch.nn.Sequential(
            torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.ReLU()
        )
        path = tmp_path / "net.pt2"
        torch.export.save(torch.export.export(net.eval(), (torch.zeros(1, 3, 9, 9),)), path)
        live, saved = costcalc.from_torch(net, (1, 3, 9, 9)).cost(), costcalc.load(str(path)).cost()
        assert [(one.name, one.macs, one.params) for one in live.layers] == [
            (one.name, one.macs, one.params) for one in saved.layers
        ]
        assert [one.type for one in live.layers] == ["conv2d", "batch_norm", "relu"]
        assert live.totals.macs == 81 * 8 * 27

    def test_a_module_stays_as_it_is(self):
        torch = pytest.importorskip("torch")
        net = torch.nn.Sequential(torch.nn.Linear(4, 2), torch.nn.Dropout())
        before = {name: one.clone() for name, one in net.state_dict().items()}
        net[1].eval()
        costcalc.from_torch(net, (1, 4))
        assert [one.training for one in net.modules()] == [True, True, False]
        assert all(torch.equal(one, before[name]) for name, one in net.state_dict().items())

    def test_a_module_on_the_meta_device(self):
        torch = pytest.importorskip("torch")
        with torch.device("meta"):
            net = torch.nn.Linear(100_000, 100_000)
        assert costcalc.from_torch(net, (1, 100_000)).cost().totals.macs == 10**10

    def test_an_example_may_be_a_tensor(self):
        torch = pytest.importorskip("torch")
        table = costcalc.from_torch(torch.nn.Linear(4, 2), torch.zeros(1, 4)).cost()
        assert table.totals.macs == 8

    @pytest.mark.parametrize(
        ("examples", "message"),
        [
            (((1, 5),), r"torch\.export cannot export Linear"),
            ((3,), "3 is no shape"),
            (((1, 0),), r"\(1, 0\) is no shape"),
        ],
    )
    def test_what_cannot_be_exported(self, examples, message):
        torch = pytest.importorskip("torch")
        with pytest.raises(costcalc.CostcalcError, match=message):
            costcalc.from_torch(torch.nn.Linear(4, 2), *examples)

    def test_other_things_are_no_modules(self):
        pytest.importorskip("torch")
        with pytest.raises(costcalc.CostcalcError, match=r"takes a torch\.nn\.Module, not a dict"):
            costcalc.from_torch({}, (1, 3))


@pytest.mark.peers
def test_a_whole_network_of_torchvision():
    models = pytest.importorskip("torchvision.models")
    totals = costcalc.from_torch(models.mobilenet_v2(), (1, 3, 224, 224)).cost().totals
    assert (totals.macs, totals.params) == (300_774_272, 3_504_872)


def test_without_torch(monkeypatch):
    """PyTorch is no dependency: only this function asks for it."""
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(costcalc.CostcalcError, match="from_torch needs PyTorch"):
        costcalc.from_torch(object(), (1, 3))


def test_an_exported_program_needs_no_torch(tmp_path):
    path = tmp_path / "net.pt2"
    path.write_bytes(archive(CONV))
    table = costcalc.load(str(path)).cost()
    conv, relu = table.layers
    assert (conv.name, conv.type, relu.name) == ("stem.conv", "conv2d", "stem.act")
    assert [row.name for row in table.rows(1)] == ["stem"]
    assert [row.name for row in table.rows(2)] == ["stem", "stem.conv", "stem.act"]
    assert conv.node.origin.node == "conv"
    assert (conv.macs, conv.params) == (64 * 4 * 27, 4 * 27)
