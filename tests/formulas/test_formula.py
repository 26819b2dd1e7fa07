"""`costcalc formula`: the seed, a layer's formulas, the pages, JSON, and what a user may type."""

import json
import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from support.formula_readers import bodies, from_latex, plain, run_source, value
from support.networks import NETWORKS
from support.polynomials import put_in, typed

import costcalc
from costcalc.api import Model
from costcalc.cli import run
from costcalc.errors import CostcalcError
from costcalc.formulas import layer_formula
from costcalc.language.network_file import NetworkFile
from costcalc.layers import LAYERS
from costcalc.metrics import METRICS

HEAD = "input: [3, 100, 100]\n"
STEM = "  - conv2d: {out_channels: 8, kernel_size: 1}\n"
PIECES = (
    f"{HEAD}layers:\n{STEM}  - conv2d: {{when: alpha < 1/2, out_channels: 8, kernel_size: 3}}\n"
)


def model(text: str, variant: str | None = None) -> Model:
    return Model(NetworkFile(text, "t.yaml"), variant)


def output(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(["formula", *args]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out


def fault(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(["formula", *args]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


# The seed

# Howard et al. 2017, arXiv:1704.04861, equations 2, 3, 5 and 7, typed in.
PAPER = {
    "standard": "D_K * D_K * M * N * D_F * D_F",
    "depthwise": "D_K * D_K * M * D_F * D_F",
    "pointwise": "M * N * D_F * D_F",
    "separable": "D_K * D_K * M * D_F * D_F + M * N * D_F * D_F",
    "ratio": "1 / N + 1 / D_K**2",
}
SCALED = {
    "standard": "D_K * D_K * (alpha * M) * (alpha * N) * (rho * D_F) * (rho * D_F)",
    "depthwise": "D_K * D_K * alpha * M * rho * D_F * rho * D_F",
    "pointwise": "alpha * M * alpha * N * rho * D_F * rho * D_F",
    "separable": "D_K * D_K * alpha * M * rho * D_F * rho * D_F"
    " + alpha * M * alpha * N * rho * D_F * rho * D_F",
    "ratio": "1 / (alpha * N) + 1 / D_K**2",
}
PARAMS = {
    "standard": "D_K * D_K * M * N",
    "depthwise": "D_K * D_K * M",
    "pointwise": "M * N",
    "separable": "D_K * D_K * M + M * N",
    "ratio": "1 / N + 1 / D_K**2",
}


def test_the_seed_is_the_papers():
    seed = costcalc.formula().result
    for forms, texts in ((seed.macs, PAPER), (seed.scaled, SCALED), (seed.params, PARAMS)):
        assert forms == {name: typed(text) for name, text in texts.items()}


def test_the_seed_page(capsys):
    assert output(capsys) == str(costcalc.formula())
    lines = output(capsys).splitlines()
    rows = {re.sub(r"  +", "  ", line) for line in lines}
    assert {
        "standard convolution  D_K²·M·N·D_F²  equation 2",
        "depthwise  D_K²·M·D_F²  equation 3",
        "pointwise  M·N·D_F²  equation 5, second term",
        "depthwise separable  D_K²·M·D_F² + M·N·D_F²  equation 5",
        "separable / standard  1/N + 1/D_K²",
        "standard convolution  α²·ρ²·D_K²·M·N·D_F²",
        "depthwise  α·ρ²·D_K²·M·D_F²",
        "pointwise  α²·ρ²·M·N·D_F²",
        "depthwise separable  α²·ρ²·M·N·D_F² + α·ρ²·D_K²·M·D_F²",
        "separable / standard  1/D_K² + 1/(α·N)",
        "standard convolution  D_K²·M·N",
        "depthwise  D_K²·M",
        "pointwise  M·N",
        "depthwise separable  D_K²·M + M·N",
    } <= rows
    assert "arXiv:1704.04861" in lines[1]
    assert max(map(len, lines)) <= 100
    for letter in ("D_K: ", "M, N: ", "D_F: ", "α: ", "ρ: "):
        assert letter in "\n".join(lines[-2:])


def test_the_seed_as_json_and_latex(capsys):
    document = json.loads(output(capsys, "--format", "json"))
    assert document.keys() == {"schema_version", "macs", "scaled", "params"}
    assert document["macs"] == {
        "standard": "D_K²·M·N·D_F²",
        "depthwise": "D_K²·M·D_F²",
        "pointwise": "M·N·D_F²",
        "separable": "D_K²·M·D_F² + M·N·D_F²",
        "ratio": "1/N + 1/D_K²",
    }
    numbers = {
        "D_K": 3,
        "M": 32,
        "N": 64,
        "D_F": 14,
        "alpha": Fraction(3, 4),
        "rho": Fraction(1, 2),
    }
    displays = bodies(output(capsys, "--format", "latex"))
    papers = (PAPER, SCALED, PARAMS)
    for rows, forms, key in zip(displays, papers, ("macs", "scaled", "params"), strict=True):
        texts = document[key].values()
        for (_, right), text, form in zip(rows, texts, forms.values(), strict=True):
            expected = put_in(typed(form), numbers)
            assert value(from_latex(right), numbers) == expected
            assert value(plain(text), numbers) == expected
    assert [left for left, _ in displays[0]] == [
        rf"\text{{{name}}}"
        for name in (
            "standard convolution",
            "depthwise",
            "pointwise",
            "depthwise separable",
            "separable / standard",
        )
    ]


# One layer

EVERY_LAYER = """
name: Every layer
input: [8, 12, 12]
layers:
  - conv2d: {out_channels: 16, kernel_size: [3, 5], groups: 2, stride: [1, 2]}
  - group_norm: {groups: 4}
  - prelu: {num_parameters: 16}
  - prelu
  - elu
  - selu
  - mish
  - leaky_relu
  - local_response_norm: {window: 3}
  - locally_connected2d: {out_channels: 16, kernel_size: 3, padding: 1, bias: true}
  - softmax
  - upsample: {scale_factor: [1, 2], mode: bilinear}
  - depthwise_conv2d: {kernel_size: 3, multiplier: 2, stride: 2}
  - conv_transpose2d: {out_channels: 12, kernel_size: 2, stride: 2}
  - pointwise_conv2d: {out_channels: 24, groups: 3}
  - max_pool2d: {kernel_size: [3, 2], stride: 2, padding: 1, ceil_mode: true}
  - zero_pad2d: {padding: [0, 1, 1, 0]}
  - avg_pool2d: {kernel_size: 2, stride: 1, padding: same}
  - center_crop: {size: 6}
  - channel_shuffle: {groups: 4}
  - batch_norm: {scale: false}
  - tokens: {patch: 2}
  - multi_head_attention: {heads: 4}
  - layer_norm
  - untokens: {height: 6, width: 6}
  - slice: {stop: 20}
  - split: {parts: [20], axis: channels}
  - add: [[], relu, relu6]
  - multiply: [[], [global_avg_pool, sigmoid]]
  - concat: [[], identity]
  - layer_scale
  - mixture_of_experts: {from: [previous, previous], active: 2, layers: [relu]}
  - adaptive_avg_pool2d: {output_size: [3, 1]}
  - linear: {out_features: 5}
  - class_token
  - position_embedding
  - multi_head_attention: {heads: 5, bias: false}
  - gelu
  - flatten
  - dropout
  - linear: {out_features: 3, bias: false}
  - tanh
  - silu
  - hard_swish
  - hard_sigmoid
"""
EVERY_LAYER_OF_SEQUENCES = """
name: Every layer of sequences, and the names that fit them
input: [8, 40]
layers:
  - conv1d: {name: first, out_channels: 16, kernel_size: 5, groups: 2, stride: 2, padding: causal}
  - depthwise_conv1d: {name: second, kernel_size: 3, multiplier: 2}
  - pointwise_conv1d: {name: third, out_channels: 24, groups: 4}
  - conv_transpose1d: {name: fourth, out_channels: 12, kernel_size: 4, stride: 2, padding: 1}
  - max_pool1d: {name: fifth, kernel_size: 3, stride: 2, padding: 1}
  - avg_pool1d: {kernel_size: 2, padding: same}
  - zero_pad1d: {padding: [2, 0]}
  - conv: {out_channels: 16, kernel_size: 3, padding: 0}
  - depthwise_conv: {kernel_size: 3}
  - pointwise_conv: {out_channels: 8}
  - conv_transpose: {out_channels: 8, kernel_size: 2, stride: 2}
  - max_pool: {kernel_size: 2, padding: same}
  - avg_pool: {kernel_size: 2, stride: 1, padding: same}
  - zero_pad: {padding: 1}
  - upsample: {scale_factor: 2, mode: bilinear}
  - multiply: [[], [global_avg_pool, sigmoid]]
  - lstm: {hidden_size: 6, num_layers: 2, bidirectional: true, proj_size: 4}
  - gru: {hidden_size: 4, bidirectional: true}
  - rnn: {hidden_size: 8, num_layers: 3, bias: false}
  - global_response_norm
  - rms_norm: {name: x}
  - einsum: {equation: "(a d) n, (a e) n -> a d e", a: 2, from: [x, x]}
  - dot_product_attention: {from: [x, x, x], heads: 2, causal: true}
  - slice: {axis: length, start: -5, stop: -1, step: 2}
  - subtract: [[], relu]
  - maximum: [[], relu]
  - minimum: [[], relu]
  - divide: [[], global_avg_pool]
  - slice: {stop: 1}
  - embedding: {num_embeddings: 100, embedding_dim: 6}
  - rearrange: {pattern: (g c) n -> (c g) n, g: 2}
  - elementwise: {function: exp}
  - reduce: {pattern: (c p) n -> c n, p: 2}
  - einsum: {name: scores, equation: "c n, c m -> n m", from: [previous, previous]}
"""
EVERY_LAYER_OF_VOLUMES = """
name: Every layer of volumes
input: [4, 4, 12, 10]
layers:
  - conv3d: {out_channels: 8, kernel_size: [3, 5, 7], groups: 2, stride: [1, 2, 2]}
  - depthwise_conv3d: {kernel_size: 3, multiplier: 2}
  - pointwise_conv3d: {out_channels: 24, groups: 4}
  - conv_transpose3d: {out_channels: 12, kernel_size: 2, stride: 2}
  - max_pool3d: {kernel_size: [1, 2, 2], padding: same}
  - avg_pool3d: {kernel_size: 2, padding: same}
  - zero_pad3d: {padding: [1, 0, 0, 1, 1, 1]}
  - batch_norm
  - upsample: {scale_factor: 2, mode: bilinear}
  - multi_head_attention: {heads: 2}
  - global_avg_pool
  - parameter: [3]
  - constant: [3]
"""
EVERY = (EVERY_LAYER, EVERY_LAYER_OF_SEQUENCES, EVERY_LAYER_OF_VOLUMES)
# What the layers' own pages and their papers say, typed in.
BY_HAND_OF_SEQUENCES = {
    "first": {
        "MACs": "D_K·M·N·n/G = 5·8·16·20/2 = 6,400",
        "params": "D_K·M·N/G + N = 5·8·16/2 + 16 = 336",
        "other ops": "N·n = 16·20 = 320",
        "activations": "N·n = 16·20 = 320",
    },
    "second": {
        "MACs": "D_K·N·n = 3·32·20 = 1,920",
        "params": "D_K·N + N = 3·32 + 32 = 128",
        "other ops": "N·n = 32·20 = 640",
        "activations": "N·n = 32·20 = 640",
    },
    "third": {
        "MACs": "M·N·n/G = 32·24·20/4 = 3,840",
        "params": "M·N/G + N = 32·24/4 + 24 = 216",
        "other ops": "N·n = 24·20 = 480",
        "activations": "N·n = 24·20 = 480",
    },
    "fourth": {
        "MACs": "D_K·M·N·n_I = 4·24·12·20 = 23,040",
        "params": "D_K·M·N + N = 4·24·12 + 12 = 1,164",
        "other ops": "N·n = 12·40 = 480",
        "activations": "N·n = 12·40 = 480",
    },
    "fifth": {"other ops": "D_K·M·n = 3·12·20 = 720"},
    "upsample": {"other ops": "2·M·n = 2·8·24 = 384"},
    "multiply.branch_2.global_avg_pool": {"other ops": "M·n_I = 8·24 = 192"},
}
BY_HAND_OF_VOLUMES = {
    "conv3d": {
        "MACs": "K_d·K_h·K_w·M·N·F_d·F_h·F_w/G = 3·5·7·4·8·4·6·5/2 = 201,600",
        "params": "K_d·K_h·K_w·M·N/G + N = 3·5·7·4·8/2 + 8 = 1,688",
        "other ops": "N·F_d·F_h·F_w = 8·4·6·5 = 960",
        "activations": "N·F_d·F_h·F_w = 8·4·6·5 = 960",
    },
    "conv_transpose3d": {
        "MACs": "D_K³·M·N·I_d·I_h·I_w = 2³·24·12·4·6·5 = 276,480",
        "params": "D_K³·M·N + N = 2³·24·12 + 12 = 2,316",
        "other ops": "N·F_d·F_h·F_w = 12·8·12·10 = 11,520",
        "activations": "N·F_d·F_h·F_w = 12·8·12·10 = 11,520",
    },
    "avg_pool3d": {"other ops": "D_K³·M·F_d·F_h·F_w = 2³·12·4·3·3 = 3,456"},
    "batch_norm": {
        "other ops": "2·M·F_d·F_h·F_w = 2·12·5·4·5 = 2,400",
        "params": "2·M = 2·12 = 24",
    },
    "upsample": {"other ops": "8·M·F_d·F_h·F_w = 8·12·10·8·10 = 76,800"},
}
BY_HAND = {
    "conv2d": {
        "MACs": "K_h·K_w·M·N·F_h·F_w/G = 3·5·8·16·12·6/2 = 69,120",
        "params": "K_h·K_w·M·N/G + N = 3·5·8·16/2 + 16 = 976",
        "other ops": "N·F_h·F_w = 16·12·6 = 1,152",
        "activations": "N·F_h·F_w = 16·12·6 = 1,152",
    },
    "group_norm": {
        "other ops": "5·M·F_h·F_w = 5·16·12·6 = 5,760",
        "params": "2·M = 2·16 = 32",
    },
    "softmax": {"other ops": "3·M·F_h·F_w = 3·16·12·6 = 3,456"},
    "upsample": {"other ops": "4·M·D_F² = 4·16·12² = 9,216"},
    "depthwise_conv2d": {
        "MACs": "D_K²·N·D_F² = 3²·32·6² = 10,368",
        "params": "D_K²·N + N = 3²·32 + 32 = 320",
        "other ops": "N·D_F² = 32·6² = 1,152",
        "activations": "N·D_F² = 32·6² = 1,152",
    },
    "conv_transpose2d": {
        "MACs": "D_K²·M·N·D_I² = 2²·32·12·6² = 55,296",
        "params": "D_K²·M·N + N = 2²·32·12 + 12 = 1,548",
        "other ops": "N·D_F² = 12·12² = 1,728",
        "activations": "N·D_F² = 12·12² = 1,728",
    },
    "pointwise_conv2d": {
        "MACs": "M·N·D_F²/G = 12·24·12²/3 = 13,824",
        "params": "M·N/G + N = 12·24/3 + 24 = 120",
        "other ops": "N·D_F² = 24·12² = 3,456",
        "activations": "N·D_F² = 24·12² = 3,456",
    },
    "max_pool2d": {"other ops": "K_h·K_w·M·D_F² = 3·2·24·7² = 7,056"},
    "avg_pool2d": {"other ops": "D_K²·M·D_F² = 2²·24·8² = 6,144"},
    "batch_norm": {"other ops": "2·M·D_F² = 2·24·6² = 1,728", "params": "M = 24"},
    "multi_head_attention_1": {
        "MACs": "4·M²·B·n + 2·M·B·n² = 4·24²·4·9 + 2·24·4·9² = 98,496",
        "params": "4·M² + 4·M = 4·24² + 4·24 = 2,400",
        "other ops": "3·B·h·n² + 4·M·B·n = 3·4·4·9² + 4·24·4·9 = 7,344",
        "activations": "4·M·B·n = 4·24·4·9 = 3,456",
    },
    "add.add": {"other ops": "2·M·D_F² = 2·20·6² = 1,440"},
    "multiply.multiply": {"other ops": "M·D_F² = 20·6² = 720"},
    "multiply.branch_2.global_avg_pool": {"other ops": "M·D_I² = 20·6² = 720"},
    "concat.concat": {},
    "layer_scale": {"params": "M = 40"},
    "linear_1": {
        "MACs": "M·N·n = 40·5·3 = 600",
        "params": "M·N + N = 40·5 + 5 = 205",
        "other ops": "N·n = 5·3 = 15",
        "activations": "N·n = 5·3 = 15",
    },
    "class_token": {"params": "M = 5"},
    "position_embedding": {"params": "M·n = 5·4 = 20"},
    "multi_head_attention_2": {
        "MACs": "4·M²·n + 2·M·n² = 4·5²·4 + 2·5·4² = 560",
        "params": "4·M² = 4·5² = 100",
        "other ops": "3·h·n² = 3·5·4² = 240",
        "activations": "4·M·n = 4·5·4 = 80",
    },
    "flatten": {},
}
COUNTS = {
    metric.title: name
    for name, metric in METRICS.items()
    if metric.of and metric.shown and not metric.is_asked_for
}
SAID_WHERE_IT_DIFFERS = {"active_params": "params", "attended_macs": "macs"}
BY_HAND_COUNTS = ("MACs", "params", "other ops", "activations")


def said(counts: dict[str, int]) -> dict[str, int]:
    """The counts that have a line: all but 0, and what is as another count says."""
    return {
        name: count
        for name, count in counts.items()
        if count and count != counts.get(SAID_WHERE_IT_DIFFERS.get(name, ""))
    }


def steps_of(text: str) -> dict[str, dict[str, str]]:
    """Of a page of formulas, what is said by layer and count."""
    found: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        head = re.fullmatch(r"(\S+) \((\w+)\), line (\d+)", line)
        if head:
            lines = found.setdefault(head[1], {})
        elif line == "together":
            lines = found.setdefault(line, {})
        elif match := re.match(r"  ([\w ]+?) += (.*)", line):
            lines[match[1]] = match[2]
    return found


def test_every_layer_type_is_here():
    types = {layer.type for text in EVERY for layer in model(text).cost().layers}
    names = {layer.type for layer in LAYERS.values() if layer.numbered}
    assert types | names == {layer.type for layer in LAYERS.values()}
    assert names <= set(re.findall(r"  - (\w+)", EVERY_LAYER_OF_SEQUENCES))


def test_fewer_tokens_than_came_in():
    one = model(
        "input: [5, 12, 1]\nlayers:\n  - avg_pool2d: {kernel_size: [2, 1]}\n"
        "  - adaptive_avg_pool2d: {output_size: [3, 1]}\n  - global_avg_pool\n"
    )
    text = "".join(str(one.formula(layer=layer.name)) for layer in one.cost().layers)
    assert [steps["other ops"] for steps in steps_of(text).values()] == [
        "K_h·M·n = 2·5·6 = 60",
        "M·n_I = 5·6 = 30",
        "M·n_I = 5·3 = 15",
    ]


@pytest.mark.parametrize(
    ("network", "name", "formulas"),
    [
        (text, name, formulas)
        for text, by_hand in zip(
            EVERY, (BY_HAND, BY_HAND_OF_SEQUENCES, BY_HAND_OF_VOLUMES), strict=True
        )
        for name, formulas in by_hand.items()
    ],
)
def test_a_layers_formulas(network, name, formulas):
    text = str(model(network).formula(layer=name))
    steps = steps_of(text)[name]
    assert {label: steps[label] for label in BY_HAND_COUNTS if label in steps} == formulas
    assert ("costs nothing" in text) == (not steps)


def letters_evaluate(text: str, counts: dict[str, int]) -> None:
    """The formula's numbers give the count; what is left of it is the count itself."""
    for name, steps in steps_of(text).items():
        if name == "together":
            continue
        for label, line in steps.items():
            *formula, exact = line.split(" = ")
            assert int(exact.replace(",", "")) == counts[COUNTS[label]]
            if len(formula) == 2:  # a letter by itself has its number behind it
                assert re.search(r"[A-Za-z]", formula[0])
                assert value(plain(formula[1]), {}) == counts[COUNTS[label]]


def test_the_page_says_what_its_letters_are():
    every = model(EVERY_LAYER_OF_SEQUENCES)
    assert str(every.formula(layer="second")).splitlines()[-1] == (
        "D_K: side of the kernel. M, N: input and output channels. n: places of a sequence."
    )
    for text in EVERY:
        for layer in model(text).cost().layers:
            page = str(model(text).formula(layer=layer.name))
            letters = {name for line in layer_formula(layer.node).lines for name in line.numbers}
            legend = page.splitlines()[-1] if letters else ""
            assert all(re.search(rf"\b{name}\b[^.]*:", legend) for name in letters)


def test_the_numbers_put_in_give_the_value():
    for text in (*EVERY, Path(NETWORKS["alexnet"]).read_text("utf-8")):
        one = model(text)
        for layer in one.cost().layers:
            shown = str(one.formula(layer=layer.name))
            assert f"line {layer.line}\n" in shown
            counts = {name: getattr(layer, name) for name in COUNTS.values()}
            assert len(said(counts)) == len(steps_of(shown)[layer.name])
            letters_evaluate(shown, counts)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_layer_of_each_network(name):
    """By SymPy: the form with its numbers put in is what the cost table says."""
    path = NETWORKS[name]
    named = costcalc.load(path)
    seen = set()
    for variant in list(named.file.variants or (None,))[:2]:
        for layer in costcalc.load(path, variant).cost().layers:
            formula = layer_formula(layer.node)
            lines = {line.metric: line for line in formula.lines}
            assert (formula.name, formula.type, formula.line) == (
                layer.name,
                layer.type,
                layer.line,
            )
            counts = said({metric: getattr(layer, metric) for metric in COUNTS.values()})
            assert lines.keys() == counts.keys()
            for metric, count in counts.items():
                line = lines[metric]
                assert line.value == count
                assert line.numbers.keys() == line.form.variables
                key = (metric, line.form, tuple(sorted(map(str, line.numbers.items()))))
                if key not in seen:
                    seen.add(key)
                    assert put_in(line.form, line.numbers) == count, layer


def test_a_block_lists_its_layers_and_the_sum(capsys):
    name = "depthwise_separable_2"
    steps = steps_of(output(capsys, "mobilenet", "--layer", name))
    layers = [
        layer
        for layer in costcalc.load("mobilenet").cost().layers
        if layer.name.startswith(f"{name}.")
    ]
    assert list(steps) == [*(layer.name for layer in layers), "together"]
    assert len(layers) == 6
    sums = said({c: sum(getattr(layer, c) for layer in layers) for c in COUNTS.values()})
    assert steps["together"] == {METRICS[name].title: f"{count:,}" for name, count in sums.items()}
    assert steps[f"{name}.depthwise_bn_act.depthwise_conv2d"]["MACs"] == (
        "D_K²·M·D_F² = 3²·64·56² = 1,806,336"
    )
    assert steps[f"{name}.conv_bn_act.conv2d"]["MACs"] == "M·N·D_F² = 64·128·56² = 25,690,112"


def test_a_layer_at_a_setting(capsys):
    args = ("mobilenet", "--layer", "linear", "--alpha", "0.5", "--resolution", "128x96")
    text = output(capsys, *args)
    assert "input 3×128×96   alpha 0.5" in text
    assert steps_of(text)["linear"]["MACs"] == "M·N = 512·1,000 = 512,000"
    assert "together" not in text
    text = output(capsys, "mobilenet", "--layer", "conv_bn_act.conv2d", "--resolution", "128x96")
    assert steps_of(text)["conv_bn_act.conv2d"]["MACs"] == (
        "D_K²·M·N·F_h·F_w = 3²·3·32·64·48 = 2,654,208"
    )
    text = output(capsys, "mobilenet", "--layer", "linear", "--set", "classes=7", "--rho", "6/7")
    assert steps_of(text)["linear"]["params"] == "M·N + N = 1,024·7 + 7 = 7,175"
    called = costcalc.load("mobilenet").formula({"classes": 7}, layer="linear", rho="6/7")
    assert str(called) == text


def test_a_layer_as_latex_and_json(capsys):
    name = "depthwise_separable_2"
    table = {layer.name: layer for layer in costcalc.load("mobilenet").cost().layers}
    document = json.loads(output(capsys, "mobilenet", "--layer", name, "--format", "json"))
    assert document.keys() == {"schema_version", "network", "path", "alpha", "input", "layers"}
    assert (document["network"], document["alpha"]) == ("mobilenet", "1")
    assert document["input"] == [3, 224, 224]
    displays = bodies(output(capsys, "mobilenet", "--layer", name, "--format", "latex"))
    assert len(document["layers"]) == len(displays) == 6
    for layer, display in zip(document["layers"], displays, strict=True):
        assert layer.keys() == {"name", "type", "line", "formulas"}
        row = iter(display)
        for formula in layer["formulas"]:
            assert formula.keys() == {"metric", "formula", "python", "symbols", "value"}
            assert formula["value"] == getattr(table[layer["name"]], formula["metric"])
            letters = {letter: Fraction(number) for letter, number in formula["symbols"].items()}
            (label, symbols), (_, numbers) = next(row), next(row)
            assert COUNTS[label.removeprefix(r"\text{").removesuffix("}")] == formula["metric"]
            assert value(formula["python"], letters) == formula["value"]
            assert value(plain(formula["formula"]), letters) == formula["value"]
            assert value(from_latex(symbols), letters) == formula["value"]
            put_in, _, exact = numbers.rpartition(" = ")
            assert value(from_latex(put_in), {}) == formula["value"]
            assert value(from_latex(exact), {}) == formula["value"]


# JSON of a whole network


def test_the_law_as_json(capsys, tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(
        PIECES.replace("layers:", "layers:\n  - relu: {when: in_channels == in_height}"), "utf-8"
    )
    document = json.loads(output(capsys, str(path), "--format", "json"))
    assert document.keys() == {
        "schema_version",
        "network",
        "path",
        "symbols",
        "macs",
        "params",
        "decisions",
        "differences",
        "invalid_settings",
    }
    assert document["symbols"] == {"alpha": "1", "rho": "1"}
    assert document["path"] == str(path)
    assert document["decisions"] == [
        {"left": "100·ρ", "comparison": "==", "right": "3", "outcome": False}
    ]
    below, above = document["macs"]["pieces"]
    assert below["where"] == {
        "alpha": {"from": None, "to": "1/2", "from_open": True, "to_open": True}
    }
    assert above["where"] == {
        "alpha": {"from": "1/2", "to": None, "from_open": False, "to_open": True}
    }
    assert below["terms"] == [
        {"coefficient": "5760000", "alpha": 2, "rho": 2},
        {"coefficient": "240000", "alpha": 1, "rho": 2},
    ]
    assert above["formula"] == "240,000·α·ρ²"
    for metric in ("macs", "params"):
        for piece in document[metric]["pieces"]:
            for alpha, rho in ((1, 1), (Fraction(1, 3), Fraction(6, 7))):
                numbers = {"alpha": Fraction(alpha), "rho": Fraction(rho)}
                expected = sum(
                    Fraction(term["coefficient"]) * alpha ** term["alpha"] * rho ** term["rho"]
                    for term in piece["terms"]
                )
                assert value(piece["python"], numbers) == expected
                assert value(plain(piece["formula"]), numbers) == expected
    assert document["invalid_settings"] == 0
    for metric, worst in document["differences"].items():
        assert worst.keys() == {
            "relative",
            "relative_float",
            "alpha",
            "resolution",
            "law",
            "exact",
        }
        relative = Fraction(worst["law"]) / worst["exact"] - 1
        assert Fraction(worst["relative"]) == relative
        assert worst["relative_float"] == float(relative)
        totals = costcalc.load(str(path)).cost(
            alpha=worst["alpha"], resolution=tuple(worst["resolution"])
        )
        assert worst["exact"] == getattr(totals.totals, metric)
        assert type(worst["exact"]) is int


def test_the_law_of_mobilenet_as_json(capsys):
    args = ("mobilenet", "--format", "json", "--free", "deep", "--set", "classes=10")
    document = json.loads(output(capsys, *args))
    assert document["set"] == {"classes": "10"}
    assert document["network"] == "mobilenet"
    assert document["symbols"] == {"alpha": "1", "rho": "1", "deep": "5"}
    (piece,) = document["macs"]["pieces"]
    assert {"coefficient": "51380224", "alpha": 2, "rho": 2, "deep": 1} in piece["terms"]
    assert {"coefficient": "10240", "alpha": 1, "rho": 0, "deep": 0} in piece["terms"]
    assert len(piece["terms"]) == 5


def test_terms_of_what_is_no_polynomial():
    one = model(
        f"{HEAD}params: {{n: 2}}\nlayers:\n  - conv2d: {{out_channels: 8 // n, kernel_size: 1}}\n"
    )
    document = json.loads("".join(one.formula(free="n").json()))
    (piece,) = document["params"]["pieces"]
    assert piece["terms"] is None
    assert value(piece["python"], {"alpha": 1, "rho": 1, "n": Fraction(4)}) == 8


def test_the_exact_formula_as_json(capsys):
    document = json.loads(output(capsys, "mobilenet", "--exact", "--format", "json"))
    assert document.keys() == {
        "schema_version",
        "network",
        "path",
        "symbols",
        "definitions",
        "macs",
        "params",
    }
    assert document["symbols"] == ["alpha", "rho"]
    names = {"alpha": Fraction(1), "rho": Fraction(6, 7), "max": max}
    for definition in document["definitions"]:
        assert definition.keys() == {"name", "python"}
        names[definition["name"]] = eval(definition["python"], dict(names))
    totals = costcalc.load("mobilenet").cost(rho="6/7").totals
    assert eval(document["macs"]["python"], dict(names)) == totals.macs
    assert eval(document["params"]["python"], dict(names)) == totals.params


# Pages


def test_the_page_of_the_law(capsys):
    text = output(capsys, "mobilenet")
    assert "MACs   = 539,492,352·α²·ρ² + 28,224,000·α·ρ² + 1,024,000·α\n" in text
    assert "params = 3,139,584·α² + 1,091,392·α + 1,000\n" in text
    assert re.search(
        r"largest difference from the exact integers, over alpha 0\.25\.\.1\.0:0\.01", text
    )
    assert re.search(r"height 96 to 224", text)
    assert re.search(
        r"MACs +-23\.02 % at alpha 1, 97×97: 107,482,131 by the law, 139,621,312", text
    )
    assert re.search(r"params \+0\.59 % at alpha 0\.33, 96×96: 703,060 by the law, 698,965", text)
    assert "where" not in text
    assert "cannot be built" not in text
    assert "taken as" not in text


def test_the_page_of_a_law_in_pieces(capsys):
    text = output(capsys, "mobilenet_v2")
    assert (
        "MACs   = 247,869,440·α²·ρ² + 51,624,832·α·ρ² + 1,280,000\n         where α ≤ 1\n"
        "MACs   = 267,939,840·α²·ρ² + 31,554,432·α·ρ² + 1,280,000·α\n         where 1 < α\n"
    ) in text
    text = str(
        model(
            f"{HEAD}layers:\n{STEM}"
            "  - conv2d: {when: 1/3 <= alpha < 1/2, out_channels: 8, kernel_size: 3}\n"
            f"  - max_pool2d: {{when: rho <= 6/7, kernel_size: 2}}\n{STEM}"
        ).formula()
    )
    assert "where 1/3 ≤ α < 1/2 and 6/7 < ρ\n" in text
    assert "where 1/2 ≤ α and ρ ≤ 6/7\n" in text
    # What has no border of its own shows none.
    text = str(
        model(
            f"{HEAD}layers:\n  - max_pool2d: {{when: rho < 1/2, kernel_size: 2}}\n{STEM}"
        ).formula()
    )
    assert text.count("MACs   =") == 2
    assert text.count("params =") == 1
    assert "params = 32·α\n\n" in text
    text = str(
        model(
            f"{HEAD}layers:\n{STEM}"
            "  - conv2d: {when: alpha < 1/4, out_channels: 8, kernel_size: 3}\n"
            f"  - max_pool2d: {{when: alpha < 1/2, kernel_size: 2}}\n{STEM}"
        ).formula()
    )
    assert re.findall(r" where (.*)", text) == [
        "α < 1/4",
        "1/4 ≤ α < 1/2",
        "1/2 ≤ α",
        "α < 1/4",
        "1/4 ≤ α",
    ]


def test_the_page_says_what_is_free_and_given(capsys):
    text = output(capsys, "mobilenet", "--free", "deep", "--free", "classes")
    assert "; deep and classes free\n" in text
    assert "1,024·α·classes" in text
    text = output(capsys, "mobilenet_conv", "--set", "classes=10", "--exact")
    assert "classes 10\n" in text
    assert text.startswith("MobileNet (mobilenet_conv)")


def test_lines_are_broken_at_terms(capsys):
    text = output(capsys, "mobilenet_v2", "--exact")
    lines = text.partition("\nwhere\n")[0].splitlines()[3:]
    assert 60 < max(map(len, lines)) <= 80
    further = [line for line in lines if line.startswith("         ")]
    assert len(further) > 3
    assert all(line[9:11] in ("+ ", "- ") for line in further)


def test_the_page_of_the_exact_formula(capsys):
    text = output(capsys, "mobilenet_v2", "--exact")
    assert "divisible(n, d): the multiple of d nearest to n, at least d, and at least 0.9·n" in text
    assert "  c₁ = divisible(32·α, 8)\n" in text
    text = output(capsys, "mobilenet", "--exact")
    assert "divisible" not in text
    assert "\nwhere\n  c₁ = max(1, ⌊32·α⌋)\n" in text


def test_a_vector_of_fixed_widths_needs_no_definitions():
    text = str(model("input: [4]\nlayers:\n  - linear: {out_features: 3}\n").formula(exact=True))
    assert "MACs   = 12\nparams = 15\n" in text
    assert "\nwhere\n" not in text


# Python source of the law


def test_the_source_of_a_law_in_pieces():
    one = model(
        f"{HEAD}layers:\n{STEM}  - conv2d: {{when: 1/4 < alpha <= 1/2, out_channels: 8,"
        " kernel_size: 3}\n  - max_pool2d: {when: rho < 1/2, kernel_size: 2}\n" + STEM
    )
    formula = one.formula()
    by_source = run_source("".join(formula.python()))
    law = formula.result
    for alpha in (Fraction(k, 48) for k in range(1, 60)):
        for rho in (Fraction(1, 3), Fraction(1, 2), Fraction(1)):
            (piece,) = (
                piece
                for piece in law.pieces
                if all(
                    interval.holds({"alpha": alpha, "rho": rho}[symbol])
                    for symbol, interval in piece.where.items()
                )
            )
            point = {"alpha": alpha, "rho": rho}
            expected = tuple(put_in(piece.forms[metric], point) for metric in ("macs", "params"))
            assert by_source(alpha, rho) == expected
            assert by_source(float(alpha), float(rho)) == pytest.approx(tuple(map(float, expected)))


def test_python_only_of_a_whole_network(capsys):
    for args in ((), ("mobilenet", "--layer", "linear")):
        text = fault(capsys, *args, "--format", "python")
        assert "Python source defines macs and params of a whole network" in text
        assert "hint: name a network, and leave --layer out" in text
    assert "def macs(alpha, rho):" in output(capsys, "mobilenet", "--format", "python")


# What a user may type


@pytest.fixture
def pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "pieces.yaml"
    path.write_text(
        PIECES.replace(
            "layers:", "params: {n: 3, on: true, many: [1, 2], zero: 0, e: n + 1}\nlayers:"
        ),
        "utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (["mobilenet", "--free", "depp"], "no param 'depp'", "did you mean 'deep'?"),
        (["mobilenet", "--free", "zz"], "no param 'zz'", "it has unit, deep, classes"),
        (["mobilenet", "--free", "alpha"], "no param 'alpha'", "it has unit, deep, classes"),
        (["mobilenet", "--free", "unit"], "'unit' is not a plain number", None),
        (["pieces", "--free", "on"], "'on' is not a plain number", None),
        (["pieces", "--free", "many"], "'many' is not a plain number", None),
        (["pieces", "--free", "e"], "'e' is not a plain number", None),
        (
            ["pieces", "--free", "zero"],
            "the param 'zero' is 0: a symbol stands for 1 or more",
            None,
        ),
        (
            ["mobilenet", "--free", "deep", "--set", "deep=3"],
            "deep cannot both have a value and stay a symbol",
            None,
        ),
        (["mobilenet", "--exact", "--free", "unit"], "'unit' is not a plain number", None),
        (["mobilenet", "--set", "deep=1..3"], "deep: give one value", None),
        (["mobilenet", "--set", "depp=1"], "no param 'depp'", "did you mean 'deep'?"),
        (
            ["mobilenet", "--layer", "linear", "--exact"],
            "cannot be combined with exact or free",
            None,
        ),
        (
            ["mobilenet", "--layer", "linear", "--free", "deep"],
            "cannot be combined with exact or free",
            None,
        ),
        (
            ["mobilenet", "--layer", "depthwise_seperable_2"],
            "no layer or block of MobileNet is named 'depthwise_seperable_2'",
            "did you mean 'depthwise_separable_2'?",
        ),
        (["mobilenet", "--layer", "zzzz"], "is named 'zzzz'", "costcalc analyze --depth all"),
        (["mobilenet", "--alpha", "1"], "alpha and rho are symbols", "--layer puts numbers in"),
        (["mobilenet", "--rho", "1", "--exact"], "alpha and rho are symbols", "--layer"),
        (["mobilenet", "--resolution", "96"], "alpha and rho are symbols", "--layer"),
        (["mobilenet", "--layer", "linear", "--rho", "1", "--resolution", "9"], "not both", None),
        (["mobilnet"], "mobilnet", "did you mean 'mobilenet'?"),
        (["mobilenet", "--format", "csv"], "csv", None),
        (["mobilenet", "--variant", "small"], "small", "it has mobilenet, mobilenet_conv"),
        (["mobilenet", "mobilenet_v2"], "unexpected extra argument", None),
        (["--exact"], "these options need a network", None),
        (["--free", "deep"], "these options need a network", None),
        (["--layer", "linear"], "these options need a network", None),
        (["--variant", "mobilenet"], "these options need a network", None),
        (["--set", "deep=1"], "these options need a network", None),
        (["--alpha", "1"], "these options need a network", None),
        (["--rho", "1/2"], "these options need a network", None),
        (["--resolution", "96"], "these options need a network", None),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_faults(capsys, pieces, args, message, hint):
    text = fault(capsys, *args)
    assert message in text
    if hint:
        assert "hint: " in text
        assert hint in text


def test_the_call_refuses_what_the_command_does():
    one = costcalc.load("mobilenet")
    with pytest.raises(CostcalcError, match="symbols of the formula"):
        one.formula(alpha="0.5")
    with pytest.raises(CostcalcError, match="cannot be combined with exact or free"):
        one.formula(layer="linear", exact=True)
    with pytest.raises(CostcalcError, match="whole network"):
        costcalc.formula().python()
    assert str(one.formula(free="deep")) == str(one.formula(free=["deep"]))
    assert str(one.formula({"deep": 0})) == str(
        costcalc.load("mobilenet_shallow").formula()
    ).replace("(mobilenet_shallow)", "(mobilenet)").replace("rounded\n", "rounded\ndeep 0\n")


def test_a_network_that_cannot_be_built_is_told_with_the_place(capsys, pieces):
    text = PIECES.replace("when: alpha < 1/2", "groups: 5")
    pieces.write_text(text, "utf-8")
    assert fault(capsys, "pieces") == (
        "pieces.yaml:4:5: conv2d: groups 5 does not divide in_channels 8\n"
    )
    pieces.write_text(PIECES.replace("when: alpha < 1/2", "when: 3"), "utf-8")
    assert fault(capsys, "pieces").startswith("pieces.yaml:4:20: when must be true or false")


def test_output_to_a_file(capsys, pieces):
    for more in (
        ("pieces",),
        ("pieces", "--exact", "--format", "latex"),
        ("pieces", "--format", "python"),
        ("--format", "json"),
    ):
        shown = output(capsys, *more)
        assert output(capsys, *more, "--output", "out") == ""
        assert Path("out").read_text("utf-8") == shown


def test_hostile_names_are_shown_as_they_are(capsys, pieces):
    pieces.write_text('name: "[red]x[/red] \\e[31m\\u202e"\n' + PIECES, "utf-8")
    for more in ((), ("--exact",), ("--layer", "conv2d")):
        text = output(capsys, "pieces", *more)
        assert text.startswith("[red]x[/red] \\x1b[31m\\u202e  pieces.yaml\n")


def loaded(*args: str) -> set[str]:
    program = (
        "import sys; from costcalc.cli import run; code = run(sys.argv[1:]); "
        "sys.stderr.write(' '.join(sys.modules)); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *args], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_help_loads_no_formulas():
    assert not loaded("formula", "--help") & {"numpy", "sympy", "rich", "costcalc.formulas"}


@pytest.mark.parametrize(
    "args",
    ["", "mobilenet", "mobilenet_v2 --format json", "mobilenet --exact --format python"],
)
def test_a_formula_loads_nothing_heavy(args):
    modules = loaded("formula", *args.split())
    assert not modules & {"numpy", "sympy", "rich.console", "matplotlib"}


def test_a_shell_may_run_what_is_printed(tmp_path):
    """The source is a module of its own that needs nothing of this package."""
    source = "".join(costcalc.load("mobilenet").formula(exact=True, free="deep").python())
    (tmp_path / "cost.py").write_text(source, "utf-8")
    program = "import cost; print(cost.macs('0.75', '6/7', 5), cost.params(0.75, 1, deep=5))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
    )
    assert done.stdout == "239273472 2585560\n"
