"""Ways to spoil a text: by bytes, by tokens, by YAML nodes, and by what the language means."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any, NamedTuple

import yaml
from fuzz.networks import network
from importers.huggingface_figures import IMAGES, TEXTS
from importers.pairs import BY_HAND, SAMPLES
from importers.test_keras_layers import LAYERS, layer, model
from support.paths import CONFIGS, PROJECT, VALID

from costcalc.costs.validation import validate_file
from costcalc.errors import CostcalcError
from costcalc.language.network_file import NetworkFile

YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
TOKEN = re.compile(r"\w+|[^\S\n]+|[^\w\s]|\n")
NAME = re.compile(r"[A-Za-z_]\w*")
NONCE = "zqxj"
BYTES = [
    b"\x00",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"\t",
    b"\r",
    b"\x85",
    b"\xe2\x80\xa8",
    b"\x1b[",
]
BYTES += [
    b"&a ",
    b"*a ",
    b"!!python/object:os.system ",
    b"<<: ",
    b"? ",
    b"- ",
    b"{",
    b"[",
    b"|",
    b"%",
]
BYTES += [b"\xe2\x80\xae", b"---\n", b"...\n", b"'", b'"', b"#", b":", b"9" * 120, b"1e400", b"\n"]
SCALARS: list[Any] = [0, -1, 1, 3, 0.5, 1e-9, 10**6, 10**30, 10**101, True, False, None, "", "same"]
SCALARS += [
    "none",
    "valid",
    "input",
    "previous",
    "1/0",
    "alpha / 0",
    "in_channels / 3",
    "rho",
    "x y",
]
SCALARS += ["max(1)", "min()", "a[0]", "[1, 2][2]", "((((1))))", "1 if 2 else 3", "not 1", "9" * 90]
SCALARS += ["1 < 2 < 3", "-" * 40 + "1", "scaled(-1)", "divisible(3, 0)", "in_channels % 0", "'x'"]
SCALARS += ["10**9", "lambda: 1", "(1, 2)", "__import__('os')", "é", "relu", "conv2d", "$kind", []]
SCALARS += [{}, [1, 2], [1, 2, 3, 4], [[]], {"a": 1}, "zqxj", "1_000", "0x10", "1e3", "2026-01-01"]
KEYS = [
    "when",
    "repeat",
    "from",
    "name",
    "first",
    "layers",
    "branches",
    "shortcut",
    "params",
    "bias",
]
KEYS += [
    "input",
    "inputs",
    "outputs",
    "out_channels",
    "kernel_size",
    "stride",
    "padding",
    "variants",
]
KEYS += ["groups", "alpha", "rounding", "defaults", "blocks", "budgets", "published", "include"]


class Misspelling(NamedTuple):
    """A word of a valid text that was replaced by NONCE, and where: line and column from 1."""

    old: str
    place: tuple[int, int]
    scalar: tuple[int, int]
    """Where the value begins that the word stands in."""


_OTHER_FILES = re.compile(r"include|\bof: \S+\.ya?ml")
"""In a text that needs files which do not lie beside it here."""


class Spoilt(NamedTuple):
    source: str
    text: bytes
    misspelling: Misspelling | None = None


_LARGE = ("anynetx.yaml", "darts.yaml", "mnasnet_space.yaml", "regnet_space.yaml")
"""Spaces that have more states than a case has time for, some where a word is misspelt."""


def corpus() -> dict[str, str]:
    """Valid texts by name: shipped networks, the tests' own, and what the manual shows."""
    folders = (CONFIGS, CONFIGS / "spaces", VALID)
    files = [path for folder in folders for path in sorted(folder.glob("*.yaml"))]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}
    for page in sorted((PROJECT / "docs").glob("*.md")):
        for number, block in enumerate(YAML_BLOCK.findall(page.read_text(encoding="utf-8"))):
            if re.search("^input:", block, re.MULTILINE):
                texts[f"{page.name}-{number}"] = block
    return {
        name: text
        for name, text in texts.items()
        if len(text) < 12_000 and not _OTHER_FILES.search(text) and name not in _LARGE
    }


def samples() -> dict[str, str]:
    """Files of other formats by name: those of tests/importers, models of Keras and configs."""
    files = [path for path in sorted(SAMPLES.glob("*/*")) if not path.name.endswith(BY_HAND)]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}
    for number, (kind, config, shape, _) in enumerate(LAYERS[::7]):
        texts[f"{number}.json"] = model(shape, layer(kind, "one", "data", **config))
    for number, (content, *_) in enumerate([*IMAGES[::5], *TEXTS[::5]]):
        texts[f"config{number}.json"] = json.dumps(content, indent=1)
    return texts


def spoilt_sample(random: Random, texts: dict[str, str]) -> Spoilt:
    """A file of another format with a few mutations of bytes and tokens."""
    name = random.choice([*texts])
    data = texts[name].encode()
    for _ in range(random.choice([1, 1, 2, 3])):
        data = random.choice([by_bytes, by_tokens, by_tokens])(random, data)
    return Spoilt(name, data)


def spoilt(random: Random, texts: dict[str, str]) -> Spoilt:
    """A text with one misspelling, or with a few mutations of any level."""
    name = random.choice([*texts, "drawn", "drawn", "drawn"])
    seed = random.getrandbits(32)
    text = texts.get(name) or yaml.safe_dump(network(seed), sort_keys=False)
    if random.randrange(3) == 0 and (name in texts or is_valid(text)):
        return misspelt(random, name, text)
    data = text.encode()
    for _ in range(random.choice([1, 1, 2, 3])):
        mutate = random.choice(LEVELS)
        data = mutate(random, data)
    return Spoilt(name, data)


def is_valid(text: str) -> bool:
    """Whether a drawn text is a network: what is wrong with it already would hide a misspelling."""
    try:
        validate_file(NetworkFile(text, "drawn.yaml"))
    except CostcalcError:
        return False
    return True


# Bytes and tokens


def by_bytes(random: Random, data: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    stop = min(len(data), start + random.choice([0, 1, 1, 2, 8, 60]))
    kind = random.randrange(5)
    if kind == 0:
        return data[:start] + data[stop:]
    if kind == 1:
        return data[:stop] + data[start:stop] * random.choice([1, 2, 50]) + data[stop:]
    if kind == 2:
        return data[:start] + bytes([random.randrange(256)]) + data[stop:]
    if kind == 3:
        return data[:start]
    return data[:start] + random.choice(BYTES) * random.choice([1, 1, 3]) + data[stop:]


def by_tokens(random: Random, data: bytes) -> bytes:
    tokens = TOKEN.findall(data.decode("utf-8", "replace")) or [""]
    one, other = random.randrange(len(tokens)), random.randrange(len(tokens))
    kind = random.randrange(4)
    if kind == 0:
        del tokens[one]
    elif kind == 1:
        tokens[one], tokens[other] = tokens[other], tokens[one]
    elif kind == 2:
        tokens.insert(one, tokens[other])
    else:
        tokens[one] = str(random.choice(SCALARS + KEYS))
    return "".join(tokens).encode()


# YAML nodes


def by_nodes(random: Random, data: bytes) -> bytes:
    """Leave out, copy, move or replace a node."""
    tree = loaded(data)
    if tree is None:
        return by_tokens(random, data)
    places = list(holders(tree))
    holder, key = random.choice(places)
    kind = random.randrange(5)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        other, place = random.choice(places)
        holder[key] = deepcopy(other[place])
    elif kind == 2 and isinstance(holder, list):
        holder.insert(key, deepcopy(holder[key]))
    elif kind == 3:
        holder[key] = [holder[key]] if random.randrange(2) else {random.choice(KEYS): holder[key]}
    else:
        holder[key] = deepcopy(random.choice(SCALARS))
    return dumped(random, tree)


def by_meaning(random: Random, data: bytes) -> bytes:
    """Give an item or a section a key of the language with a value that may not fit."""
    tree = loaded(data)
    if tree is None:
        return by_bytes(random, data)
    mappings = [tree] + [h[k] for h, k in holders(tree) if isinstance(h[k], dict)]
    target = random.choice(mappings)
    if random.randrange(3):
        target[random.choice(KEYS)] = deepcopy(random.choice(SCALARS))
    elif target:
        key = random.choice(list(target))
        target[random.choice([*KEYS, f"{key}s", str(key).upper()])] = target.pop(key)
    return dumped(random, tree)


def loaded(data: bytes) -> Any:
    try:
        tree = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) and tree else None


def dumped(random: Random, tree: Any) -> bytes:
    flow = random.choice([None, False, False, True])
    text = yaml.safe_dump(tree, sort_keys=False, default_flow_style=flow, allow_unicode=True)
    return str(text).encode()


def holders(tree: Any) -> Any:
    """Every place in a tree, as what holds it and its key there."""
    for key, child in list(tree.items() if isinstance(tree, dict) else enumerate(tree)):
        yield tree, key
        if isinstance(child, (dict, list)):
            yield from holders(child)


LEVELS: tuple[Callable[[Random, bytes], bytes], ...] = (by_bytes, by_tokens, by_nodes, by_meaning)


# Misspellings


def misspelt(random: Random, name: str, text: str) -> Spoilt:
    """A valid text in which one word is another: the error must show it."""
    root = yaml.compose(text, yaml.CSafeLoader)
    free = params_of_variants(root)
    scalars = [
        node
        for node in plain_scalars(root)
        if NAME.search(node.value) and not is_of_a_pattern(node.value) and node not in free
    ]
    node = random.choice(scalars)
    word = random.choice(list(NAME.finditer(node.value)))
    start = node.start_mark
    offset = start.index + word.start()
    changed = text[:offset] + NONCE + text[offset + len(word[0]) :]
    place = Misspelling(
        word[0],
        (start.line + 1, start.column + 1 + word.start()),
        (start.line + 1, start.column + 1),
    )
    return Spoilt(name, changed.encode(), place)


def is_of_a_pattern(text: str) -> bool:
    """An axis of a pattern may have any name; a misspelt `pattern` is told of its text instead."""
    return text in ("pattern", "equation") or "->" in text


def params_of_variants(root: Any) -> list[Any]:
    """The keys of params that variants give: one of another name is a new param."""
    variants = dict(entries(root)).get("variants")
    given = (dict(entries(variant)).get("params") for _, variant in entries(variants))
    return [key for params in given for key, _ in getattr(params, "value", ())]


def entries(node: Any) -> list[tuple[str, Any]]:
    """The keys of a mapping with their values; none of another node."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return [(key.value, value) for key, value in pairs if isinstance(key, yaml.ScalarNode)]


def plain_scalars(node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        if not node.style and node.start_mark.line == node.end_mark.line:
            yield node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from plain_scalars(key)
            yield from plain_scalars(value)
    else:
        for child in node.value:
            yield from plain_scalars(child)
