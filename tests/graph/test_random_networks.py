"""Random networks, written as YAML and read back as a DAG.

What the DAG must be is found by a small interpreter of its own, straight from the language's rules:
it never sees the text, and shares no code with the package.
"""

from math import floor

import pytest
import yaml
from hypothesis import HealthCheck, event, given, note, settings
from support.random_networks import PARAMS, Expr, networks, written

from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile


class Invalid(Exception):
    """The network has maps that do not fit; costcalc must say so as well."""


# The interpreter


class Leaf:
    def __init__(self, type_, inputs, shape):
        self.type = type_
        self.inputs = inputs
        self.shape = shape


class Interpreter:
    def __init__(self, blocks, alpha):
        self.blocks = blocks
        self.alpha = alpha
        self.leaves = []

    def value(self, key, value, scope):
        if isinstance(value, Expr):
            return value.value({**scope, "scaled": self.scaled})
        if key.endswith("channels") and type(value) is int:
            return self.scaled(value)
        return value

    def scaled(self, width):
        return max(1, floor(self.alpha * width)) if width else 0

    def scope(self, params, maps):
        channels, height, width = maps[0].shape
        sees = {"in_channels": channels, "in_height": height, "in_width": width}
        return {**params, **sees, "alpha": self.alpha}

    def body(self, items, maps, names, params):
        for item in items:
            maps = self.item(item, maps, names, params)
        return maps

    def item(self, item, maps, names, params):
        if item.sources is not None:
            listed = item.sources if isinstance(item.sources, list) else [item.sources]
            visible = {**names, "previous": maps}
            maps = [one for name in listed for one in visible[name]]
        scope = self.scope(params, maps)
        copies = 1 if item.repeat is None else self.value("repeat", item.repeat, scope)
        if item.when is not None and not self.value("when", item.when, scope):
            copies = 0
        for copy in range(copies):
            fields = {**item.fields, **((item.first or {}) if copy == 0 else {})}
            maps = self.copy(item, fields, maps, names, params)
        if isinstance(item.name, list):
            if len(item.name) != len(maps):
                raise Invalid
            names.update({name: [one] for name, one in zip(item.name, maps, strict=True)})
        elif item.name is not None:
            names[item.name] = maps
        return maps

    def copy(self, item, fields, maps, names, params):
        scope = self.scope(params, maps)
        given_ = {key: self.value(key, value, scope) for key, value in fields.items()}
        type_ = item.type
        if type_.startswith("$"):
            type_ = params[type_[1:]]
            if type_ is None:
                return maps
        inner = {**names, "input": maps}
        if type_ == "sequence":
            return self.body(item.parts["layers"], maps, inner, params)
        if type_ == "residual":
            out = self.body(item.parts["layers"], maps, dict(inner), params)
            if not given_.get("shortcut_when", True):
                return out
            out = out + self.body(item.parts.get("shortcut", []), maps, dict(inner), params)
            return [self.leaf("add", out, {})]
        if "branches" in item.parts:
            out = []
            for branch in item.parts["branches"]:
                listed = branch if isinstance(branch, list) else [branch]
                out = out + self.body(listed, maps, names, params)
            return [self.leaf(type_, out, given_)]
        if type_ in self.blocks:
            return self.block(self.blocks[type_], given_, maps)
        return [self.leaf(type_, maps, given_)]

    def block(self, block, arguments, maps):
        if len(maps) != len(block.inputs or [0]):
            raise Invalid
        scope = self.scope(dict(RESOLVED), maps)
        for name, default in block.params.items():
            given_ = name in arguments
            scope[name] = arguments[name] if given_ else self.value(name, default, scope)
        names = {"input": maps}
        names.update({name: [one] for name, one in zip(block.inputs or [], maps, strict=False)})
        out = self.body(block.layers, maps, names, scope)
        return [one for name in block.outputs for one in names[name]] if block.outputs else out

    def leaf(self, type_, inputs, fields):
        shapes = [one.shape for one in inputs]
        self.leaves.append(Leaf(type_, inputs, self.shape(type_, shapes, fields)))
        return self.leaves[-1]

    def shape(self, type_, shapes, fields):
        channels, height, width = shapes[0]
        if type_ in ("add", "multiply"):
            spread = [1] if type_ == "multiply" else []  # a side of 1 fits all others
            sides = [{*axis} - {*spread} for axis in zip(*shapes, strict=True)]
            if len(shapes) < 2 or any(len(different) > 1 for different in sides):
                raise Invalid
            return tuple(max(different, default=1) for different in sides)
        if type_ == "concat":
            if len({shape[1:] for shape in shapes}) > 1:
                raise Invalid
            return (sum(shape[0] for shape in shapes), height, width)
        if len(shapes) != 1:
            raise Invalid
        if type_ == "global_avg_pool":
            return (channels, 1, 1)
        if type_ == "flatten":
            return (channels * height * width, 1, 1)
        stride = fields.get("stride", fields["kernel_size"] if type_ == "max_pool2d" else 1)
        if fields.get("padding") == "valid":
            height, width = (side - fields["kernel_size"] + stride for side in (height, width))
            if min(height, width) < stride:
                raise Invalid
            height, width = height // stride, width // stride
        else:
            height, width = -(-height // stride), -(-width // stride)
        if type_ in ("conv2d", "pointwise_conv2d"):
            channels = fields["out_channels"]
        return (channels * fields.get("multiplier", 1), height, width)


RESOLVED = {**PARAMS, "nothing": None}


def expected(inputs, layers, blocks, alpha):
    """The sources, the leaves and the outputs, or None where the maps do not fit."""
    shapes = inputs if isinstance(inputs, dict) else {"input": inputs}
    sources = [Leaf(name, [], tuple(shape)) for name, shape in shapes.items()]
    names = {"input": sources, **{source.type: [source] for source in sources}}
    interpreter = Interpreter(blocks, alpha)
    try:
        outputs = interpreter.body(layers, sources, names, dict(RESOLVED))
    except Invalid:
        return None
    return sources, interpreter.leaves, outputs


@pytest.mark.slow
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(networks())
def test_the_dag_is_what_the_rules_say(network):
    inputs, layers, blocks, alpha = network
    tree = written({"input": inputs, "params": PARAMS, "blocks": blocks, "layers": layers})
    right = expected(*network)
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
    sources, leaves, outputs = right
    # Inputs and layers are numbered in their order: a source is the number of where it comes from.
    numbers = {id(one): place for place, one in enumerate([*sources, *leaves])}
    places = {id(one): place for place, one in enumerate([*found.inputs, *found.nodes])}
    assert [
        (node.layer.type, tuple(node.shape), [places[id(source)] for source in node.inputs])
        for node in found.nodes
    ] == [(leaf.type, leaf.shape, [numbers[id(one)] for one in leaf.inputs]) for leaf in leaves]
    assert [places[id(source)] for source in found.outputs] == [numbers[id(one)] for one in outputs]
    assert [tuple(source.shape) for source in found.inputs] == [one.shape for one in sources]
