"""Patches against a walk from each place of the output to the places that it depends on."""

import pytest

import costcalc
from costcalc.api import Model
from costcalc.language.network_file import NetworkFile
from costcalc.memory.deployment import Deployed
from costcalc.memory.patches import in_patches

TEXT = """\
input: [2, 11, 9]
layers:
  - conv2d: {out_channels: 4, kernel_size: 3, stride: 2, padding: same, bias: false}
  - depthwise_conv2d: {kernel_size: 3, padding: 1, bias: false}
  - conv2d: {out_channels: 3, kernel_size: [1, 2], padding: 0, bias: false}
  - global_avg_pool
"""


def deployed(text):
    return Deployed(Model(NetworkFile(text, "net.yaml"), None).cost().network)


def places(side, out, kernel, stride, before):
    """Along a side, which places each place of the output reads."""
    return [{n * stride - before + k for k in range(kernel)} & set(range(side)) for n in range(out)]


def walked(patches):
    """The MACs of all patches, by the boxes of what each depends on."""
    # (height, width): 11x9 -> 6x5 (same: 1 before each) -> 6x5 -> 6x4
    rows = [places(11, 6, 3, 2, 1), places(6, 6, 3, 1, 1), places(6, 6, 1, 1, 0)]
    columns = [places(9, 5, 3, 2, 1), places(5, 5, 3, 1, 1), places(5, 4, 2, 1, 0)]
    each = [9 * 2 * 4, 9 * 4, 2 * 4 * 3]
    macs = 0
    for n in range(patches):
        for m in range(patches):
            needed = [
                set(range(n * 6 // patches, (n + 1) * 6 // patches)),
                set(range(m * 4 // patches, (m + 1) * 4 // patches)),
            ]
            for layer in (2, 1, 0):
                height, width = (max(side) - min(side) + 1 for side in needed)
                macs += each[layer] * height * width
                needed = [
                    set().union(*(axis[layer][place] for place in side))
                    for axis, side in zip((rows, columns), needed, strict=True)
                ]
    return macs


@pytest.mark.parametrize("patches", [1, 2, 3, 4])
def test_macs_of_patches_are_those_of_a_walk(patches):
    from costcalc.memory.patches import _Stage

    stage = _Stage(deployed(TEXT), 2)
    peak, macs = stage.computed(patches)
    assert macs == walked(patches)
    assert stage.macs == walked(1)
    assert peak >= 2 * 11 * 9 + 3 * 6 * 4


def test_one_patch_computes_nothing_again():
    found = in_patches(deployed(TEXT), 1)
    assert found.recomputed_macs == 0


def test_patches_lower_the_peak_of_mobilenet_v2_for_some_macs():
    program = Deployed(costcalc.load("mobilenet_v2").cost().network)
    found = in_patches(program, 3)
    assert (found.peak, found.recomputed_macs) == (395_456, 18_108_352)


@pytest.mark.parametrize(
    "layers", ["linear: {out_features: 3}", "group_norm: {groups: 2}", "global_avg_pool"]
)
def test_what_no_window_says_is_refused(layers):
    text = f"input: [4, 8, 8]\nlayers:\n  - {layers}\n".replace(
        "[4, 8, 8]", "[4]" if "linear" in layers else "[4, 8, 8]"
    )
    with pytest.raises(costcalc.CostcalcError, match="can be computed in 2×2 patches"):
        in_patches(deployed(text), 2)
