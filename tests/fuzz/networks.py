"""Random networks of every layer type and structure, as plain trees; the same seed, the same tree.

They are small, so that `reference` can count them one by one. Most of them fit: what a layer needs
of its map is written as an expression over it, so it holds at most settings.
"""

from copy import deepcopy
from fractions import Fraction
from typing import Any, NamedTuple

import yaml
from support.knobbed_networks import Drawing

from costcalc.language.names import MERGES
from costcalc.layers import LAYERS
from costcalc.layers.base import SameShape

Tree = dict[str, Any]
Item = Any

PLAIN = [
    name
    for name, layer in LAYERS.items()
    if issubclass(layer, SameShape) and not layer.required and "groups" not in layer.fields
    if name != "elementwise"  # it is drawn with its function
]
"""The types that go on any map as they are. A new one is drawn at once."""
_MERGES = [name for name in MERGES if name != "elementwise"]  # which is drawn with its function
ATTEND = {"params": {"heads": 1}, "layers": [{"multi_head_attention": {"heads": None}}]}
ATTEND_OF_MAPS = {  # a map's places as tokens, and back
    "params": {"heads": 1, "rows": "in_height", "columns": "in_width"},
    "layers": [
        {"tokens": {"patch": "2 if in_height % 2 == 0 and in_width % 2 == 0 else 1"}},
        {"multi_head_attention": {"heads": None}},
        {"untokens": {"height": "rows", "width": "columns"}},
    ],
}
NAMES_OF_SIDES = {
    1: ["in_length"],
    2: ["in_height", "in_width"],
    3: ["in_depth", "in_height", "in_width"],
}
TOKENS: list[Item] = ["tokens", "class_token", "position_embedding", "layer_norm"]
SHIPPED_UNITS = ["conv_bn_act", "conv_bn", "depthwise_separable", "inverted_residual", "rep_conv"]
SHIPPED_UNITS += ["basic_block", "fused_inverted_residual", "universal_inverted_bottleneck"]
SHIPPED_KEEPING = ["depthwise_bn_act", {"squeeze_excite": {"squeeze_channels": 2}}]


class Setting(NamedTuple):
    """Where a network is costed."""

    variant: str | None
    alpha: Fraction
    rho: Fraction
    params: dict[str, Any]


class NetworkDrawing(Drawing):
    most = 12

    def __init__(self, seed: object) -> None:
        super().__init__(seed)
        self.blocks: dict[str, Any] = {}
        self.names: list[str] = []
        self.left = 0
        self.lenders = 0
        self.sides = self.pick(1, 2, 2, 3)
        """How many sides the maps have, until they are made vectors."""
        self.names_of_sides = NAMES_OF_SIDES[self.sides]

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def width(self) -> Any:
        """A width: declared, or an expression."""
        if self.chance(2):
            return self.random.randint(1, self.most)
        return self.pick(
            f"min({self.most}, in_channels * 2)",
            "max(1, in_channels // 2)",
            "ceil(in_channels / 2)",
            "scaled(w) // 2 + 1",
            "divisible(in_channels, 2)",
            "w if alpha < 1 else n",
            super().width(),
        )

    def divisor(self, of: str = "in_channels") -> str:
        n = self.pick(2, 3, "n")
        return f"{n} if {of} % {n} == 0 else 1"

    def sizes(self, most: int) -> Any:
        """A number, or one for each side."""
        listed = [self.random.randint(1, most) for _ in range(self.sides)]
        return listed if self.chance(3) else listed[0]

    def padding(self) -> Any:
        ends = [self.random.randint(0, 2) for _ in range(2 * self.sides)]
        words = ["causal"] if self.sides == 1 else []
        return self.pick("same", "same", "valid", 1, ends[: self.sides], ends, *words)

    def of_sides(self, name: str) -> str:
        """A type with a number behind its name, or the name that fits any map."""
        return name if self.chance(4) else f"{name}{self.sides}d"

    def window(self, keep: bool) -> Tree:
        fields: Tree = {"kernel_size": self.sizes(3 if self.sides < 3 else 2)}
        if keep:
            return fields
        if self.chance(3):
            fields["stride"] = self.pick(self.sizes(3), f"2 if {self.condition()} else 1")
        if self.chance(2):
            fields["padding"] = self.padding()
        return fields

    # Layers. `keep` is what of its map an item must keep: "" nothing, "size" height and width,
    # "shape" its channels too.

    def layer(self, keep: str = "") -> Item:
        kind = self.random.choice(KINDS[: {"shape": 3, "size": 6}.get(keep, len(KINDS))])
        item = getattr(self, f"draw_{kind}")(keep)
        if isinstance(item, dict) and self.chance(20):
            ((kind, fields),) = item.items()
            if kind in LAYERS and isinstance(fields, dict):
                fields["call"] = "function"
        return item

    def out(self, keep: str) -> Any:
        return "in_channels" if keep == "shape" else self.width()

    def draw_plain(self, keep: str) -> Item:
        if self.chance(5):
            return self.pick(
                "$kind",
                "$unit",
                {"group_norm": {"groups": self.divisor()}},
                {"prelu": {"num_parameters": "in_channels"}},
                {"dropout": {"p": 0.2}},
                self.own_numbers("shape"),
            )
        if self.chance(12):
            return self.pick(
                {"einsum": {"equation": "c ..., c ... -> c ...", "from": ["previous"] * 2}},
                {"dot_product_attention": {"heads": self.divisor(), "from": ["previous"] * 3}},
                {"rearrange": {"pattern": "(g c) ... -> (c g) ...", "g": self.divisor()}},
                {"elementwise": {"function": self.pick("exp", "abs")}},
                {"multiply": [[], {"reduce": {"pattern": "c ... -> 1 ...", "function": "max"}}]},
            )
        return self.random.choice(PLAIN)

    def draw_convolution(self, keep: str) -> Item:
        fields = self.window(bool(keep)) | {"out_channels": self.out(keep)}
        kind = self.pick("conv", "pointwise_conv", "depthwise_conv", "conv_transpose")
        if self.chance(4):
            fields["bias"] = self.pick(False, True, "alpha < 1")
        if kind == "depthwise_conv":
            del fields["out_channels"]
            if keep != "shape" and self.chance(3):
                fields["multiplier"] = self.pick(2, "n")
        elif self.chance(4) and kind != "conv_transpose":
            fields["groups"] = self.divisor()
            fields["out_channels"] = self.pick("in_channels", "in_channels * n")
            if keep == "shape":
                fields["out_channels"] = "in_channels"
        if kind == "pointwise_conv":
            for name in ("kernel_size", "padding"):
                fields.pop(name, None)
        elif self.chance(6):
            fields["dilation"] = self.sizes(2)
        if kind == "conv_transpose" and "padding" in fields:
            fields["padding"] = self.pick("same", 0, [1, 0, 0][: self.sides], [0, 1] * self.sides)
            if fields["padding"] != "same" and self.chance(2):
                fields["output_padding"] = 1
        return {self.of_sides(kind): fields}

    def draw_rearranged(self, keep: str) -> Item:
        if self.chance(2):
            return {"channel_shuffle": {"groups": self.divisor()}}
        if self.chance(2):
            return {"multi_head_attention": self.attention()}
        return {"attend": {"heads": self.divisor()} if self.chance(2) else {}}

    def attention(self) -> Tree:
        """Fields that keep the channels; of two maps, the second are keys and values."""
        fields: Tree = {"heads": self.pick(2, "n"), "head_dim": self.pick(1, 3, "w")}
        if self.chance(2):
            fields["kv_heads"] = 1
        if self.chance(2):
            fields["value_dim"] = self.pick(2, "n")
        if self.chance(3):
            fields["past"] = self.pick(2, "n")
        if self.sides == 1 and self.chance(2):
            fields["causal"] = True
        if self.sides == 1 and self.chance(3) and "past" not in fields:
            fields["window"] = self.pick(2, "n")
        if self.chance(3):
            fields["position_biases"] = self.pick(3, [2, "n"])
        if self.chance(3):
            fields["from"] = ["previous", self.pick("input", "previous")]
        if self.chance(3):
            fields["bias"] = False
        return fields

    def draw_pool_of_a_place(self, keep: str) -> Item:
        kind = self.of_sides(self.pick("max_pool", "avg_pool"))
        return {kind: {"kernel_size": self.sizes(2), "stride": 1}}

    def draw_block(self, keep: str) -> Item:
        if self.chance(4) and not keep:
            return {"ghost_module": {"out_channels": self.width()}}
        if self.chance(3):
            return deepcopy(self.random.choice(SHIPPED_KEEPING))
        return {self.random.choice(SHIPPED_UNITS): {"out_channels": self.out(keep)}}

    def draw_channels(self, keep: str) -> Item:
        stop = self.pick("max(1, in_channels - 1)", "ceil(in_channels / 2)")
        if self.chance(4):
            vectors = {"num_embeddings": self.pick(3, "n"), "embedding_dim": self.width()}
            return {"sequence": {"layers": [{"slice": {"stop": 1}}, {"embedding": vectors}]}}
        if self.chance(3):
            return {"slice": {"start": "-ceil(in_channels / 2)", "step": self.pick(1, 2, "n")}}
        if self.chance(2):
            return self.parts() if self.chance(2) else self.own_numbers(keep)
        return {"slice": {"stop": stop}}

    def own_numbers(self, keep: str) -> Item:
        """Trained or constant numbers beside a map: added to it, or put before it."""
        kind = self.pick("parameter", "constant")
        sides = [*self.names_of_sides]
        if keep or self.chance(2):
            return {"add": [[], {kind: {"shape": ["in_channels", *sides]}}]}
        sides[0] = self.pick(1, 2, "n")
        axis = self.names_of_sides[0].removeprefix("in_")
        branches = [{kind: {"shape": ["in_channels", *sides]}}, []]
        return {"concat": {"axis": axis, "branches": branches}}

    def parts(self) -> Item:
        """A map in parts that are put together again, or of which one goes on."""
        side = self.pick("in_channels", "in_channels", self.names_of_sides[-1])
        axis = side.removeprefix("in_")
        if self.chance(2):
            split: Tree = {"parts": self.divisor(side), "axis": axis}
            return {"sequence": {"layers": [{"split": split}, {"concat": {"axis": axis}}]}}
        sizes = [f"ceil({side} / 2)", f"max(1, {side} // 2)"]
        split = {"name": ["one", "other"], "parts": sizes, "axis": axis}
        return {"sequence": {"layers": [{"split": split}, {"identity": {"from": "other"}}]}}

    def draw_pool(self, keep: str) -> Item:
        fields = self.window(False)
        if self.chance(3):
            fields["ceil_mode"] = True
        kind = self.pick("max_pool", "avg_pool")
        if kind == "max_pool" and self.chance(3):
            fields["dilation"] = self.sizes(2)
        return {self.of_sides(kind): fields}

    def draw_size(self, keep: str) -> Item:
        names = self.names_of_sides
        ways = (f"max(1, {names[0]} - 1)", *(f"ceil({name} / 2)" for name in names[1:]))
        ends = [0, 1, 2, 0, 0, 1][: 2 * self.sides]
        axis = self.random.randint(1, self.sides)
        choices = [
            "global_avg_pool",
            "flatten",
            {"center_crop": {"size": list(ways)}},
            {"slice": {"axis": axis, "start": 0, "stop": 1}},
            {"slice": {"axis": names[axis - 1].removeprefix("in_"), "start": -1}},
            {"slice": {"axis": axis, "step": self.pick(2, 3)}},
            {self.of_sides("zero_pad"): {"padding": self.pick(1, ends[: self.sides], ends)}},
            {"upsample": {"scale_factor": self.sizes(2), "mode": self.pick("nearest", "bilinear")}},
            {"upsample": {"size": self.sizes(6 if self.sides < 3 else 3)}},
        ]
        tokens = TOKENS if self.sides == 2 else TOKENS[1:]
        if self.sides == 1:
            choices += [{self.pick("lstm", "gru", "rnn"): self.recurrent()}] * 3
        if self.sides < 3:
            last = self.pick(
                {"linear": {"out_features": self.width()}},
                {"transformer_encoder": {"heads": self.divisor()}},
            )
            choices += [{"sequence": {"layers": [*tokens, last]}}] * 2
        if self.sides == 2:
            choices += [
                {"adaptive_avg_pool2d": {"output_size": self.sizes(4)}},
                {"tokens": {"patch": ["2 if in_height % 2 == 0 else 1", 1]}},
                {"locally_connected2d": {"out_channels": self.width(), "kernel_size": 1}},
            ]
        return self.random.choice(choices)

    def recurrent(self) -> Tree:
        fields: Tree = {"hidden_size": self.pick(2, "n + 1", "w")}
        if self.chance(2):
            fields["num_layers"] = self.pick(2, "n")
        if self.chance(2):
            fields["bidirectional"] = self.pick(True, "alpha < 1")
        if self.chance(3):
            fields["bias"] = False
        return fields

    def draw_head(self, keep: str) -> Item:
        first = self.pick("global_avg_pool", "flatten")
        fields: Tree = {"out_features": self.pick(3, "w", "n * 4")}
        if self.chance(3):
            fields["bias"] = False
        return {"sequence": {"layers": [first, {"linear": fields}]}}

    def draw_own(self, keep: str) -> Item:
        own = [name for name in self.blocks if name != "attend"]
        if not own:
            return self.draw_block(keep)
        name = self.random.choice(own)
        fields: Tree = {"out_channels": self.width()}
        if "k" in self.blocks[name]["params"] and self.chance(2):
            fields["k"] = self.pick(1, 2, "n")
        if "inputs" in self.blocks[name]:
            fields["from"] = ["previous", "previous"]
        return {name: fields}

    def draw_merge(self, keep: str) -> Item:
        one = self.pick("previous", "input", *self.names)
        fields: Tree = {"from": [one, one] if self.chance(2) else ["previous", "previous", one]}
        if one != "previous":
            fields["from"] = [one, one]
        kind = self.pick(*_MERGES, "add", "multiply", *["concat"] * 3)
        if kind == "concat" and self.chance(3):
            axes = ["channels", *(name.removeprefix("in_") for name in self.names_of_sides)]
            fields["axis"] = self.pick(self.random.randint(0, self.sides), *axes)
        return {kind: fields}

    # Structures

    def body(self, keep: str, depth: int, most: int = 3) -> list[Item]:
        outer, self.names = self.names, list(self.names)
        items = [self.item(depth, keep) for _ in range(self.random.randint(1, most))]
        self.names = outer
        return items

    def item(self, depth: int, keep: str = "") -> Item:
        self.left -= 1
        if self.chance(16):
            return self.requirement()
        rare = ["shared", "each", "mixture"] if self.chance(3) else []
        kind = self.pick("layer", "layer", "layer", *(rare or ["sequence", "residual", "merge"]))
        if kind == "layer" or not depth or self.left < 0:
            item = self.layer(keep)
        else:
            item = getattr(self, f"structure_{kind}")(keep, depth)
        return self.with_keys(item, keep)

    def requirement(self) -> Item:
        """A condition that a network must meet, as most do."""
        few = self.pick("in_channels < 9", "alpha < 1", "w > n", "in_channels % n == 0")
        condition = self.condition() if self.chance(8) else f"{few} or in_channels * w > n"
        if self.chance(2):
            return {"require": condition}
        fields: Tree = {"condition": condition, "reason": "w of n"}
        if self.chance(2):
            fields["when"] = self.condition()
        if self.chance(3):
            fields["from"] = "previous"
        return {"require": fields}

    def with_keys(self, item: Item, keep: str) -> Item:
        """Add `when`, `repeat`, `first` and a name to some items."""
        if isinstance(item, str):
            item = {item: {}}
        ((kind, fields),) = item.items()
        if isinstance(fields, list):
            return item
        several = "from" in fields and not self.chance(10)  # skipped, several maps go on
        if self.chance(4) and not several:
            fields["when"] = self.condition()
        if self.chance(4) and not several:
            fields["repeat"] = self.pick(2, 2, 0, "n", "max(0, min(2, round(x * 2)))")
            first = self.width() if keep == "size" or not keep else None
            if "out_channels" in fields and "groups" not in fields and first:
                fields["first"] = {"out_channels": first}
            elif keep == "shape" and self.chance(2):
                fields["weights"] = "shared"
        if self.chance(10):
            fields["trainable"] = self.pick(False, False, "alpha < 1")
        if self.chance(3):
            name = f"m{len(self.names)}"
            if name not in self.names:
                fields["name"] = name
                self.names.append(name)
        return {kind: fields} if fields else kind

    def structure_sequence(self, keep: str, depth: int) -> Item:
        return {"sequence": {"layers": self.body(keep, depth - 1)}}

    def structure_residual(self, keep: str, depth: int) -> Item:
        if keep == "shape" or self.chance(2):
            if self.chance(3):
                return {"residual": self.body("shape", depth - 1)}
            fields: Tree = {"layers": self.body("shape", depth - 1)}
            if self.chance(2):
                fields["shortcut_when"] = self.condition()
            return {"residual": fields}
        change = {self.of_sides("conv"): {"out_channels": self.width(), "kernel_size": 1}}
        sides = [[*self.body("size", 0, 1), change] for _ in range(2)]
        return {"residual": {"layers": sides[0], "shortcut": sides[1]}}

    def structure_shared(self, keep: str, depth: int) -> Item:
        """Items, and once more with the same weights: in a row, or in two branches."""
        items = self.body("shape", depth - 1)
        self.lenders += 1
        name = f"lender{self.lenders}"
        again: Tree = {"layers": deepcopy(items), "weights": name}
        if self.chance(3):
            again["repeat"] = 2
        pair: list[Item] = [{"sequence": {"name": name, "layers": items}}, {"sequence": again}]
        return {"add": pair} if self.chance(2) else {"sequence": {"layers": pair}}

    def structure_each(self, keep: str, depth: int) -> Item:
        fields: Tree = {"copies": self.pick(1, 2, "n"), "layers": self.body("shape", depth - 1, 2)}
        if self.chance(2):
            fields["weights"] = "shared"
        elif keep == "":
            numbered = {"out_channels": "index + 1", "kernel_size": 1}
            fields["layers"].append({self.of_sides("conv"): numbered})
        merge = "concat" if keep == "" else "add"
        back = {"slice": {"stop": "in_channels"}} if fields["copies"] == 1 else merge
        return {"sequence": {"layers": [{"each": fields}, back]}}

    def structure_mixture(self, keep: str, depth: int) -> Item:
        router = {"out_channels": self.pick(2, "n + 1"), "kernel_size": 1}
        experts = {
            "from": ["input", "router"],
            "active": self.pick(1, 2, "n"),
            "layers": self.body("shape", depth - 1, 2),
        }
        layers = [{self.of_sides("conv"): {"name": "router", **router}}]
        return {"sequence": {"layers": [*layers, {"mixture_of_experts": experts}]}}

    def structure_merge(self, keep: str, depth: int) -> Item:
        of_one_shape = self.pick("add", "add", "subtract", "maximum", "minimum")
        kind = self.pick(of_one_shape, self.pick("multiply", "divide"), "concat")
        if keep == "shape":
            kind = of_one_shape
        if kind in ("multiply", "divide"):
            gate = ["global_avg_pool", self.pick("sigmoid", "hard_sigmoid", "$kind")]
            branches: list[Item] = [[], gate]
        else:
            within = "size" if kind == "concat" else "shape"
            count = self.random.randint(2, 3)
            outer = list(self.names)
            branches = []
            for _ in range(count):  # branches share the names of the body around them
                branches.append(self.body(within, depth - 1, 2))
                self.names = list(outer)
            branches = [drop_names(branch) for branch in branches]
            if self.chance(3):
                branches[0] = []
        return {kind: branches if self.chance(2) else {"branches": branches}}

    def own_blocks(self) -> None:
        for name in ("unit_a", "unit_b")[: self.random.randint(0, 2)]:
            params: Tree = {"out_channels": self.pick(4, None, "in_channels + 1")}
            params["k"] = self.pick(1, "max(1, n // 2)")
            last = {self.of_sides("conv"): {"out_channels": None, "kernel_size": "k"}}
            block: Tree = {"params": params}
            layers = [*self.body("", 1, 2), last]
            if self.chance(4):
                block["inputs"] = ["p", "q"]
                layers = [{"concat": {"from": ["q", "p"]}}, *layers]
            if params["out_channels"] is None:
                params["out_channels"] = 6
            self.blocks[name] = {**block, "layers": layers}

    def tree(self) -> Tree:
        self.left = 12
        self.own_blocks()
        most = {1: 20, 2: 9, 3: 4}[self.sides]
        sides = [self.random.randint(2, most) for _ in range(self.sides)]
        inputs: Any = [self.pick(1, 3, 4, 6), *sides]
        if self.chance(12):
            inputs = inputs[:1]
        layers = [self.layer() if self.chance(3) else self.stem()]
        side = inputs[-1]
        if self.chance(3):
            inputs[-1] = self.pick("s", "s", "2 * s - s", "max(s, n)", "(2 * s + 1) // 2", "s - n")
        if self.chance(6):
            inputs = {"left": inputs, "right": [2, *inputs[1:]]}
            layers.insert(0, "concat")
        layers += self.body("", 2, 5)
        if self.chance(2):
            layers.append(self.draw_head(""))
        tree: Tree = {"name": "drawn", "input": inputs}
        if self.chance(2):
            tree["rounding"] = self.pick("floor", "nearest", {"divisor": self.pick(2, 4)})
        if self.chance(4):
            tree["alpha"] = self.pick(0.5, 0.75, 1.25)
        tree["params"] = {
            "s": side,
            "n": self.pick(2, 3),
            "w": self.pick(3, 5, 8),
            "x": self.pick(0.5, 0.75, 1.5),
            "kind": self.random.choice(["relu", "tanh", "none", "relu if alpha < 1 else silu"]),
            "unit": self.pick("depthwise_bn_act", "layer_scale", "batch_norm"),
        }
        if self.chance(3):
            tree["variants"] = {"first": {}, "second": self.variant(inputs)}
        attend = ATTEND_OF_MAPS if self.sides == 2 else ATTEND
        tree["blocks"] = {**self.blocks, "attend": deepcopy(attend)}
        tree["layers"] = layers
        conv = f"conv{self.sides}d"
        if self.chance(4) and f"{conv}:" in yaml.safe_dump([layers, self.blocks]).split():
            tree["defaults"] = {conv: {"bias": False}}
        return tree

    def stem(self) -> Item:
        kernel = 3 if self.sides < 3 else 2
        fields = {"out_channels": self.random.randint(2, 8), "kernel_size": kernel}
        return {self.of_sides("conv"): fields}

    def variant(self, inputs: Any) -> Tree:
        changes: Tree = {"params": {"n": self.pick(1, 2), "w": 4}, "alpha": self.pick(0.5, 2)}
        if isinstance(inputs, list) and self.chance(2):
            changes["input"] = [inputs[0], *[5, 4, 3][: len(inputs) - 1]]
        if self.chance(2):
            changes["rounding"] = "nearest"
        return changes


KINDS = ("plain", "convolution", "rearranged", "pool_of_a_place", "block", "channels")
KINDS += ("convolution", "pool", "size", "size", "head", "own", "own", "merge", "merge")
"""What `layer` draws: the first three keep the shape of a map, the first six its size."""


def drop_names(items: list[Item]) -> list[Item]:
    for item in items:
        if isinstance(item, dict):
            fields = next(iter(item.values()))
            if isinstance(fields, dict):
                fields.pop("name", None)
    return items


def network(seed: object) -> Tree:
    return NetworkDrawing(seed).tree()
