"""Options that make no network: counted with the reason, whatever else is chosen."""

from collections import Counter

import pytest
from support.brute_spaces import METRICS, SPACES, every_network, file_of, tied_space
from support.paths import CONFIGS

from costcalc.graph.setting import Setting
from costcalc.spaces.space import Space

NAS_BENCH_201 = (CONFIGS / "spaces/nas_bench_201.yaml").read_text(encoding="utf-8")


EQUAL_COUNTS = """
input: [4, 8, 8]
layers:
  - sequence:
      repeat: {any: [2, 1 + 1]}
      layers:
        - conv2d: {out_channels: 4, kernel_size: {any: [1, 3]}}
        - max_pool2d: {kernel_size: 5, stride: 1, padding: valid}
        - relu
"""
"""The second copy fails; what is drawn behind it is how many copies there are."""

PARAMS = """
input: [4, 8, 8]
params: {part: {any: [0, 2, 4]}, half: 8 // part, kernel: {any: [1, 3]}}
layers:
  - conv2d: {out_channels: 4, kernel_size: kernel}
  - conv2d: {out_channels: half, kernel_size: kernel}
  - linear: half
"""

READ_ONCE = (  # each of the two widths by one convolution, whose map it decides
    NAS_BENCH_201.replace(
        "blocks:", "  width_1: {any: [4, 8]}\n  width_2: {any: [4, 8]}\nblocks:", 1
    )
    .replace(
        "  - reduction: 32\n",
        "  - conv2d: {out_channels: width_1, kernel_size: 1}\n  - reduction: 32\n",
    )
    .replace(
        "  - reduction: 64\n",
        "  - conv2d: {out_channels: width_2, kernel_size: 1}\n  - reduction: 64\n",
    )
)


def check(text):
    """Hold a space to its networks, built one by one."""
    file = file_of(text)
    networks = every_network(file)
    space = Space(file, Setting(), METRICS)
    costs = Counter(tuple(one.costs.values()) for one in networks if one.costs)
    drawn = [space.network(number) for number in range(1, space.total + 1)]
    assert Counter(tuple(one.costs.values()) for one in drawn) == costs
    reasons = Counter(one.error.key for one in networks if one.error)
    assert {fault.error.key: fault.settings for fault in space.faults} == reasons
    assert all(fault.error.position for fault in space.faults)
    return space


@pytest.mark.parametrize("most", [10**9, 0])
@pytest.mark.parametrize(
    "text", [EQUAL_COUNTS, PARAMS, SPACES["required"], *map(tied_space, range(8))]
)
def test_settings_without_a_network_are_counted_by_their_reasons(text, most, monkeypatch):
    """most: of params that are drawn at once; with 0, all are drawn later where that can be."""
    monkeypatch.setattr("costcalc.spaces.walk.walking.MANY_SETTINGS", most)
    check(text)


def test_conditions_behind_a_fault_are_drawn():
    space = check("""
input: [4, 8, 8]
layers:
  - conv2d: {out_channels: 4, kernel_size: {any: [1, 11]}, padding: valid}
  - require: {any: [in_height > 1, in_height > 2, in_height > 9]}
""")
    assert (space.total, space.impossible) == (2, 1 + 3)


@pytest.mark.slow
@pytest.mark.parametrize("most", [10**9, 0])
def test_many_spaces_with_faulty_options(most, monkeypatch):
    monkeypatch.setattr("costcalc.spaces.walk.walking.MANY_SETTINGS", most)
    for seed in range(8, 60):
        check(tied_space(seed))


@pytest.mark.parametrize(
    ("word", "other", "impossible"),
    [
        ("edge_3: {any: [zeros", "edge_3: {any: [flatten", 5**5),  # no shape to add
        ("edge_3: {any: [zeros", "edge_3: {any: [classes", 5**5),  # no type
        (
            "nor_conv_3x3: {layers: [relu",
            "nor_conv_3x3: {layers: [{max_pool: {kernel_size: 99}}",
            5**6 - 4**6,
        ),
        ("add: {from: [edge_2, edge_3]", "add: {from: [edge_2]", 5**6),
    ],
)
def test_a_faulty_option_leaves_the_tables_of_the_others(word, other, impossible):
    assert word in NAS_BENCH_201
    space = Space(file_of(NAS_BENCH_201.replace(word, other)), Setting())
    assert (space.total, space.impossible) == (5**6 - impossible, impossible)
    assert space.graph.edges < 3_000
    assert all(fault.error.position for fault in space.faults)


def test_options_that_make_other_maps_are_told_apart_by_them():
    """A convolution of 7 channels cannot be added to what has 16, so it is all edges or none."""
    text = NAS_BENCH_201.replace(
        "nor_conv_1x1: {layers: [relu, {conv2d: {out_channels: in_channels",
        "nor_conv_1x1: {layers: [relu, {conv2d: {out_channels: 7",
    )
    space = Space(file_of(text), Setting())
    assert space.total + space.impossible == 5**6
    assert space.graph.edges < 10_000
    drawn = space.network(space.total // 2)
    space.check(drawn)


def test_params_that_one_item_reads_are_drawn_there():
    space = Space(file_of(READ_ONCE), Setting())
    assert (space.total, space.impossible) == (4 * 5**6, 0)
    assert space.graph.edges < 300
