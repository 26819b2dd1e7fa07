"""The entries of timm's models, each at the input size of its own configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import record_torchvision  # noqa: F401  (timm needs torchvision, and that file what it needs)
import timm
from timm.utils import reparameterize_model
from torch_walk import count

NAMES = """
    convnextv2_atto
    cspdarknet53
    dla34
    edgenext_xx_small edgenext_x_small edgenext_small edgenext_base
    efficientnet_lite0 efficientnet_lite1 efficientnet_lite2 efficientnet_lite3 efficientnet_lite4
    efficientformer_l1
    efficientvit_b0 efficientvit_b1 efficientvit_b2 efficientvit_b3
    ese_vovnet19b_dw
    fastvit_t8
    fbnetc_100
    ghostnet_100 ghostnetv2_100
    hrnet_w18_small
    lcnet_100 lcnet_050
    levit_128s levit_128 levit_192 levit_256 levit_384
    mixnet_s
    mobileone_s0 mobileone_s1 mobileone_s2 mobileone_s3 mobileone_s4
    mobilevit_s
    poolformer_s12
    regnetx_002 regnety_002
    repvgg_a0
    repvit_m0_9 repvit_m1_1
    seresnet50
    starnet_s1 starnet_s2 starnet_s3 starnet_s4
    tinynet_a tinynet_b tinynet_c tinynet_d tinynet_e
""".split()
RENAMED = {
    "res2net50": "res2net50_26w_4s",
    "mobilenet_v4_conv_small": "mobilenetv4_conv_small",
    "mobilenet_v4_conv_medium": "mobilenetv4_conv_medium",
    "mobilenet_v4_conv_large": "mobilenetv4_conv_large",
    "swin_tiny": "swin_tiny_patch4_window7_224",
    "swin_small": "swin_small_patch4_window7_224",
    "mobilenet_v4_hybrid_medium": "mobilenetv4_hybrid_medium",
    "coatnet_nano": "coatnet_nano_rw_224",
    "mixer_s32": "mixer_s32_224",
    "mixer_s16": "mixer_s16_224",
    "mixer_b32": "mixer_b32_224",
    "mixer_b16": "mixer_b16_224",
    "mixer_l32": "mixer_l32_224",
    "mixer_l16": "mixer_l16_224",
    "vit_tiny_patch16": "vit_tiny_patch16_224",
    "vit_small_patch16": "vit_small_patch16_224",
    "vit_base_patch16": "vit_base_patch16_224",
}
# Other widths of networks above: theirs, ours, alpha.
WIDTHS = (
    ("ghostnet_050", "ghostnet_100", "0.5"),
    ("ghostnet_130", "ghostnet_100", "1.3"),
    ("ghostnetv2_130", "ghostnetv2_100", "1.3"),
    ("ghostnetv2_160", "ghostnetv2_100", "1.6"),
    ("lcnet_035", "lcnet_100", "0.35"),
    ("lcnet_150", "lcnet_100", "1.5"),
    ("mobilenetv4_conv_small_050", "mobilenet_v4_conv_small", "0.5"),
)
DEPLOYED = """
    fastvit_t8
    mobileone_s0 mobileone_s1 mobileone_s2 mobileone_s3 mobileone_s4
    repvgg_a0
    repvit_m0_9 repvit_m1_1
""".split()
SHORTCUT_FIRST = ("coatnet_nano_rw_224",)


def networks() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    for name in NAMES:
        yield name, partial(entry, name)
    for name, theirs in RENAMED.items():
        yield name, partial(entry, theirs)
    for name in DEPLOYED:
        yield f"{name}_deployed", partial(entry, name, deployed=True)
    for theirs, name, alpha in WIDTHS:
        yield name, partial(entry, theirs, settings={"alpha": alpha})
    # Its last maps are not filled by patches, and are resized.
    yield "mobilevit_s", partial(entry, "mobilevit_s", 224, settings={"resolution": 224})
    # Neither windows nor pairs of places fill its maps, which are padded.
    padded = {"settings": {"resolution": 336}, "img_size": 336}
    yield "swin_tiny", partial(entry, RENAMED["swin_tiny"], 336, **padded)
    # Of two classes, as a question of a reader was.
    two = {"settings": {"classes": 2}, "num_classes": 2}
    yield "vit_tiny_patch16", partial(entry, "vit_tiny_patch16_224", **two)


def entry(
    name: str,
    size: int | None = None,
    deployed: bool = False,
    settings: dict[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    model = timm.create_model(name, pretrained=False, **options)
    reference = f"{timm.__version__} {name}"
    if deployed:
        # It freezes all that the blocks which it merges keep, such as squeeze and excite.
        model = reparameterize_model(model.eval()).requires_grad_()
        reference += ", reparameterize_model"
    shape = (3, size, size) if size else model.pretrained_cfg["input_size"]
    given = {"settings": settings} if settings else {}
    unordered = {"unordered": True} if name in SHORTCUT_FIRST else {}
    return {**given, "reference": reference, **count(model, shape), **unordered}
