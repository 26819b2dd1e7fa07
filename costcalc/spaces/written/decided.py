"""A network of a space, written as a network: what is drawn stands where the choices stood.

The tree of the file is copied with the options in place of the choices.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import MappingNode, YamlNode
from costcalc.spaces.draws import Draw
from costcalc.spaces.written.decided_items import ItemWriter
from costcalc.spaces.written.nodes import mapping, pairs_at, scalar, without_choices
from costcalc.spaces.written.recorder import Given, Recorder

OF_THE_SPACE = "published", "budgets"
"""Keys that say nothing of one network."""


def decided(file: NetworkFile, setting: Setting, draws: Sequence[Draw]) -> NetworkFile:
    """The network of a space that is drawn so, as a file of its own with the places of the text."""
    recorder = Recorder(file, setting, Given(draws))
    recorder.build()
    (bodies,) = recorder.bodies[id(file.items)]
    assert file.body is not None
    writer = ItemWriter(file, draws)
    layers = writer.items(bodies, file.body)
    entries = _beside_layers(file, setting.variant, recorder.setting, writer)
    if writer.blocks:
        own = [(scalar(name, file.root), node) for name, node in writer.blocks.items()]
        entries["blocks"] = pairs_at([*_listed(entries.pop("blocks", None)), *own], file.root)
    entries["layers"] = layers
    keys = {key: node for key, (node, _) in file.parts.items()}
    pairs = [(keys.get(key, scalar(key, file.root)), node) for key, node in entries.items()]
    root = without_choices(pairs_at(pairs, file.root), file.path)
    return NetworkFile(file.text, file.path, files=file.files, root=root)


def _beside_layers(
    file: NetworkFile, asked: str | None, setting: Setting, writer: ItemWriter
) -> dict[str, YamlNode]:
    """What a file says beside its layers, at a setting of the variant that is asked for, by key."""
    entries = {key: node for key, (_, node) in file.parts.items()}
    entries = {"name": scalar(file.name, file.root), **entries}
    variant, declared = file.variant(asked)
    own = file.variant_parts.get(variant or "", {})
    entries |= {key: node for key, (_, node) in own.items() if key != "params"}
    if variant is not None:
        entries["variants"] = mapping({variant: mapping({}, file.root)}, file.root)
    for key in (*OF_THE_SPACE, "layers"):
        entries.pop(key, None)
    params = {**declared.params, **setting.params}
    if params:
        nodes = {name: writer.at(value, ()) for name, value in file.in_order(params).items()}
        entries["params"] = mapping(nodes, file.root)
    if declared.alphas is not None:
        entries["alpha"] = writer.at(declared.alphas, ())
    sides = [side for shape in (declared.inputs or {}).values() for side in shape]
    choices = [choice for side in sides for choice in side.choices]
    if choices:
        entries["input"] = writer.replaced(entries["input"], choices, ())
    return entries


def _listed(blocks: YamlNode | None) -> list[tuple[YamlNode, YamlNode]]:
    """Names and blocks, as a file lists them."""
    return list(blocks.value) if isinstance(blocks, MappingNode) else []
