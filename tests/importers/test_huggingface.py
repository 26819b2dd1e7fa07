"""Hugging Face config.json, against figures of transformers 5.24 and published ones."""

import json

import pytest
from importers.huggingface_figures import IMAGES, SMALL, TEXTS, config

import costcalc
from costcalc.cli import run as cli
from costcalc.errors import CostcalcError
from costcalc.importers.convert import written
from costcalc.importers.huggingface.translate import known
from costcalc.importers.reading import read_network


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
    return found.params, found.macs, found.other_ops, found.activations, found.attended_macs


@pytest.mark.parametrize(("content", "side", "params", "macs"), IMAGES)
def test_networks_of_images_cost_what_they_do_there(load, content, side, params, macs):
    assert totals(load(content), resolution=side) == (params, macs)


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
    assert max(map(len, lines[1:])) <= 240  # as the shipped configs, of a line with many fields
    converted = costcalc.load(write(tmp_path / "converted.yaml", "\n".join(lines)))
    assert all_of(converted) == all_of(costcalc.load(path))


def test_a_bare_config_has_two_labels(load):
    assert totals(load(config("mobilenet_v1")))[0] == 3209026
    assert totals(load(config("mobilenet_v1", num_labels=1000)))[0] == 4231976


def test_without_a_class_it_is_the_first_that_is_known(load):
    assert totals(load(config("gpt2"))) == totals(load(config("gpt2", "GPT2LMHeadModel")))


def test_null_is_what_the_class_makes_of_it(load):
    small = {**SMALL, "num_attention_heads": 4}
    plain = config("mistral", **small, num_key_value_heads=4, sliding_window=10**6)
    nulls = config("mistral", **small, num_key_value_heads=None, sliding_window=None)
    assert all_of(load(plain), tokens=5000) == all_of(load(nulls), tokens=5000)


def test_a_step_reads_keys_and_values_that_are_kept(load):
    network = load(config("llama", **SMALL, num_key_value_heads=2))
    first, step = (network.cost(tokens=1, past=past).totals for past in (0, 127))
    assert step.macs - first.macs == 2 * 2 * 256 * 127
    assert step.params == first.params


def saved(network, tokens):
    """MACs that masks leave out, in pairs of tokens of one layer."""
    found = network.cost(tokens=tokens).totals
    return (found.macs - found.attended_macs) // (2 * 256)


FULL, SLIDING = ["full_attention"], ["sliding_attention"]


def test_windows_are_of_the_layers_that_have_them(load):
    causal = 100 * 99 // 2
    window = causal + 90 * 91 // 2  # the last 10 of 100
    small = {**SMALL, "num_hidden_layers": 12, "sliding_window": 10, "num_key_value_heads": 8}
    for model_type, keys, windows in (
        ("llama", {}, 0),
        ("mistral", {}, 12),
        ("gemma2", {"head_dim": 32}, 6),
        ("gemma3_text", {"head_dim": 32}, 10),
        ("qwen2", {}, 0),
        ("qwen2", {"use_sliding_window": True, "max_window_layers": 5}, 7),
        ("qwen2", {"use_sliding_window": True, "layer_types": [*FULL * 9, *SLIDING * 3]}, 3),
        ("qwen2", {"layer_types": [*FULL * 9, *SLIDING * 3]}, 0),
        ("gemma2", {"head_dim": 32, "layer_types": FULL * 12}, 0),
        ("gemma2", {"head_dim": 32, "layer_types": SLIDING * 12}, 12),
        ("gemma3_text", {"head_dim": 32, "layer_types": [*SLIDING * 2, *FULL] * 4}, 8),
        (
            "gemma3_text",
            {"head_dim": 32, "layer_types": [*SLIDING * 4, *FULL] * 2 + SLIDING * 2},
            10,
        ),
        ("llama", {"layer_types": SLIDING * 12}, 0),  # which does not read them
    ):
        network = load(config(model_type, **small, **keys))
        assert saved(network, 100) == windows * window + (12 - windows) * causal, model_type


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
    (
        {"model_type": "gemma2", "num_hidden_layers": 4, "layer_types": [*FULL, *SLIDING] * 2},
        4,
        "layers of full_attention are read where they are the first ones or every so many",
        None,
    ),
    (
        {"model_type": "qwen3", "num_hidden_layers": 2, "layer_types": FULL * 3},
        4,
        "layer_types has 3 layers, and num_hidden_layers is 2",
        None,
    ),
    (
        {"model_type": "qwen3", "num_hidden_layers": 1, "layer_types": ["linear_attention"]},
        5,
        "unknown layer type 'linear_attention'",
        "full_attention, sliding_attention",
    ),
    ({"model_type": "gpt2", "add_cross_attention": True}, 3, "only where it is false", None),
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
    with pytest.raises(CostcalcError, match=r"\[0, 600\) does not lie within the length of 512"):
        load(config("gpt2", n_positions=512)).cost(tokens=600)
    with pytest.raises(CostcalcError, match=r"\[2, 514\) does not lie within the length of 512"):
        load(config("roberta")).cost(tokens=512)


def test_all_faults_are_told_at_once(load):
    with pytest.raises(CostcalcError) as caught:
        load(config("llama", "LlamaForFun", hidden_size=[], num_hidden_layers="many"))
    assert [one.position.line for one in caught.value.problems] == [4, 6, 7]


def test_a_truncated_config_is_an_error_at_its_end(load):
    with pytest.raises(CostcalcError) as caught:
        load('{\n "model_type": "llama",\n "hidden_size": ')
    assert caught.value.problems[0].position.line == 3
