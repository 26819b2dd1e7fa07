"""What a network costs, from the rules of the language alone: shares no code with the package.

It reads a network as plain lists and mappings, evaluates expressions as Python's own with exact
fractions, and hands each layer to `leaf`: here to the counters of `layers.cases`, which count one
by one; in `torch_models` to PyTorch.
"""

from collections.abc import Mapping
from fractions import Fraction
from math import floor, prod
from typing import Any, NamedTuple

import yaml
from fuzz.counting import TooLarge, counted
from fuzz.expressions import SIDES, Invalid, Scope, compiled, divisible, whole
from layers.cases.base import METRICS, Counts
from support.paths import CONFIGS

SHIPPED = yaml.safe_load((CONFIGS / "blocks.yaml").read_text(encoding="utf-8"))["blocks"]
ALIASES = {"swish": "silu", "hardswish": "hard_swish", "hardsigmoid": "hard_sigmoid"}
ITEM_KEYS = ("name", "from", "when", "repeat", "first", "weights", "trainable")
COUNTED = (*METRICS, "frozen_params", "active_params")
BESIDE_WEIGHTS = (
    "call",
    "stride",
    "padding",
    "output_padding",
    "dilation",
    "causal",
    "window",
    "past",
)
OF_WEIGHTS = "weights of "
"""Before the name of an item, among the names that its body has given: its layers."""
ALONE = {"linear": "out_features", "require": "condition"}
"""What a value alone is given to; networks that are drawn give fields, shipped blocks do not."""
PATTERNS = ("pattern", "equation", "reason")
MERGES = ("add", "subtract", "maximum", "minimum", "multiply", "divide", "concat")
NUMBERED = ("conv", "depthwise_conv", "pointwise_conv", "conv_transpose")
NUMBERED += ("max_pool", "avg_pool", "zero_pad")
SIDES_OF = [(), ("in_length",), ("in_height", "in_width"), ("in_depth", "in_height", "in_width")]


class Map(NamedTuple):
    shape: tuple[int, ...]
    value: Any = None
    """What another kind of leaf computes with."""
    samples: int | None = 1
    """None of what is the same for all samples."""


class Leaf(NamedTuple):
    type: str
    counts: Counts
    inputs: list[Map]
    output: Map
    fields: dict[str, Any]
    trainable: bool
    experts: tuple[int, int]
    """How many copies of it there are, and how many of them a place goes through."""
    shared: int = 0
    """Params that it has from a layer before it."""

    @property
    def costs(self) -> dict[str, int]:
        copies, active = self.experts
        own, times = self.counts.params - self.shared, active * (self.output.samples or 1)
        return {
            **{metric: times * getattr(self.counts, metric) for metric in METRICS},
            "params": copies * own if self.trainable else 0,
            "frozen_params": 0 if self.trainable else copies * own,
            "active_params": active * own if self.trainable else 0,
        }


class Reference:
    """A network at one setting. `leaves` are its layers in order, `totals` their sums."""

    def __init__(
        self,
        tree: Mapping[str, Any],
        variant: str | None = None,
        alpha: Fraction | None = None,
        rho: Fraction | None = None,
        params: Mapping[str, Any] | None = None,
        batch: int = 1,
    ) -> None:
        variants = tree.get("variants") or {}
        chosen = variants.get(variant or next(iter(variants), ""), {})
        self.blocks = tree.get("blocks") or {}
        self.defaults = tree.get("defaults") or {}
        self.alpha = alpha if alpha is not None else self.declared(tree, chosen, "alpha", 1)
        self.rounding = chosen.get("rounding", tree.get("rounding", "floor"))
        self.rho = rho if rho is not None else Fraction(1)
        self.leaves: list[Leaf] = []
        self.trainable = True
        self.joins = False
        """Whether the item is a merge of the maps that an `each` before it hands on."""
        self.experts = (1, 1)
        inputs = chosen.get("input", tree["input"])
        named = {"input": inputs} if isinstance(inputs, list) else inputs
        declared = {**tree.get("params", {}), **chosen.get("params", {}), **(params or {})}
        sides = Scope({name: own for name, own in declared.items() if isinstance(own, int)})
        shapes = [[self.side(side, sides) for side in shape] for shape in named.values()]
        self.sources = maps = [self.source(shape)._replace(samples=batch) for shape in shapes]
        scope = self.seeing(Scope(), maps)
        for name, value in declared.items():
            scope[name] = self.value(name, value, scope)
        self.params = scope
        names = {name: [one] for name, one in zip(named, maps, strict=True)}
        self.outputs = self.body(tree["layers"], maps, {**names, "input": maps}, scope)

    @property
    def totals(self) -> dict[str, int]:
        costs = [leaf.costs for leaf in self.leaves]
        return {metric: sum(own[metric] for own in costs) for metric in COUNTED}

    @staticmethod
    def declared(tree: Any, chosen: Any, key: str, default: Any) -> Fraction:
        return Fraction(str(chosen.get(key, tree.get(key, default))))

    def side(self, written: Any, params: Scope) -> int:
        side = self.value("side", written, params)
        if not isinstance(side, int) or side < 1:
            raise Invalid("a side of the input")
        return side

    def source(self, shape: list[int]) -> Map:
        if len(shape) < 3:
            return self.input(tuple(shape))
        resolution = (max(1, floor(self.rho * side + Fraction(1, 2))) for side in shape[-2:])
        return self.input((*shape[:-2], *resolution))

    def input(self, shape: tuple[int, ...]) -> Map:
        return Map(shape)

    def scaled(self, width: Any) -> Any:
        width = whole(width)
        if width < 0:
            raise Invalid("width below 0")
        if width == 0:
            return 0
        if isinstance(self.rounding, dict):
            return divisible(self.alpha * width, self.rounding["divisor"])
        if self.rounding == "exact" and (self.alpha * width).denominator != 1:
            raise Invalid("rounding: exact")
        half = Fraction(1, 2) if self.rounding == "nearest" else 0
        return max(1, floor(self.alpha * width + half))

    def seeing(self, scope: Mapping[str, Any], maps: list[Map]) -> Scope:
        channels, *sides = maps[0].shape
        others = {name: one for name, one in scope.items() if name not in SIDES}
        named = dict(zip(SIDES_OF[len(sides)], sides, strict=True))
        knobs = {"alpha": self.alpha, "rho": self.rho, "scaled": self.scaled}
        return Scope({**others, "in_channels": channels, **named, **knobs})

    def value(self, key: str, value: Any, scope: Scope) -> Any:
        if value is None:
            return scope[key]
        if isinstance(value, list):
            return [self.value(key, one, scope) for one in value]
        if isinstance(value, bool) or key in PATTERNS:
            return value
        if isinstance(value, (int, float, Fraction)):
            number = whole(Fraction(str(value)))
            return whole(self.scaled(number)) if key.endswith("channels") else number
        try:
            return whole(eval(compiled(value), {"__builtins__": {}}, scope))
        except (ZeroDivisionError, TypeError, IndexError) as error:
            raise Invalid(f"{value}: {error}") from None

    # Structure

    def body(self, items: list[Any], maps: list[Map], names: Any, scope: Scope) -> list[Map]:
        before = None
        for item in items:
            type_, given = next(iter(item.items())) if isinstance(item, dict) else (item, None)
            reads = isinstance(given, list) or {"from", "branches"} & set(given or {})
            self.joins = before == "each" and type_ in MERGES and not reads
            maps = self.item(item, maps, names, scope)
            before = type_
        return maps

    def item(self, item: Any, maps: list[Map], names: Any, scope: Scope) -> list[Map]:
        type_, given = next(iter(item.items())) if isinstance(item, dict) else (item, None)
        if isinstance(given, list):
            given = {"branches" if type_ in MERGES else "layers": given}
        if isinstance(given, (str, int)):  # the one field that must be given
            given = {ALONE[type_]: given}
        content = dict(given or {})
        own = {key: content.pop(key, None) for key in ITEM_KEYS}
        if own["from"] is not None:
            listed = own["from"] if isinstance(own["from"], list) else [own["from"]]
            visible = {**names, "previous": maps}
            maps = [one for name in listed for one in visible[name]]
        seen = self.seeing(scope, maps)
        copies = 1
        if own["when"] is not None and not self.value("when", own["when"], seen):
            copies = 0
        elif own["repeat"] is not None:
            copies = self.value("repeat", own["repeat"], seen)
            if isinstance(copies, bool) or not isinstance(copies, int) or copies < 0:
                raise Invalid("repeat")
        outer, start, shared = self.trainable, len(self.leaves), own["weights"] == "shared"
        if own["trainable"] is not None:
            self.trainable = self.value("trainable", own["trainable"], seen)
        lent: list[list[int]] = []
        for copy in range(copies):
            first = own["first"] or {} if copy == 0 else {}
            within = scope if own["repeat"] is None else Scope({**scope, "index": copy})
            before, done = len(self.leaves), len(lent)
            of_each = lent if shared else None
            maps = self.copy(type_, {**content, **first}, maps, names, within, of_each)
            if len(lent) == done:
                lent.append([*range(before, len(self.leaves))])
        self.trainable = outer
        if shared:
            for later in lent[1:]:
                self.take(later, lent[0])
        made = lent[0] if shared and lent else [*range(start, len(self.leaves))]
        if own["weights"] and not shared and made:
            self.take(made, names[OF_WEIGHTS + own["weights"]], own["repeat"] is not None)
        if isinstance(own["name"], str):
            names[OF_WEIGHTS + own["name"]] = made
        bound = own["name"]
        if isinstance(bound, list):
            if len(bound) != len(maps):
                raise Invalid("names")
            names.update({name: [one] for name, one in zip(bound, maps, strict=True)})
        elif bound is not None:
            names[bound] = maps
        return maps

    def take(self, places: list[int], lent: list[int], in_turn: bool = False) -> None:
        """Let layers use the weights of others."""
        own, others = (
            [place for place in one if self.leaves[place].counts.params] for one in (places, lent)
        )
        if in_turn and others and len(own) % len(others) == 0:
            others = others * (len(own) // len(others))
        if len(own) != len(others):
            raise Invalid("layers with weights")
        for place, other in zip(own, others, strict=True):
            leaf, lender = self.leaves[place], self.leaves[other]
            if kept(leaf) != kept(lender):
                raise Invalid("shapes of weights")
            self.leaves[place] = leaf._replace(shared=leaf.counts.params)

    def copy(
        self,
        type_: str,
        content: Any,
        maps: list[Map],
        names: Any,
        scope: Scope,
        of_each: list[list[int]] | None = None,
    ) -> Any:
        """Build one copy; `of_each` gets the layers that are made of each map."""
        seen = self.seeing(scope, maps)
        if type_.startswith("$"):
            type_ = seen[type_[1:]]
            if type_ is None:
                return maps
        parts = {
            key: content.pop(key) for key in ("layers", "shortcut", "branches") if key in content
        }
        fields = {
            key: self.value(key, one, seen)
            for key, one in {**(self.defaults.get(type_) or {}), **content}.items()
        }
        if type_ == "require":
            if not fields["condition"]:
                raise Invalid(fields.get("reason", "require"))
            return maps
        if type_ in ("sequence", "residual"):
            out = self.body(parts["layers"], maps, {**names, "input": maps}, scope)
            if type_ == "sequence" or not fields.get("shortcut_when", True):
                return out
            around = self.body(parts.get("shortcut", []), maps, {**names, "input": maps}, scope)
            return [self.leaf("add", {}, [*out, *around])]
        if type_ == "rearrange" and "layers" in parts:
            return [self.there_and_back(fields, parts["layers"], maps, names, scope)]
        if type_ == "each":
            given = [[one] for one in maps]
            if "copies" in fields:
                if len(maps) != 1 or fields["copies"] < 1:
                    raise Invalid("copies")
                given = [maps] * fields["copies"]
            out = []
            for number, own in enumerate(given):
                start, within = len(self.leaves), Scope({**scope, "index": number})
                out = out + self.body(parts["layers"], own, {**names, "input": own}, within)
                if of_each is not None:
                    of_each.append([*range(start, len(self.leaves))])
            return out
        if type_ == "mixture_of_experts":
            x, scores = maps
            (copies, active), outer = self.experts, self.experts
            self.experts = copies * scores.shape[0], active * fields["active"]
            out = self.body(parts["layers"], [x], {**names, "input": [x]}, scope)
            self.experts = outer
            return [self.leaf(type_, fields, [*out, scores])]
        if "branches" in parts:
            out = []
            for branch in parts["branches"]:
                listed = branch if isinstance(branch, list) else [branch]
                out = out + self.body(listed, maps, names, scope)
            return [self.leaf(type_, fields, out)]
        if type_ in self.blocks or type_ in SHIPPED:
            return self.block(type_, fields, maps)
        if type_ in ("parameter", "constant"):
            return [self.leaf(type_, fields, [])]
        if type_ == "split":
            parts = fields["parts"]
            count = len(parts) if isinstance(parts, list) else whole(parts)
            return [self.leaf(type_, {**fields, "part": n}, maps) for n in range(count)]
        return [self.leaf(type_, fields, maps)]

    def there_and_back(
        self, fields: Any, layers: list[Any], maps: list[Map], names: Any, scope: Scope
    ) -> Map:
        """All places in a row for the layers, which may change the channels, and back."""
        if fields["pattern"] != "c ... -> c (...)":
            raise TooLarge("only shipped blocks go there and back")
        row = [self.leaf("rearrange", fields, maps)]
        (made,) = self.body(layers, row, {**names, "input": row}, scope)
        if made.shape[1:] != row[0].shape[1:]:
            raise Invalid("places in brackets")
        back = Map((made.shape[0], *maps[0].shape[1:]), None, made.samples)
        counts = Counts(output=back.shape)
        self.leaves.append(
            Leaf("rearrange", counts, [made], back, {}, self.trainable, self.experts)
        )
        return back

    def block(self, type_: str, arguments: Any, maps: list[Map]) -> list[Map]:
        block = self.blocks.get(type_)
        outer, defaults = self.params, self.defaults
        if block is None:  # a shipped block sees nothing of the file
            block, outer, self.defaults = SHIPPED[type_], Scope(), {}
        inputs = block.get("inputs")
        if len(maps) != len(inputs or [0]):
            raise Invalid("maps of a block")
        scope = self.seeing(outer, maps)
        for name, default in (block.get("params") or {}).items():
            given = name in arguments
            scope[name] = arguments[name] if given else self.value(name, default, scope)
        names = {"input": maps}
        names.update({name: [one] for name, one in zip(inputs or [], maps, strict=False)})
        out = self.body(block["layers"], maps, names, scope)
        self.defaults = defaults
        outputs = block.get("outputs")
        return [one for name in outputs for one in names[name]] if outputs else out

    def leaf(self, type_: str, fields: dict[str, Any], maps: list[Map]) -> Map:
        for key, value in fields.items():
            numbers = value if isinstance(value, list) else [value]
            if key != "p" and any(isinstance(number, Fraction) for number in numbers):
                raise Invalid(f"{key} is no whole number")
        type_ = ALIASES.get(type_, type_)
        if type_ == "untokens":
            maps = [gathered(fields, one) for one in maps]
        shapes = tuple(one.shape for one in maps)
        if type_ in NUMBERED and shapes:
            type_ = f"{type_}{len(shapes[0]) - 1 or 1}d"
        frozen = tuple(
            (key, tuple(value) if isinstance(value, list) else value)
            for key, value in sorted(fields.items())
            if value is not None
        )
        # A merge behind `each` takes one map as well, and leaves it as it is.
        is_alone = self.joins and type_ in MERGES and len(maps) == 1
        counts = counted("identity" if is_alone else type_, () if is_alone else frozen, shapes)
        output = self.made(type_, fields, maps, counts)
        samples = samples_of(maps)
        output = output._replace(samples=samples and samples * counts.samples)
        leaf = Leaf(type_, counts, maps, output, dict(frozen), self.trainable, self.experts)
        self.leaves.append(leaf)
        return output

    def made(self, type_: str, fields: Any, maps: list[Map], counts: Counts) -> Map:
        return Map(counts.output)


def kept(leaf: Leaf) -> Any:
    """What layers that share their weights have in common."""
    fields = {name: one for name, one in leaf.fields.items() if name not in BESIDE_WEIGHTS}
    widths = [one.shape[0] for one in (*leaf.inputs, leaf.output)]
    return leaf.type, fields, widths, leaf.counts.params, leaf.experts[0]


def samples_of(maps: list[Map]) -> int | None:
    """Maps that meet have as many samples; what follows from trained numbers alone has none."""
    own = {one.samples for one in maps} - {None}
    if len(own) > 1:
        raise Invalid("samples of maps that meet")
    return own.pop() if own else None


def gathered(fields: Any, one: Map) -> Map:
    """Tokens with the places of a patch beside one another, which were samples."""
    places = fields["height"] * fields["width"] // prod(one.shape[1:])
    if not places or not one.samples or one.samples % places:
        raise Invalid("samples of tokens")
    shape = (one.shape[0], prod(one.shape[1:]) * places)
    return one._replace(shape=shape, samples=one.samples // places)
