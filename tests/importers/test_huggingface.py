"""Hugging Face config.json, against figures of transformers 5.24 and published ones."""

import json

import pytest

import costcalc
from costcalc.cli import run as cli
from costcalc.errors import CostcalcError
from costcalc.importers.convert import written
from costcalc.importers.huggingface import known
from costcalc.importers.reading import read_network

THOUSAND = {"id2label": {str(n): f"LABEL_{n}" for n in range(1000)}}


def config(model_type, kind=None, **keys):
    architectures = {"architectures": [kind]} if kind else {}
    return {"model_type": model_type, **architectures, **keys}


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return str(path)


@pytest.fixture
def load(tmp_path):
    def load(content):
        return costcalc.load(write(tmp_path / "config.json", content))

    return load


def totals(network, **setting):
    found = network.cost(**setting).totals
    return found.params, found.macs


def all_of(network, **setting):
    found = network.cost(**setting).totals
    return found.params, found.macs, found.other_ops, found.activations


IMAGES = [
    # transformers 5.24, the dispatch count of PyTorch 2.14 at the side that is given
    (config("mobilenet_v1", **THOUSAND), 224, 4231976, 568740352),
    (config("mobilenet_v2", **THOUSAND), 224, 3504872, 300774272),
    (config("resnet", **THOUSAND), 224, 25557032, 4089184256),
    (config("regnet", **THOUSAND), 224, 20646656, 3973288448),
    (config("convnext", **THOUSAND), 224, 28589128, 4455531264),
    (config("vit", **THOUSAND), 224, 86567656, 17563828224),
    (config("swin", **THOUSAND), 224, 28288354, 4490566656),
    (config("mobilevitv2", **THOUSAND), 256, 4901841, 1812090880),
    (config("poolformer", **THOUSAND), 224, 11915176, 1812267008),
    (config("dinov2", "Dinov2Model"), 224, 85725696, 23161227264),
    # the same of configs that are not in the class's defaults
    (config("mobilenet_v1", depth_multiplier=0.75), 224, 1818098, 324633984),
    (
        config(
            "mobilenet_v2",
            depth_multiplier=0.35,
            output_stride=8,
            first_layer_is_expansion=False,
        ),
        224,
        398978,
        321179136,
    ),
    (
        config(
            "mobilenet_v2",
            "MobileNetV2Model",
            depth_multiplier=0.5,
            finegrained_output=False,
            expand_ratio=3.0,
            depth_divisible_by=4,
        ),
        97,
        343360,
        11889120,
    ),
    (
        config("resnet", layer_type="basic", hidden_sizes=[64, 128, 256, 512], depths=[2, 2, 2, 2]),
        224,
        11177538,
        1813562368,
    ),
    (
        config("resnet", downsample_in_bottleneck=True, downsample_in_first_stage=True),
        224,
        23512130,
        1108529152,
    ),
    (
        config(
            "regnet",
            layer_type="x",
            groups_width=16,
            hidden_sizes=[32, 64, 160, 400],
            depths=[1, 2, 7, 12],
        ),
        224,
        5095778,
        413413408,
    ),
    (
        config(
            "convnext",
            layer_scale_init_value=0.0,
            hidden_sizes=[40, 80, 160, 320],
            depths=[2, 2, 6, 2],
        ),
        224,
        3373322,
        547013120,
    ),
    (config("convnextv2"), 224, 27868034, 4454764800),
    (
        config(
            "vit",
            "ViTModel",
            hidden_size=192,
            num_attention_heads=3,
            intermediate_size=700,
            qkv_bias=False,
            num_hidden_layers=3,
        ),
        224,
        1477428,
        319653504,
    ),
    (config("deit"), 224, 85801730, 17655277056),
    (
        config(
            "deit",
            "DeiTForImageClassificationWithTeacher",
            hidden_size=192,
            num_attention_heads=3,
        ),
        224,
        16170052,
        3362753280,
    ),
    (
        config(
            "dinov2",
            "Dinov2ForImageClassification",
            use_swiglu_ffn=True,
            hidden_size=384,
            num_attention_heads=6,
        ),
        224,
        21636866,
        6123563520,
    ),
    (config("beit"), 224, 85658114, 17563061760),
    (
        config(
            "beit", use_relative_position_bias=True, use_mean_pooling=False, use_mask_token=True
        ),
        224,
        85764290,
        17563061760,
    ),
    (
        config(
            "beit",
            "BeitModel",
            use_shared_relative_position_bias=True,
            use_absolute_position_embeddings=True,
            layer_scale_init_value=0.0,
        ),
        224,
        85798224,
        17563060224,
    ),
    (
        config(
            "swin",
            "SwinModel",
            window_size=5,
            depths=[1, 2, 1],
            num_heads=[2, 4, 8],
            embed_dim=32,
            qkv_bias=False,
        ),
        "200x230",
        355154,
        176262400,
    ),
    (config("mobilevit"), 256, 4938914, 2000192768),
    (
        config(
            "mobilevit",
            hidden_sizes=[64, 80, 96],
            neck_hidden_sizes=[16, 16, 24, 48, 64, 80, 320],
            expand_ratio=2.0,
            qkv_bias=False,
        ),
        "224x200",
        949458,
        278211456,
    ),
    (config("efficientnet"), 600, 63792082, 35513256448),
    (
        config(
            "efficientnet", width_coefficient=1.0, depth_coefficient=1.1, depthwise_padding=[16]
        ),
        240,
        6515746,
        685525392,
    ),
    (
        config("efficientnet", width_coefficient=1.0, depth_coefficient=1.1),
        240,
        6515746,
        621229872,
    ),
    (config("levit"), 224, 8443938, 404554496),
    (
        config(
            "levit",
            "LevitForImageClassificationWithTeacher",
            hidden_sizes=[192, 288, 384],
            num_attention_heads=[3, 5, 6],
            key_dim=[32, 32, 32],
            mlp_ratio=[2, 3, 2],
        ),
        224,
        10844465,
        688769664,
    ),
    (config("segformer"), 224, 3319906, 452211712),
    (
        config(
            "segformer",
            "SegformerForSemanticSegmentation",
            hidden_sizes=[64, 128, 320, 512],
            depths=[3, 4, 6, 3],
            decoder_hidden_size=768,
        ),
        512,
        27348162,
        60475572224,
    ),
    (config("swiftformer"), 224, 3034244, 601995868),
    (
        config(
            "swiftformer",
            "SwiftFormerModel",
            use_layer_scale=False,
            depths=[3, 2, 6, 3],
            embed_dims=[48, 64, 64, 220],
            downsamples=[True, False, True, True],
        ),
        224,
        2026120,
        841699264,
    ),
    (
        config(
            "mobilevitv2",
            "MobileViTV2Model",
            width_multiplier=0.5,
            output_stride=16,
            expand_ratio=2.5,
        ),
        "192x256",
        1192465,
        478070784,
    ),
]


@pytest.mark.parametrize(("content", "side", "params", "macs"), IMAGES)
def test_networks_of_images_cost_what_they_do_there(load, content, side, params, macs):
    assert totals(load(content), resolution=side) == (params, macs)


SMALL = {
    "num_hidden_layers": 2,
    "vocab_size": 1000,
    "hidden_size": 256,
    "intermediate_size": 600,
    "num_attention_heads": 8,
}
TEXTS = [
    # transformers 5.24, eager attention
    (config("distilbert"), 128, 66362880, 5586812928),
    (config("gpt2"), 1, 124439808, 123550464),
    (config("gpt2"), 1024, 124439808, 145824153600),
    (config("t5", "T5EncoderModel"), 128, 35330816, 2516582400),
    (config("gemma"), 128, 8537680896, 1096558837760),
    (config("gemma2"), 1024, 2614341888, 2788507516928),
    (config("phi3"), 128, 3821079552, 479685771264),
    (
        config("gpt_neox", vocab_size=50432, num_hidden_layers=44),
        128,
        20554567680,
        2599730282496,
    ),
    (config("bert", "BertModel"), 17, 109482240, 1449805824),
    (config("bert", "BertForMaskedLM"), 17, 109514298, 1857738240),
    (
        config("bert", "BertForMaskedLM", tie_word_embeddings=False),
        17,
        132985716,
        1857738240,
    ),
    (config("bert", "BertForPreTraining"), 17, 110106428, 1858329600),
    (config("bert", "BertForSequenceClassification"), 17, 109483778, 1449807360),
    (
        config("bert", "BertForTokenClassification", id2label={n: n for n in "012345678"}),
        17,
        108898569,
        1449333504,
    ),
    (
        config("roberta", "RobertaForMaskedLM", max_position_embeddings=514, type_vocab_size=1),
        17,
        124697433,
        2115502848,
    ),
    (config("distilbert", "DistilBertForMaskedLM"), 17, 66985530, 1133130240),
    (config("distilbert", "DistilBertForSequenceClassification"), 17, 66955010, 725199360),
    (
        config("gpt2", n_embd=128, n_head=2, n_inner=100, n_layer=3),
        17,
        6841388,
        114229120,
    ),
    (config("gpt2", n_layer=2, tie_word_embeddings=False), 17, 92158464, 897691392),
    (
        config("llama", **SMALL, num_key_value_heads=2, attention_bias=True, mlp_bias=True),
        33,
        1766752,
        50789376,
    ),
    (config("llama", "LlamaModel", **SMALL, head_dim=64), 33, 2227456, 67246080),
    (config("llama", "LlamaForTokenClassification", **SMALL), 33, 1703682, 48846336),
    (config("llama", "LlamaForSequenceClassification", **SMALL), 1, 1703680, 1447424),
    (
        config("mistral", **SMALL, head_dim=40, sliding_window=8, num_key_value_heads=4),
        33,
        1926400,
        56474880,
    ),
    (
        config("qwen2", **SMALL, num_key_value_heads=2, tie_word_embeddings=True),
        33,
        1507328,
        50789376,
    ),
    (
        config("qwen3", **SMALL, num_key_value_heads=2, attention_bias=True),
        33,
        2749696,
        86575104,
    ),
    (
        config(
            "gemma",
            **SMALL,
            num_key_value_heads=1,
            head_dim=32,
            tie_word_embeddings=False,
            attention_bias=True,
        ),
        33,
        1730944,
        49708032,
    ),
    (config("gemma2", **SMALL, num_key_value_heads=2), 33, 3801344, 134289408),
    (config("phi3", **SMALL, num_key_value_heads=2), 33, 1762560, 50789376),
    (config("phi", **SMALL), 33, 1656984, 47139840),
    (
        config("phi", **SMALL, num_key_value_heads=4, qk_layernorm=True),
        33,
        1525656,
        42814464,
    ),
    (config("gpt_neox", **SMALL), 33, 1657008, 47139840),
    (
        config(
            "gpt_neox",
            **SMALL,
            use_parallel_residual=False,
            attention_bias=False,
            tie_word_embeddings=True,
        ),
        33,
        1398960,
        47139840,
    ),
    (
        config(
            "mixtral", **{**SMALL, "vocab_size": 500}, num_key_value_heads=2, num_local_experts=4
        ),
        33,
        4273408,
        77045760,
    ),
    (
        config(
            "qwen2_moe",
            **{**SMALL, "vocab_size": 500, "num_hidden_layers": 4},
            num_key_value_heads=2,
            num_experts=6,
            num_experts_per_tok=3,
            moe_intermediate_size=100,
            shared_expert_intermediate_size=300,
            decoder_sparse_step=2,
            qkv_bias=False,
        ),
        33,
        3221248,
        89025024,
    ),
    (
        config(
            "t5", feed_forward_proj="gated-gelu", num_decoder_layers=3, tie_word_embeddings=False
        ),
        17,
        57356288,
        978399232,
    ),
    (config("t5", "T5Model"), 17, 60506624, 754010112),
]


@pytest.mark.parametrize(("content", "tokens", "params", "macs"), TEXTS)
def test_networks_of_texts_cost_what_they_do_there(load, content, tokens, params, macs):
    assert totals(load(content), tokens=tokens) == (params, macs)


PUBLISHED = [
    (config("llama"), 6738415616),  # Llama-7B
    (
        config(
            "llama", vocab_size=128256, intermediate_size=14336, num_key_value_heads=8
        ),  # Llama-3-8B
        8030261248,
    ),
    (config("mistral"), 7241732096),
    (config("mixtral"), 46702792704),
    (
        config(
            "qwen3",
            hidden_size=1024,
            intermediate_size=3072,
            num_hidden_layers=28,
            num_attention_heads=16,
            num_key_value_heads=8,
            tie_word_embeddings=True,
        ),
        596049920,
    ),
    (
        config(
            "gemma",
            hidden_size=2048,
            intermediate_size=16384,
            num_hidden_layers=18,
            num_attention_heads=8,
            num_key_value_heads=1,
        ),
        2506172416,
    ),
    (config("phi"), 1418270720),
]


@pytest.mark.parametrize(("content", "params"), PUBLISHED)
def test_decoders_have_the_params_of_the_checkpoint(load, content, params):
    assert load(content).cost(tokens=1).totals.params == params


@pytest.mark.parametrize("model_type", known())
def test_a_model_type_alone_is_a_network(tmp_path, capsys, model_type):
    path = write(tmp_path / "config.json", {"model_type": model_type})
    assert cli(["validate", path]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("model_type", known())
def test_converted_it_costs_the_same(tmp_path, model_type):
    path = write(tmp_path / "config.json", {"model_type": model_type})
    with open(path) as text:
        lines = list(written(read_network(text.read(), path)))
    assert max(map(len, lines[1:])) <= 130
    converted = costcalc.load(write(tmp_path / "converted.yaml", "\n".join(lines)))
    assert all_of(converted) == all_of(costcalc.load(path))


def test_a_bare_config_has_two_labels(load):
    assert totals(load(config("mobilenet_v1")))[0] == 3209026
    assert totals(load(config("mobilenet_v1", num_labels=1000)))[0] == 4231976


def test_without_a_class_it_is_the_first_that_is_known(load):
    assert totals(load(config("gpt2"))) == totals(load(config("gpt2", "GPT2LMHeadModel")))


def test_null_is_what_the_class_makes_of_it(load):
    plain = config("mistral", **SMALL, num_key_value_heads=8, sliding_window=10**6)
    nulls = config("mistral", **SMALL, num_key_value_heads=None, sliding_window=None)
    assert all_of(load(plain)) == all_of(load(nulls))


def test_a_step_reads_keys_and_values_that_are_kept(load):
    network = load(config("llama", **SMALL, num_key_value_heads=2))
    first, step = (network.cost(tokens=1, past=past).totals for past in (0, 127))
    assert step.macs - first.macs == 2 * 2 * 256 * 127
    assert step.params == first.params


def test_quantization_changes_nothing(load):
    plain = config("llama", **SMALL)
    packed = {**plain, "quantization_config": {"bits": 4, "quant_method": "gptq"}}
    assert all_of(load(packed)) == all_of(load(plain))


def test_keys_are_params(load):
    network = load(config("llama", **SMALL))
    assert totals(network, hidden_size=512) == totals(
        load(config("llama", **{**SMALL, "hidden_size": 512}))
    )
    swept = network.sweep(num_hidden_layers="1..3:1", metrics=["params"]).params.tolist()
    assert swept[2] - swept[1] == swept[1] - swept[0] > 0


def test_an_image_has_the_sides_that_the_config_says(load):
    pair = load(config("vit", image_size=[224, 112], patch_size=[16, 8]))
    assert totals(pair)[1] == 17505259008
    assert totals(load(config("vit", image_size=224)), resolution=112) == totals(
        load(config("vit", image_size=112))
    )


def test_a_diff_names_keys(tmp_path, capsys):
    one = write(tmp_path / "one.json", config("llama", **SMALL))
    two = write(tmp_path / "two.json", config("llama", **{**SMALL, "hidden_size": 512}))
    assert cli(["diff", one, two]) == 0
    assert "edited: hidden_size 256 -> 512 (line 5)" in capsys.readouterr().out


FAULTS = [
    ({"model_type": "llamma"}, 2, "unknown model_type 'llamma'", "did you mean 'llama'?"),
    ({"model_type": "opt"}, 2, "unknown model_type 'opt'", None),
    ({"model_type": None}, 2, "model_type must be a text", "costcalc formats"),
    (
        {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config"}},
        3,
        "auto_map names a program",
        "write the network in the network language",
    ),
    (
        {"model_type": "phi3", "auto_map": {"AutoConfig": "mine.Config"}},
        3,
        "auto_map names a program",
        "read as phi3 of transformers",
    ),
    (
        {"model_type": "clip", "text_config": {"model_type": "clip_text_model"}},
        3,
        "clip is put together of models, text_config among them",
        "a file of its own",
    ),
    (
        {"model_type": "llama", "architectures": ["LlamaForFun"]},
        4,
        "unknown class 'LlamaForFun'",
        "ForCausalLM",
    ),
    ({"model_type": "llama", "hidden_size": "().x"}, 3, "hidden_size must be a number", None),
    ({"model_type": "llama", "hidden_size": {"a": 1}}, 3, "hidden_size must be a number", None),
    ({"model_type": "llama", "hidden_size": float("nan")}, 3, "must be a number", None),
    ({"model_type": "llama", "hidden_size": -5}, 3, "must be at least 0, not -5", None),
    ({"model_type": "llama", "hidden_size": 10**200}, 3, "at most 100 digits", None),
    ({"model_type": "llama", "tie_word_embeddings": "yes"}, 3, "must be true or false", None),
    ({"model_type": "llama", "num_hidden_layers": 10**9}, 3, "repeat must be a whole", None),
    ({"model_type": "llama", "num_hidden_layers": 2.5}, 3, "repeat must be a whole", None),
    ({"model_type": "llama", "num_key_value_heads": 3}, 3, "kv_heads 3 does not divide", None),
    (
        {"model_type": "llama", "hidden_size": 100, "num_attention_heads": 7},
        4,
        "heads 7 does not divide the 100 channels",
        None,
    ),
    ({"model_type": "llama", "hidden_act": "sillu"}, 3, "unknown hidden_act 'sillu'", "'silu'"),
    ({"model_type": "resnet", "layer_type": "basik"}, 3, "unknown layer_type", "'basic'"),
    (
        {"model_type": "resnet", "hidden_sizes": [64, 128]},
        3,
        "hidden_sizes has 2 numbers, and depths 4",
        "for each stage",
    ),
    ({"model_type": "resnet", "depths": []}, 3, "depths must be a list of numbers", None),
    ({"model_type": "swiftformer", "downsamples": [1, 0, 1, 1]}, 3, "list of true or false", None),
    ({"model_type": "vit", "image_size": [1, 2, 3]}, 3, "a height and a width", None),
    ({"model_type": "vit", "patch_size": 0}, 3, "kernel_size must be at least 1", None),
    ({"model_type": "levit", "kernel_size": 5}, 3, "kernel_size is read only where it is 3", None),
    ({"model_type": "qwen2_moe", "mlp_only_layers": [1]}, 3, "only where it is []", None),
]


@pytest.mark.parametrize(("content", "line", "message", "hint"), FAULTS)
def test_faults_are_told_at_their_keys(load, content, line, message, hint):
    with pytest.raises(CostcalcError) as caught:
        load(content).cost()
    problem = caught.value.problems[0]
    assert (problem.position.line, message in problem.message) == (line, True), problem.message
    assert hint is None or hint in problem.hint


def test_more_tokens_than_places_are_an_error(load):
    with pytest.raises(CostcalcError, match=r"\[0, 600\) does not lie within the 512"):
        load(config("gpt2", n_positions=512)).cost(tokens=600)
    with pytest.raises(CostcalcError, match=r"\[2, 514\) does not lie within the 512"):
        load(config("roberta")).cost(tokens=512)


def test_all_faults_are_told_at_once(load):
    with pytest.raises(CostcalcError) as caught:
        load(config("llama", "LlamaForFun", hidden_size=[], num_hidden_layers="many"))
    assert [one.position.line for one in caught.value.problems] == [4, 6, 7]


def test_a_truncated_config_is_an_error_at_its_end(load):
    with pytest.raises(CostcalcError) as caught:
        load('{\n "model_type": "llama",\n "hidden_size": ')
    assert caught.value.problems[0].position.line == 3
