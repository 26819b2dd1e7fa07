"""Who reads each map of a network."""

from costcalc.accounting.convention import load_convention
from costcalc.costs.convention_counts import Counting
from costcalc.graph.builder import build
from costcalc.language.network_file import NetworkFile

NET = """\
input: [4, 8, 8]
layers:
  - conv2d: {name: stem, out_channels: 4, kernel_size: 3, bias: false}
  - batch_norm: {name: norm}
  - residual: [relu: {name: inner}]
"""


def network(text=NET):
    made = build(NetworkFile(text, "n.yaml"))
    return made, {node.name.rpartition(".")[2]: node for node in made.nodes}


def test_each_map_and_its_consumers_in_order():
    made, node = network()
    assert made.consumers == {
        made.inputs[0]: [node["stem"]],
        node["stem"]: [node["norm"]],
        node["norm"]: [node["inner"], node["add"]],
        node["inner"]: [node["add"]],
        node["add"]: [None],  # the world outside
    }
    assert made.only_consumer(node["stem"]) is node["norm"]
    assert made.only_consumer(node["norm"]) is None
    assert made.only_consumer(node["add"]) is None


def test_a_map_that_a_layer_reads_twice_has_two_consumers():
    made, node = network(NET + "  - multiply: {from: [norm, norm]}\n")
    assert made.consumers[node["norm"]] == [node["inner"], node["add"], *[node["multiply"]] * 2]
    assert node["add"] not in made.consumers


def test_no_batch_norm_is_folded_into_a_convolution_whose_map_leaves_the_network():
    convention = load_convention("onnx-tool")
    made, node = network()
    assert Counting(made, convention).folds_into(node["norm"]) is node["stem"]
    made, node = network(NET + "  - relu: {from: stem, when: false}\n")
    assert made.outputs == [node["stem"]]
    assert Counting(made, convention).folds_into(node["norm"]) is None
