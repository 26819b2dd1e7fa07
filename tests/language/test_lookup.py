"""What NET names: a file, and one of its variants; never two of them."""

import pytest

import costcalc
from costcalc.language.lookup import find

NET = """\
input: [3, 8, 8]
params: {out_channels: 4}
variants: {small: {}, big: {params: {out_channels: 8}}}
layers: [conv2d: {out_channels, kernel_size: 1, bias: false}]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "v.yaml").write_text(NET)


@pytest.mark.parametrize(
    ("net", "variant", "found"),
    [
        ("v.yaml", None, None),
        ("v.yaml", "big", "big"),
        ("v:big", None, "big"),
        ("v:big", "big", "big"),
        ("vit", None, None),
        ("vit_base_patch16", "vit_base_patch16", "vit_base_patch16"),
        ("vit_base_patch16:vit_base_patch16", None, "vit_base_patch16"),
        ("mobilenet", None, "mobilenet"),
        ("mobilenet.yaml", None, None),
        ("mobilenet", "mobilenet_conv", "mobilenet_conv"),
        ("mobilenet:mobilenet_conv", None, "mobilenet_conv"),
        ("-", "big", "big"),
        ("-:big", None, "big"),
    ],
)
def test_the_variant_that_is_named(net, variant, found):
    assert find(net, variant).variant == found


def test_a_file_of_ones_own_is_no_variant(tmp_path):
    (tmp_path / "mobilenet.yaml").write_text(NET)
    assert find("mobilenet") == ("mobilenet.yaml", None, False)


@pytest.mark.parametrize(
    ("net", "variant", "message", "hint"),
    [
        ("v.yaml:big", "small", "v.yaml:big is variant 'big'", "v.yaml:big or v.yaml:small"),
        ("v:big", "nope", "v:big is variant 'big'", "v:big or v:nope"),
        ("-:big", "small", "-:big is variant 'big'", "-:big or -:small"),
        (
            "vit_base_patch16",
            "vit_tiny_patch16",
            "vit_base_patch16 is variant 'vit_base_patch16'",
            "vit_base_patch16 or vit:vit_tiny_patch16",
        ),
        ("vit.yaml:a", "b", "vit.yaml:a is variant 'a'", "vit.yaml:a or vit:b"),
    ],
)
def test_two_variants_are_an_error(net, variant, message, hint):
    with pytest.raises(costcalc.CostcalcError) as caught:
        find(net, variant)
    assert caught.value.message == f"{message}, and variant '{variant}' is asked for too"
    assert caught.value.hint == f"ask for one of them: {hint}"


def test_a_variant_has_no_variants():
    with pytest.raises(costcalc.CostcalcError) as caught:
        find("vit_base_patch16:vit_tiny_patch16")
    assert "vit_base_patch16 is variant 'vit_base_patch16'" in caught.value.message
