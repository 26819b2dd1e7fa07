"""Random networks, written as YAML and read back as a DAG.

What the DAG must be is found by `fuzz.reference`, straight from the language's rules: it never sees
the text, and shares no code with the package.
"""

import pytest
import yaml
from fuzz.counting import TooLarge
from fuzz.expressions import Invalid
from fuzz.reference import Reference
from hypothesis import HealthCheck, assume, event, given, note, settings
from layers.cases.base import METRICS
from support.random_networks import PARAMS, networks, written

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile


def expected(tree, alpha):
    """The network, or None where the maps do not fit."""
    try:
        return Reference(tree, alpha=alpha)
    except Invalid:
        return None
    except TooLarge:
        return assume(False)


@pytest.mark.slow
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(networks())
def test_the_dag_is_what_the_rules_say(network):
    inputs, layers, blocks, alpha = network
    tree = written({"input": inputs, "params": PARAMS, "blocks": blocks, "layers": layers})
    right = expected(tree, alpha)
    event("fits" if right else "does not fit")
    for flow in (False, True):
        text = yaml.safe_dump(tree, default_flow_style=flow, sort_keys=False)
        note(text)
        if right is None:
            with pytest.raises(CostcalcError):
                build(NetworkFile(text, "random.yaml"), Setting(alpha=alpha))
            continue
        found = build(NetworkFile(text, "random.yaml"), Setting(alpha=alpha))
        compare(right, found)


def compare(right, found):
    # Inputs and layers are numbered in their order: a source is the number of where it comes from.
    made = [*right.sources, *(leaf.output for leaf in right.leaves)]
    numbers = {id(one): place for place, one in enumerate(made)}
    places = {id(one): place for place, one in enumerate([*found.inputs, *found.nodes])}
    assert [
        (node.layer.type, tuple(node.shape), [places[id(source)] for source in node.inputs])
        for node in found.nodes
    ] == [
        (leaf.type, leaf.output.shape, [numbers[id(one)] for one in leaf.inputs])
        for leaf in right.leaves
    ]
    assert [places[id(source)] for source in found.outputs] == [
        numbers[id(one)] for one in right.outputs
    ]
    assert [tuple(source.shape) for source in found.inputs] == [one.shape for one in right.sources]
    assert measure(found, METRICS) == {name: right.totals[name] for name in METRICS}
