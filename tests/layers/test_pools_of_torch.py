"""Pools against PyTorch, and a pool with partial windows by all roads.

The record is of tests/peers/pools_of_torch.py: it needs no torch to be read.
"""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from support.formula_readers import run_source
from support.paths import RECORDED

import costcalc
from costcalc.errors import CostcalcError
from costcalc.layers import LAYERS
from costcalc.shapes import TensorShape

FIELDS = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
POOLS = json.loads((RECORDED / "pools.json").read_text())["pools"]
SIDES = range(1, 25)


def side_of(pool: str, side: int) -> int:
    """What a pool makes of a side; 0 where it refuses it."""
    name, *numbers = pool.split()
    fields = dict(zip(FIELDS, map(int, numbers), strict=True))
    if name == "avg_pool2d":
        assert fields.pop("dilation") == 1
    layer = LAYERS[name](**{**fields, "ceil_mode": bool(fields["ceil_mode"])})
    try:
        out = layer.output(TensorShape(1, (side, side)))
    except CostcalcError:
        return 0
    assert out.height == out.width
    return out.height


def test_pools_have_the_sides_of_pytorch() -> None:
    assert len(POOLS) == 192
    ours = {pool: [side_of(pool, side) for side in range(1, 10)] for pool in POOLS}
    assert ours == POOLS
    refused = [pool for pool, sides in POOLS.items() if 0 in sides]
    assert any(pool.endswith("1") for pool in refused), "ceil mode refuses some too"


@pytest.mark.parametrize(
    "pool",
    [
        "max_pool2d: {kernel_size: 5, stride: 4, padding: 0, ceil_mode: true}",
        "max_pool2d: {kernel_size: 3, stride: 3, padding: 0, dilation: 3, ceil_mode: true}",
        "avg_pool2d: {kernel_size: 7, stride: 5, padding: [1, 0, 2, 0], ceil_mode: true}",
        "avg_pool2d: {kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}",
    ],
)
def test_a_pool_with_partial_windows_by_all_roads(pool: str, tmp_path: Path) -> None:
    """analyze, sweep, solve and the exact formula agree at every side that fits."""
    (tmp_path / "net.yaml").write_text(
        f"input: [3, 8, 8]\nlayers: [{{{pool}}}, conv2d: {{out_channels: 4, kernel_size: 1}}]\n"
    )
    model = costcalc.load(str(tmp_path / "net.yaml"))
    macs = {}
    for side in SIDES:
        try:
            macs[side] = model.cost(resolution=side).totals.macs
        except CostcalcError:
            assert not macs, "only the smallest maps do not fit"
    first = min(macs)
    assert model.sweep(resolution=f"{first}..24:1").macs.tolist() == list(macs.values())
    if first > 1:
        with pytest.raises(CostcalcError, match="larger than the padded map"):
            model.sweep(resolution=f"{first - 1}..24:1")
    run = run_source("".join(model.formula(exact=True).python()))
    for limit in sorted(set(macs.values())):
        (solution,) = model.solve(
            {"macs": limit}, vary="resolution", ranges={"resolution": "1..24"}
        ).solutions
        largest = max(side for side, cost in macs.items() if cost <= limit)
        assert solution.knobs["resolution"] == (largest, largest)
    for side, exact in macs.items():
        assert run(1, Fraction(side, 8))[0] == exact
