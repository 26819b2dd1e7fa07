"""The figures of Hugging Face configs against live models, where the extra `peers` is installed."""

import pytest
from importers.huggingface_figures import IMAGES, TEXTS

pytestmark = pytest.mark.peers
FIGURES = [(*figure, "pixel_values") for figure in IMAGES]
FIGURES += [(*figure, "input_ids") for figure in TEXTS]


@pytest.mark.parametrize(("content", "size", "params", "macs", "reads"), FIGURES)
def test_a_live_model_costs_that(content, size, params, macs, reads):
    torch = pytest.importorskip("torch", reason="the extra `peers`")
    transformers = pytest.importorskip("transformers", reason="the extra `peers`")
    from torch.utils.flop_counter import FlopCounterMode

    keys = {key: value for key, value in content.items() if key not in ("model_type", "id2label")}
    made = transformers.AutoConfig.for_model(content["model_type"], **keys)
    made.num_labels = len(content.get("id2label", "12"))
    if getattr(made, "pad_token_id", 0) and made.pad_token_id >= made.vocab_size:
        made.pad_token_id = None  # of fewer words than there are by default
    made._attn_implementation = made._experts_implementation = "eager"
    # Experts are chosen by what is in the maps, so these models have numbers; others have none.
    with torch.device("cpu" if "moe" in made.model_type or "mix" in made.model_type else "meta"):
        model = getattr(transformers, content["architectures"][0])(made).eval()
        if reads == "input_ids":
            given = {reads: torch.zeros(1, size, dtype=torch.long)}
            if made.is_encoder_decoder and "Encoder" not in content["architectures"][0]:
                given["decoder_input_ids"] = given[reads]
        else:
            sides = [int(side) for side in str(size).split("x")]
            given = {reads: torch.zeros(1, 3, sides[0], sides[-1])}
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(**given)
    trained = sum(part.numel() for part in model.parameters() if part.requires_grad)
    assert (trained, counter.get_total_flops()) == (params, 2 * macs)
