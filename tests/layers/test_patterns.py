"""Patterns of axes: what they say of maps, of the batch, and what is wrong with them."""

import pytest

from costcalc.errors import CostcalcError
from costcalc.language.names import COMMON
from costcalc.layers import LAYERS
from costcalc.layers.pattern import KEYS, read_pattern
from costcalc.layers.rearrange import Patterned
from costcalc.shapes import TensorShape


def moved(pattern, x, **sizes):
    return LAYERS["rearrange"](pattern=pattern, **sizes).output(x)


def multiplied(equation, *maps, **sizes):
    layer = LAYERS["einsum"](equation=equation, **sizes)
    out = layer.output(*maps)
    return out, layer.macs(out, *maps)


@pytest.mark.parametrize(
    ("pattern", "sizes", "x", "out"),
    [
        # Windows as samples, and back
        (
            "b c (h p) (w q) -> (b h w) c p q",
            {"p": 7, "q": 7},
            TensorShape(96, (56, 28), 2),
            TensorShape(96, (7, 7), 2 * 8 * 4),
        ),
        (
            "(b h w) c p q -> b c (h p) (w q)",
            {"h": 8, "w": 4},
            TensorShape(96, (7, 7), 64),
            TensorShape(96, (56, 28), 2),
        ),
        # Frames
        (
            "b c t h w -> (b t) c h w",
            {},
            TensorShape(3, (8, 4, 5), 2),
            TensorShape(3, (4, 5), 16),
        ),
        # The batch may become sides, and the other way round
        ("b c h -> h (b c)", {}, None, None),
        # What is not named stays: the batch, and the sides of ...
        ("c h w -> (h w) c", {}, TensorShape(3, (4, 5), 7), TensorShape(20, (3,), 7)),
        ("c ... -> c 1 ...", {}, TensorShape(3, (4, 5)), TensorShape(3, (1, 4, 5))),
        ("c ... -> (...) c", {}, TensorShape(3, (4, 5)), TensorShape(20, (3,))),
        ("c ... -> (...) c", {}, TensorShape(3), TensorShape(1, (3,))),
        # A vector is a map of one place
        ("c h w -> h (c w)", {}, TensorShape(3), TensorShape(1, (3,))),
        ("(a d) -> a d", {"a": 4}, TensorShape(12), TensorShape(4, (3,))),
        # Trained numbers have no batch, until places of them become samples
        ("b c h -> b h c", {}, TensorShape(3, (4,), None), TensorShape(4, (3,), None)),
        ("b c h -> (b h) c", {}, TensorShape(3, (4,), None), TensorShape(3, (), 4)),
        # A size of an axis that stands alone says what it must be
        ("c h -> h c", {"h": 4}, TensorShape(3, (4,)), TensorShape(4, (3,))),
    ],
)
def test_a_map_is_rearranged(pattern, sizes, x, out):
    if x is None:
        with pytest.raises(CostcalcError, match="b is the batch, which stands in front"):
            moved(pattern, TensorShape(3, (4,)), **sizes)
        return
    assert moved(pattern, x, **sizes) == out


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("c h w", "must have one arrow"),
        ("c -> c -> c", "must have one arrow"),
        ("c h w -> c (h w", "has a bracket that is not closed"),
        ("c h w) -> c h w", "closes a bracket that is not open"),
        ("c ((h) w) -> c h w", "has brackets within brackets"),
        ("c h h -> c h", "names h twice in c h h"),
        ("c h w -> c h", "has w only before the arrow"),
        ("c h -> c h x y", "has x and y only behind the arrow"),
        ("c h 2 -> c h", "has no axis '2'"),
        ("c h* -> c h", r"has no axis '\*'"),
        (" -> c", "names no axes of a map"),
        ("b -> b", "has no channels in b"),
        ("c repeat -> repeat c", "an axis 'repeat', which is the name of a key"),
        ("c h, c w -> h w", "reads 2 maps"),
        ("c" * 1001, "at most 1000 characters"),
        (" ".join(f"a{n}" for n in range(40)) + " -> c", "more than 32 axes"),
        ("(c h) w -> c h w", r"\(c h\) needs the sizes of all its axes but one"),
        ("c (...) -> c ...", r"cannot read ... in brackets"),
    ],
)
def test_a_faulty_pattern_is_shown(pattern, message):
    with pytest.raises(CostcalcError, match=message):
        moved(pattern, TensorShape(6, (4, 5)))


def test_an_error_shows_the_pattern_the_shape_and_the_axes():
    with pytest.raises(CostcalcError) as caught:
        moved("c (h p) w -> (c p) h w", TensorShape(6, (7, 5)), p=2)
    assert caught.value.message == (
        "rearrange c (h p) w -> (c p) h w: (h p) is 7, which p = 2 does not divide"
    )
    assert caught.value.hint == "pad: true fills sides up"
    with pytest.raises(CostcalcError) as caught:
        moved("c h -> h c", TensorShape(6, (7, 5)))
    assert caught.value.message == "rearrange c h -> h c: c h are 2 axes, and a 6×7×5 map has 3"


def test_channels_cannot_be_padded():
    with pytest.raises(CostcalcError, match="a = 4 does not divide") as caught:
        moved("(a c) h -> a h c", TensorShape(6, (7,)), a=4, pad=True)
    assert caught.value.hint is None


def test_the_product_of_maps_in_a_batch():
    """The batch is shared by all terms, whether they name it or not."""
    q, k = TensorShape(8, (6,), 3), TensorShape(8, (5,), 3)
    for b in ("", "b "):
        out, macs = multiplied(f"{b}(a d) n, {b}(a d) m -> {b}a n m", q, k, a=4)
        assert out.dims == (4, 6, 5)
        assert macs == 8 * 6 * 5  # of one sample
    assert out.batch == 3


def test_axes_in_the_batch_are_samples():
    """8 windows in 2 samples: what is multiplied is the product of all axes, once."""
    x = TensorShape(4, (5,), 16)
    out, macs = multiplied("(b h) c n, (b h) c m -> b h n m", x, x, h=8)
    assert (out, macs) == (TensorShape(8, (5, 5), 2), 8 * 4 * 25)
    out, macs = multiplied("(b h) c n, (b h) c m -> (b h) n m", x, x, h=8)
    assert (out, macs) == (TensorShape(5, (5,), 16), 4 * 25)


def test_trained_numbers_are_shared_by_all_samples():
    weight, x = TensorShape(3, (4,), None), TensorShape(4, (5,), 2)
    out, macs = multiplied("k c, b c n -> b k n", weight, x)
    assert (out, macs) == (TensorShape(3, (5,), 2), 3 * 4 * 5)
    with pytest.raises(CostcalcError, match="k c names no batch, and the 3×4 map has 2 samples"):
        multiplied("k c, b c n -> b k n", weight.with_batch(2), x)


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("c h, c h, c h -> c", "reads 3 maps, and einsum takes one or two"),
        ("c h, c w -> c x", "has x only behind the arrow"),
        ("b c h, b c w -> h w", "loses b, the batch"),
        ("c h -> c", "has a term for 1 map, and gets 2 maps"),
        ("c h, d h -> c d", r"h is 4 in the first map \(6×4\) and 5 in the second \(6×5\)"),
        ("c ..., k h -> c k", None),
    ],
)
def test_a_faulty_equation_is_shown(equation, message):
    maps = TensorShape(6, (4,)), TensorShape(6, (5,))
    if message is None:
        assert multiplied(equation, *maps) == (TensorShape(6, (6,)), 6 * 4 * 6 * 5)
        return
    with pytest.raises(CostcalcError, match=message):
        multiplied(equation, *maps)


def test_no_axis_has_the_name_of_a_key_beside_it():
    """Else its size could not be given."""
    patterned = [layer for layer in LAYERS.values() if issubclass(layer, Patterned)]
    assert {layer.type for layer in patterned} >= {"rearrange", "einsum", "reduce"}
    for layer in patterned:
        assert {*COMMON, *layer.fields} <= KEYS


def test_patterns_are_equal_by_their_text():
    one, same, other = map(read_pattern, ("c  h -> h c", "c h -> h c", "c h -> c h"))
    assert one == same != other
    assert str(one) == "c h -> h c"
