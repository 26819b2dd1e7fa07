"""Random networks: drawn as Python structures, and written as YAML."""

from fractions import Fraction

from hypothesis import strategies as st

PARAMS = {"base": 5, "act": "gelu", "nothing": "none", "unit": "pointwise_conv2d"}


class Item:
    """One item of a body; `parts` are the bodies of a structure."""

    def __init__(self, type_, **fields):
        self.type = type_
        self.fields = fields
        self.name = self.sources = self.when = self.repeat = self.first = None
        self.parts = {}
        self.short = False
        """Whether a structure is written without the word layers or branches."""
        self.certain = False
        """Whether it runs once, whatever a run finds."""

    def having(self, **parts):
        self.parts = parts
        return self

    def __repr__(self):
        return str(written(self))


class Block:
    def __init__(self, params, layers, inputs=None, outputs=None):
        self.params = params
        self.layers = layers
        self.inputs = inputs
        self.outputs = outputs


# Written as YAML


def written(value):
    """Plain lists, mappings and texts for yaml.safe_dump."""
    if isinstance(value, list):
        return [written(one) for one in value]
    if isinstance(value, dict):
        return {key: written(one) for key, one in value.items()}
    if isinstance(value, Block):
        block = {"params": value.params, "layers": value.layers}
        block.update({"inputs": value.inputs} if value.inputs else {})
        block.update({"outputs": value.outputs} if value.outputs else {})
        return written(block)
    if not isinstance(value, Item):
        return value
    content = {**value.fields, **value.parts}
    for key in ("name", "sources", "when", "repeat", "first"):
        given_ = getattr(value, key)
        if given_ is not None:
            content["from" if key == "sources" else key] = given_
    if not content:
        return value.type
    if value.short and len(content) == 1 and set(content) & {"layers", "branches"}:
        (content,) = content.values()
    return {value.type: written(content)}


# Drawing networks. A mode says what a body must keep so that it fits where it stands: its map's
# `shape`, only its `size` (height and width), or nothing, in `any`.

CONDITIONS = [
    True,
    True,
    False,
    "in_channels > 4",
    "in_channels % 2 == 0 or in_width < 3",
    "alpha < 1",
    "not in_height == 1",
]
REPEATS = [
    *(0, 1, 2, 3),
    "in_channels % 3",
    "min(2, in_height)",
]
WIDTHS = [
    *(1, 2, 7, 10),
    "in_channels",
    "in_channels + 3",
    "max(1, in_channels // 2)",
    "in_channels * 2",
    "scaled(6) + 1",
    "2 * base if alpha < 1 else base",
]
KEEP = "in_channels"
PLAIN = ["relu", "batch_norm", "dropout", "identity", "$act", "$nothing"]
BLOCK_PARAMS = {
    # the default of each, and a width that is made of it
    "n": (None, "n"),
    "out_channels": (6, None),  # out_channels: without more
    "m": (
        "in_channels + 1",
        "m * 2",
    ),
    "k": ("base // 2", "k"),
}


class Names:
    """What a body can name: what is visible, and what may not be given again."""

    def __init__(self, visible, taken):
        self.visible = visible
        self.taken = taken

    def fresh(self):
        name = next(name for n in range(1000) if (name := f"n{n}") not in self.taken)
        self.taken.add(name)
        self.visible.append(name)
        return name

    def body_within(self):
        return Names(list(self.visible), set(self.visible))

    def branch_that_may_not_run(self):
        return Names(list(self.visible), self.taken)


class Drawing:
    def __init__(self, draw):
        self.draw = draw
        self.blocks = {}
        self.widths = WIDTHS
        self.left = 0

    def of(self, choices):
        return self.draw(st.sampled_from(choices))

    def chance(self, one_in):
        return self.draw(st.integers(1, one_in)) == 1

    def network(self):
        for name in ("block_a", "block_b")[: self.draw(st.integers(0, 2))]:
            self.left = 5
            self.blocks[name] = self.block()
        self.left = 12
        shape = [self.of([1, 4, 6]), self.draw(st.integers(1, 9)), self.draw(st.integers(1, 9))]
        if self.chance(4):
            inputs = {"left": shape, "right": [3, *shape[1:]]}
            names = Names(["left", "right"], {"left", "right"})
            layers = [Item("concat"), *self.body("any", names, 3)]
        else:
            inputs = shape
            layers = self.body("any", Names([], set()), 3, least=1)
        return inputs, layers

    def block(self):
        params = {name: default for name, (default, _) in BLOCK_PARAMS.items() if self.chance(2)}
        self.widths = [*WIDTHS, *(BLOCK_PARAMS[name][1] for name in params for _ in range(4))]
        inputs = outputs = None
        layers = []
        names = Names([], set())
        if self.chance(3):
            inputs = ["p", "q"]
            names = Names(["p", "q"], {"p", "q"})
            layers.append(Item("concat"))
            if self.chance(2):
                layers[0].sources = ["q", "p"]
        if self.chance(3):
            for _ in range(2):
                one = self.convolution("size", names, 0)
                one.name = names.fresh()
                layers.append(one)
            outputs = [layers[-1].name, layers[-2].name]
        layers += self.body("size" if outputs else "any", names, 2, least=1)
        self.widths = WIDTHS
        return Block(params, layers, inputs, outputs)

    def body(self, mode, names, depth, least=0):
        items = []
        for _ in range(self.draw(st.integers(least, 3))):
            if self.left > 0:
                items.append(self.item(mode, names, depth))
                if isinstance(items[-1].name, list):  # two maps come out: they are put together
                    items.append(Item("concat"))
        return items

    def item(self, mode, names, depth):
        self.left -= 1
        kinds = [self.plain, self.plain, self.convolution, self.convolution]
        if depth:
            kinds += [self.sequence, self.residual, self.branches, self.branches]
        if mode == "any":
            kinds += [self.merge] + [self.use] * 2 * bool(self.blocks)
        one = self.of([*names.visible, "previous", "input"])  # before it gives names itself
        item = self.of(kinds)(mode, names, depth)
        if mode == "any" and item.sources is None and self.chance(4):
            item.sources = [one] if self.chance(3) else one
        if not item.certain:
            if item.repeat is None and self.chance(4):
                item.repeat = self.of(REPEATS)
            if item.when is None and self.chance(5):
                item.when = self.of(CONDITIONS)
        if item.name is None and self.chance(2):
            item.name = names.fresh()
        return item

    def plain(self, mode, names, depth):
        if mode == "any" and self.chance(8):
            return Item(self.of(["global_avg_pool", "flatten"]))
        return Item(self.of(PLAIN))

    def convolution(self, mode, names, depth):
        width = KEEP if mode == "shape" else self.of(self.widths)
        stride = {"stride": self.of([1, 2])} if mode == "any" and self.chance(3) else {}
        kind = self.of(["conv2d", "pointwise_conv2d", "depthwise_conv2d", "$unit", "max_pool2d"])
        if kind in ("pointwise_conv2d", "$unit"):
            item = Item(kind, out_channels=width, **stride)
        elif kind == "conv2d":
            item = Item(kind, out_channels=width, kernel_size=self.of([1, 2, 3]), **stride)
        elif kind == "depthwise_conv2d":
            more = {} if mode == "shape" else {"multiplier": self.of([1, 2])}
            item = Item(kind, kernel_size=3, **more, **stride)
        else:
            item = Item(kind, kernel_size=2 if mode == "any" else 1)
        if mode == "any" and "kernel_size" in item.fields and self.chance(4):
            item.fields["padding"] = "valid"
        if mode == "any" and self.chance(3):
            item.repeat = self.of(REPEATS)
            item.first = {"stride": 2}
            if "out_channels" in item.fields:
                item.first["out_channels"] = self.of(self.widths)
        return item

    def sequence(self, mode, names, depth):
        return Item("sequence").having(layers=self.body(mode, names.body_within(), depth - 1))

    def residual(self, mode, names, depth):
        def body(depth):
            return self.body("shape", names.body_within(), depth)

        item = Item("residual")
        item.short = self.chance(2)
        kind = self.of(["identity", "shortcut", "condition", "both"])
        if kind == "identity":
            return item.having(layers=body(depth - 1))
        if kind == "shortcut":
            return item.having(layers=body(depth - 1), shortcut=body(depth - 1))
        if kind == "condition":
            item.fields["shortcut_when"] = self.of(CONDITIONS)
            return item.having(layers=body(depth - 1))
        # Both sides end with the same change of the map that they were given.
        width = KEEP if mode == "shape" else self.of(self.widths)
        change = {"out_channels": width, "stride": self.of([1, 2]) if mode == "any" else 1}
        sides = [[*body(0), Item("pointwise_conv2d", **change)] for _ in range(2)]
        return item.having(layers=sides[0], shortcut=sides[1])

    def merge(self, mode, names, depth):
        item = Item(self.of(["add", "concat", "multiply"]))
        one = self.of([*names.visible, "previous", "input"])
        other = self.of([one, one, *names.visible])
        item.sources = [one, other, one] if self.chance(3) else [one, other]
        item.certain = True
        return item

    def branches(self, mode, names, depth):
        item = Item("add" if mode == "shape" else self.of(["add", "concat", "multiply"]))
        item.short = self.chance(2)
        # What is named in branches that may not run is not named after them.
        item.certain = self.chance(2)
        within = names if item.certain else names.branch_that_may_not_run()
        keep = "size" if item.type == "concat" and mode != "shape" else "shape"
        branches = [self.body(keep, within, depth - 1) for _ in range(self.draw(st.integers(2, 3)))]
        return item.having(
            branches=[
                branch[0] if len(branch) == 1 and self.chance(2) else branch for branch in branches
            ]
        )

    def use(self, mode, names, depth):
        name = self.of(sorted(self.blocks))
        block = self.blocks[name]
        item = Item(name)
        for param, default in block.params.items():
            if default is None or self.chance(2):
                values = self.widths
                if param != "out_channels":  # `out_channels:` without more is of that key only
                    values = [one for one in values if one is not None]
                item.fields[param] = self.of(values)
        if block.inputs:
            one = self.of([*names.visible, "previous", "input"])
            item.sources = [one, self.of([one, one, *names.visible])]
            item.certain = True  # copies cannot be chained: one map comes out
        if block.outputs:
            item.certain = True
            item.name = [names.fresh(), names.fresh()]
        return item


@st.composite
def networks(draw):
    drawing = Drawing(draw)
    inputs, layers = drawing.network()
    alpha = draw(st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(3, 4), Fraction(2)]))
    return inputs, layers, drawing.blocks, alpha
