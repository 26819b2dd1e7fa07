"""Blocks that are copied from what they made before are as if built item by item."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from costcalc.errors import CostcalcError
from costcalc.graph.builder import Builder, build
from costcalc.graph.nodes import Group, Network, Node
from costcalc.graph.setting import Setting
from costcalc.importers.reading import read_network
from costcalc.language.includes import WORKING_TREE
from costcalc.language.lookup import shipped_files
from costcalc.language.network_file import NetworkFile

SHIPPED = [Path(path) for path in shipped_files()]
SOME = ("mobilenet_v3", "resnet", "nasnet", "albert", "swin", "deepspeech2")


class OneByOne(Builder):
    copies_blocks = False


def read(text: str, path: str = "net.yaml") -> NetworkFile:
    return read_network(text, path, WORKING_TREE)


def parts(network: Network) -> Iterator[tuple[object, ...]]:
    """All that is known of each layer and each group, in order."""
    numbers = {id(node): number for number, node in enumerate(network.nodes)}
    numbers |= {id(source): -1 - number for number, source in enumerate(network.inputs)}
    for node in network.nodes:
        yield (
            *(node.name, node.label, node.origin, node.group.name, type(node.layer)),
            *(
                vars(node.layer),
                node.shape,
                node.shape.batch,
                [numbers[id(x)] for x in node.inputs],
            ),
            None if node.weights is None else numbers[id(node.weights)],
            *(node.times, node.trainable, node.experts, node.bits, node.element_bits),
            node.has_gradient,
        )
    stack: list[Group | Node] = [network.root]
    while stack:
        child = stack.pop()
        yield child.name, child.label, child.origin
        if isinstance(child, Group):
            yield child.type, child.parent and child.parent.name
            stack += child.children
    yield from ((numbers[id(source)],) for source in network.outputs)


def check(file: NetworkFile, variant: str | None = None) -> None:
    copied, plain = (build(file, Setting(variant), builder) for builder in (Builder, OneByOne))
    assert list(parts(copied)) == list(parts(plain))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[] if path.stem in SOME else pytest.mark.slow)
        for path in SHIPPED
    ],
)
def test_a_shipped_network_is_as_if_built_one_by_one(path: Path) -> None:
    file = read(path.read_text(encoding="utf-8"), str(path))
    for variant in [*file.variants][:2] or [None]:
        check(file, variant)


HEAD = "input: [8, 16, 16]\n"
UNIT = "blocks: {unit: {params: {n: 8, on: true}, layers: %s}}\n"
ONE = "{conv2d: {out_channels: 8, kernel_size: 1}}"
SEPARABLE = "[{depthwise_conv2d: 3}, {conv2d: {out_channels: n, kernel_size: 1}}]"


@pytest.mark.parametrize(
    ("unit", "layers"),
    [
        (SEPARABLE, "[unit, {unit: {repeat: 3}}, {unit: {n: 4}}, {unit: {n: 4}}, unit]"),
        (SEPARABLE, "[{unit: {trainable: false}}, unit, {unit: {bits: {weights: 4}}}, unit]"),
        ("[{relu: {when: on}}, {relu: {name: a}}, {add: {from: [a, input]}}]", "[unit, unit]"),
        ("[{relu: {when: on}}]", "[{unit: {on: false}}, unit, {unit: {on: false}}, unit, relu]"),
        ("[{residual: [{depthwise_separable: {out_channels: n, stride: 1}}, conv1]}]",
         "[{unit: {repeat: 2}}, unit]"),
        ("[{concat: [[relu], [{relu: {repeat: 2}}]]}]", "[unit, unit, conv1, unit]"),
        ("[{conv2d: {name: a, out_channels: 8, kernel_size: 1}}, {conv2d: {weights: a, "
         "out_channels: 8, kernel_size: 1}}]", "[unit, {unit: {repeat: 2}}]"),
        ("[{conv2d: {out_channels: 8, kernel_size: 1, repeat: 3, weights: shared}}]",
         "[unit, unit]"),
        ("[{conv2d: {name: a, out_channels: 8, kernel_size: 1}}, {conv2d: {weights: a, "
         "out_channels: 8, kernel_size: 1}}]",
         "[{unit: {name: a}}, {max_pool: 2}, {unit: {weights: a}}, unit]"),
        ("[{each: {copies: 2, layers: [relu]}}, add]", "[unit, unit]"),
        ("[{conv2d: {out_channels: in_channels + 1, kernel_size: 1}}]", "[{unit: {repeat: 4}}]"),
    ],
)  # fmt: skip
def test_what_a_block_holds_is_copied(unit: str, layers: str) -> None:
    check(read(f"{HEAD}{UNIT % unit}layers: {layers}\n".replace("conv1", ONE)))


def test_a_copied_block_counts_for_the_limits() -> None:
    """Where a limit is passed the fault is where it would be without copies."""
    text = f"{HEAD}{UNIT % SEPARABLE}layers: [{{unit: {{repeat: 20000}}}}]\n"
    faults = []
    for builder in (Builder, OneByOne):
        with pytest.raises(CostcalcError) as refused:
            build(read(text), Setting(), builder)
        faults.append([(str(one.position), one.message) for one in refused.value.problems])
    assert faults[0] == faults[1]
    assert "more than 50,000 items" in faults[0][-1][1]


def test_a_faulty_block_is_a_fault_of_each_use() -> None:
    unit = "[{conv2d: {out_channels: 8, kernel_size: 99, padding: 0}}]"
    uses = ", ".join(["{unit: {from: input}}"] * 4)
    with pytest.raises(CostcalcError) as refused:
        build(read(f"{HEAD}{UNIT % unit}layers: [{uses}]\n"))
    assert "3 more uses have the same fault" in refused.value.problems[0].notes
