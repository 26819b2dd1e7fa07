"""Blocks: of the shipped library, of a network's file and of the files it includes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from costcalc.errors import CostcalcError, Problems
from costcalc.language.block import Block
from costcalc.language.expressions import KNOBS, MAP_VARIABLES
from costcalc.language.file_set import (
    MAX_INCLUDED,
    MAX_INCLUDES,
    NETWORK_KEYS,
    Files,
    included_text,
)
from costcalc.language.files import read_text
from costcalc.language.foreign import Foreign
from costcalc.language.includes import WORKING_TREE, Tree
from costcalc.language.item import Blocks, Item, check_constant, field_names, is_text
from costcalc.language.knob_hints import knob_hint
from costcalc.language.library import LIBRARY
from costcalc.language.names import REQUIRE, STRUCTURES, check_block_name
from costcalc.language.suggestions import suggest_key, suggest_type
from costcalc.language.yaml_nodes import (
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    compose,
    entries,
    is_empty,
    position,
)

BLOCK_KEYS = ("name", "source", "include", "blocks", "defaults")
"""Keys of a file of blocks alone."""


class BlockFile(Blocks):
    """The blocks that a file's items may use: its own, its includes', and the shipped ones."""

    def __init__(
        self,
        path: str,
        text: str,
        keys: tuple[str, ...],
        files: Files | None,
        foreign: Foreign | None = None,
        root: YamlNode | None = None,
    ) -> None:
        """root: the tree, where it is not as the text has it."""
        super().__init__(path)
        self.files = files
        if files and foreign:
            files.modules = foreign.blocks
        self.root = root or (foreign.root if foreign else compose(text, path, self.found))
        self.parts = entries(path, self.root, "a network", self.found)
        own_input = self.parts.get("input", (None, None))[1]
        for name, (key, node) in self.parts.items():
            if name not in keys:
                hint = knob_hint(name, node, own_input) or suggest_key(name, keys)
                self.fail(key, f"unknown key '{name}'", hint)
        self._default_keys: dict[str, YamlNode] = {}
        self.own = self._read_own()
        before = len(self.found)
        included = self._include(files) if files and "include" in self.parts else {}
        self.incomplete = len(self.found) > before
        for name in self.own.keys() & included.keys():
            self.ambiguous.add(name)
            other = included[name].file.path
            self.fail(self.own[name].key, f"block '{name}' is defined in {other} as well")
        self.given = {**included, **self.own}
        self.own_names = frozenset(self.given)
        shipped = {**library().own, **files.modules} if files else {}
        self.blocks.update({**shipped, **self.given})
        self.constants.update(self.blocks)

    def _read_own(self) -> dict[str, Block]:
        if "blocks" not in self.parts or is_empty(self.parts["blocks"][1]):
            return {}
        node = self.parts["blocks"][1]
        listed = entries(self.path, node, "blocks", self.found)
        if isinstance(node, MappingNode) and len(listed) < len(node.value):
            counts = Counter(key.value for key, _ in node.value if isinstance(key, ScalarNode))
            self.ambiguous.update(name for name in listed if counts[name] > 1)
        return {name: Block(name, self, key, block) for name, (key, block) in listed.items()}

    def _include(self, files: Files) -> dict[str, Block]:
        node = self.parts["include"][1]
        if not isinstance(node, SequenceNode):
            self.fail(node, "include must be a list of files")
            return {}
        blocks: dict[str, Block] = {}
        for entry in node.value:
            if not isinstance(entry, ScalarNode):
                self.fail(entry, "include must be a list of files")
                continue
            file = self._included(entry, files)
            for name, block in file.given.items() if file else ():
                if blocks.get(name, block) is not block:
                    self.ambiguous.add(name)
                    other = blocks[name].file.path
                    self.fail(
                        entry, f"block '{name}' of {entry.value} is defined in {other} as well"
                    )
                blocks[name] = block
        return blocks

    def _included(self, entry: ScalarNode, files: Files) -> BlockFile | None:
        """Read the file that an entry names, once; None where it cannot be read."""
        target = os.path.join(os.path.dirname(self.path), entry.value)
        if target == "-":  # a file of that name, not standard input
            target = os.path.join(".", target)
        try:
            place = files.tree.locate(target, files.network)
        except CostcalcError as error:
            self.fail(entry, error.message, error.hint)
            return None
        if place in files.open:
            self.fail(entry, f"{entry.value} includes itself, directly or through other files")
            return None
        if len(files.open) > MAX_INCLUDES:
            self.fail(entry, f"files may include one another at most {MAX_INCLUDES} deep")
            return None
        if place not in files.done:
            if len(files.done) + len(files.open) > MAX_INCLUDED:
                self.fail(entry, f"a network includes at most {MAX_INCLUDED} files")
                return None
            files.open.append(place)
            try:
                file = BlockFile(target, included_text(target, files.tree), NETWORK_KEYS, files)
            except CostcalcError as error:
                for one in error.problems:
                    one.position = one.position or position(self.path, entry)
                self.found.extend(error.problems)
                return None
            finally:
                files.open.pop()
            file.read_blocks()
            if "layers" not in file.parts:  # whose items are not read here
                file.refuse_unused_defaults()
            self.found.extend(file.found)
            files.done[place] = file
        included: BlockFile = files.done[place]
        return included

    def read_blocks(self, network_params: tuple[str, ...] = ()) -> None:
        """Read and check the file's own blocks and its defaults."""
        self.network_params = network_params
        for name, block in self.own.items():
            wrong = check_block_name(name)
            if wrong:
                self.ambiguous.add(name)
                self.fail(block.key, wrong)
            block.read_head()
        if "defaults" in self.parts and not is_empty(self.parts["defaults"][1]):
            self._read_defaults(self.parts["defaults"][1])
        for block in self.own.values():
            _ = block.items
        self._refuse_cycles()

    def _read_defaults(self, node: YamlNode) -> None:
        names = (*self.network_params, *MAP_VARIABLES, *KNOBS)
        for name, (key, fields) in entries(self.path, node, "defaults", self.found).items():
            target = self.lookup(name)
            if name in self.ambiguous:
                continue
            if target is None:
                if name in (*STRUCTURES, REQUIRE):
                    self.fail(key, f"{name} has no fields that could have defaults")
                elif not self.incomplete:
                    suggestion = suggest_type(name, self.type_names())
                    self.fail(key, f"unknown layer or block '{name}'", suggestion)
                continue
            known = [n for n in field_names(target) if not is_text(target, n)]
            label = target.type if isinstance(target, type) else name
            self._default_keys[label] = key
            values = self.defaults.setdefault(label, {})
            listed = {} if is_empty(fields) else entries(self.path, fields, name, self.found)
            for field, (field_key, field_node) in listed.items():
                if field not in known:
                    hint = suggest_key(field, known)
                    self.fail(field_key, f"unknown key '{field}' in {name}", hint)
                    continue
                value = self.values.read(field, field_node, names)
                for plain in value.alternatives:
                    error = check_constant(target, field, plain)
                    if error:
                        self.fail(plain.node, error.message, error.hint)
                values[field] = value

    def refuse_unused_defaults(self) -> None:
        """Report defaults of a type that no item of this file has: they would do nothing."""
        if (
            self.found or "$" in self.types
        ):  # an item that is faulty or named by a param may be of the type
            return
        for label, key in self._default_keys.items():
            if label not in self.types:
                self.fail(
                    key,
                    f"the defaults of {label} have no effect: this file has no item of this type",
                    "items in shipped blocks keep their own; hand such a block one of this file: "
                    f"my_{label}: {{layers: [{label}: {{...}}]}}",
                )

    def _refuse_cycles(self) -> None:
        """Report blocks that contain themselves; a depth-first walk over the file's own blocks."""
        done: set[str] = set()
        for start in self.own:
            path: dict[str, None] = {}  # an ordered set
            stack: list[tuple[str, bool]] = [(start, False)]
            while stack:
                name, leaving = stack.pop()
                if leaving:
                    path.popitem()
                    done.add(name)
                elif name in path:
                    names = list(path)
                    circle = " -> ".join([*names[names.index(name) :], name])
                    self.fail(self.own[name].key, f"block '{name}' contains itself: {circle}")
                    done.update(path)
                    break
                elif name not in done:
                    path[name] = None
                    stack.append((name, True))
                    stack.extend((used, False) for used in self._uses(self.own[name].items))

    def _uses(self, items: list[Item]) -> list[str]:
        used: list[str] = []
        for item in items:
            block = item.type
            if isinstance(block, Block) and self.own.get(block.name) is block:
                used.append(block.name)
            for part in (item.layers, item.shortcut, *(item.branches or ())):
                used.extend(self._uses(part))
        return used


def has_blocks_alone(text: str, path: str) -> bool:
    """Whether a file holds only blocks, for other files to include."""
    try:
        root = compose(text, path, [])
    except CostcalcError:  # reading it as a network says what is wrong
        return False
    keys = [key.value for key, _ in root.value] if isinstance(root, MappingNode) else []
    return "blocks" in keys and all(key in BLOCK_KEYS for key in keys)


def check_blocks(text: str, path: str, tree: Tree = WORKING_TREE) -> None:
    """Raise Problems with everything that is wrong with a file of blocks alone."""
    file = BlockFile(path, text, BLOCK_KEYS, Files(tree, path))
    file.read_blocks()
    file.refuse_unused_defaults()
    if file.found:
        raise Problems(file.found)


@lru_cache(maxsize=1)
def library() -> BlockFile:
    """The shipped blocks; their bodies are read as they are used."""
    return read_library(LIBRARY)


def read_library(path: str, more: Mapping[str, Block] | None = None) -> BlockFile:
    """Read a shipped file of blocks, which may use `more`; bodies are read as they are used."""
    file = BlockFile(path, read_text(path), BLOCK_KEYS, None)
    file.blocks = {**(more or {}), **file.blocks}
    file.constants.update(file.blocks)
    for block in file.own.values():
        block.read_head()
    if file.found:
        raise Problems(file.found)
    return file
