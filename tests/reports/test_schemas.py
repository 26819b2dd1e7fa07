"""What commands write as JSON is what their schemas say, no key more and none less."""

import json
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO

import jsonschema
import pytest
from support.networks import NETWORKS
from support.repositories import Repo, isolate

import costcalc
from costcalc.cli import run
from costcalc.metrics import METRICS
from costcalc.reports.formats import REPORTS
from costcalc.reports.schema import outputs

NET = """\
name: Net
input: [3, 32, 32]
params: {deep: 2, unit: conv_bn_act, on: true, width: 8}
budgets:
  - {macs: {max: 1k, warn: 50%, growth: 5%}, params: {warn: 10}}
  - {alpha: 1/2, resolution: 16x16, macs: 1}
  - {rho: 0.5, batch: 3, layers: [{match: head*, macs: 1}]}
  - {convention: fvcore, total: 1}
  - {dtype: float32, arena: 1kB}
  - {bits: {conv2d: 4/8}, optimizer: adam, training_memory: 1GB}
  - {device: stm32h747, latency: 1ms}
layers:
  - conv_bn_act: {out_channels: width, kernel_size: 3, stride: 2, padding: 1}
  - depthwise_separable: {out_channels: 16, repeat: deep}
  - $unit: {out_channels: 8, kernel_size: 1, when: on}
  - global_avg_pool
  - linear: {out_features: 10, name: head}
  - relu  # which is warned of: no output needs it
  - identity: {from: head}
"""
SPACE = """\
input: [3, 32, 32]
layers:
  - conv2d: {out_channels: {any: [8, 16]}, kernel_size: {any: [3, 5]}, repeat: {any: 1..2}}
"""
FILES = {
    "net.yaml": NET,
    "moved.yaml": NET.replace("Net", "Moved"),
    "gone.yaml": NET.replace("Net", "Gone"),
    "variants.yaml": NET.replace("budgets:", "variants: {one: {}, two: {alpha: 0.5}}\nbudgets:")
    .replace("{macs: {max", "{variant: one, macs: {max")
    .replace("- {alpha", "- {variant: one, alpha")
    .replace("- {rho", "- {variant: one, rho")
    .replace("- {convention", "- {variant: one, convention")
    .replace("- {dtype", "- {variant: one, dtype")
    .replace("- {device", "- {variant: one, device"),
    "free.yaml": "input: [3, 8, 8]\nlayers: [conv2d: {out_channels: 8, kernel_size: 3}]\n",
    "taken.yaml": "input: [3, 8, 8]\nparams: {macs: 1}\n"
    "layers: [conv2d: {out_channels: macs, kernel_size: 3, groups: 1}]\n",
    "pieces.yaml": "input: [3, 100, 100]\nlayers:\n"
    "  - relu: {when: in_channels == in_height}\n"
    "  - conv2d: {when: alpha < 1/2, out_channels: 8, kernel_size: 3}\n",
    "space.yaml": SPACE,
    "kept_space.yaml": SPACE + "budgets: {macs: 1G, fit: 1}\n",
    "faulty_space.yaml": SPACE.replace("repeat: {any: 1..2}", "groups: {any: [1, 3]}, name: a"),
    "score.yaml": "a.kernel_size: {3: 0, 5: 0.5}\n",
    "measured.csv": "net,alpha,resolution,latency_ms\nmobilenet,0.25,96,31.2\nresnet8,,,30.1\n"
    "mobilenet,0.5,96,94\n",
    "plain.yaml": "just: text\n",
    "net.cfg": "[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=8\n",
    "costcalc.yaml": "version: 1\nbudgets:\n"
    "  - {match: '*.yaml', message: too much, limits: {params: 1G}}\n",
}
CHANGED = {
    "net.yaml": NET.replace("width: 8", "width: 16").replace("stride: 2", "stride: 1"),
    "new.yaml": NET.replace("Net", "New"),
    "variants.yaml": FILES["variants.yaml"].replace("deep: 2", "deep: 3"),
    "faulty.yaml": NET,
}
COMMANDS = {
    "analyze": [
        "analyze mobilenet net.yaml resnet shufflenet_v2_x1_0 vit_tiny_patch16 net.cfg",
        "analyze resnet8 net.yaml --memory --no-fused",
        "analyze mobilenet --alpha 6/7 --resolution 97x111 --convention fvcore --fold-batch-norm",
    ],
    "sweep": [
        "sweep --alpha 0.25..1.0 --rho 0.5,5/7",
        "sweep --alpha 0.25..1.0 --resolution 128,96x160 --max macs=150M --max params=1M",
        "sweep --set deep=0..3 --set classes=1..2 --metric flops,share,ratio,activations,top1",
        "sweep net.yaml --set deep=1,2 --set on=true,false --alpha 1/2 --set width=5",
        "sweep --alpha 0.25..1.0 --resolution 128..224 --pareto --convention thop"
        " --fold-batch-norm",
        "sweep net.yaml --batch 1..2 --metric peak_memory,intensity --max arena=4KiB",
        "sweep taken.yaml --set macs=1..3 --metric total,convention_params,other_ops",
    ],
    "solve": [
        "solve mobilenet --max macs=150M",
        "solve mobilenet --max macs=150M --vary alpha,resolution --set deep=2",
        "solve mobilenet --max macs=1",
        "solve mobilenet --max arena=100KiB --dtype float16",
        "solve mobilenet --max total=150M --convention fvcore --fold-batch-norm --resolution 160",
        "solve mobilenet --max convention_params=3M --range deep=0..3",
    ],
    "formula": [
        "formula",
        "formula mobilenet",
        "formula mobilenet_v3_large",
        "formula mobilenet --exact",
        "formula resnet8 --metric peak_memory,flash --exact",
        "formula resnet8 --metric peak_memory,macs --dtype float32",
        "formula mobilenet --free deep --set classes=10",
        "formula mobilenet --exact --set deep=1",
        "formula mobilenet --layer depthwise_separable_2",
        "formula mobilenet --layer linear --alpha 1/2 --resolution 160",
        "formula pieces.yaml --batch 2",
    ],
    "memory": [
        "memory net.yaml resnet8",
        "memory resnet8 --patches 2",
        "memory densenet --zero-copy-concat --in-place --order best --plan best",
    ],
    "check": [
        "check net.yaml free.yaml --max macs=1",
        "check mobilenet_v2 --max macs=200M",
        "check . --base HEAD",
        "check kept_space.yaml",
        "check --base HEAD --growth macs=1%",
        "check variants.yaml --variant two --max macs=1",
        "check free.yaml --max total=1 --convention thop --fold-batch-norm",
    ],
    "diff": [
        "diff net.yaml free.yaml",
        "diff HEAD",
        "diff HEAD --convention fvcore --fold-batch-norm",
        "diff net.yaml net.yaml",
        "diff net.yaml free.yaml --memory",
    ],
    "conventions": [
        "conventions",
        "conventions mobilenet",
        "conventions mobilenet fvcore thop",
    ],
    "space": [
        "space space.yaml --max macs=1M",
        "space space.yaml --sample 2 --seed 1",
        "space space.yaml --largest macs --max params=100k",
        "space space.yaml --max peak_memory=1MiB --dtype float32",
        "space space.yaml --pareto macs,params",
        "space vww_mobilenets --max macs=1G --set classes=10",
        "space proxylessnas --max macs=300M --max params=5M",
        "space space.yaml --min macs=1 --max total=1M --convention fvcore --fold-batch-norm",
        "space faulty_space.yaml --score score.yaml --alpha 1/2 --measure choices",
        "space space.yaml --draws 20 --max macs=1M --min params=1",
        "space space.yaml --draws 20 --sample 2 --seed 1 --measure choices",
        "space vww_mobilenets --draws 5 --metric arena,intensity --dtype float32 --set classes=10",
        "space faulty_space.yaml --draws 20 --measure choices --alpha 1/2",
        "space space.yaml --draws 20 --max latency=1ms --device stm32h747",
    ],
    "deploy": [
        "deploy net.yaml resnet8 --device stm32h747 --device note10 --device nucleo_l4r5zi",
    ],
    "lint": ["lint vww_mobilenet --device stm32h747", "lint squeezenet free.yaml"],
    "devices": ["devices", "devices stm32h747"],
    "calibrate": ["calibrate measured.csv --dtype int8"],
    "list": ["list --convention thop --fold-batch-norm", "list --published", "list --spaces"],
}


@pytest.fixture
def networks(tmp_path, monkeypatch):
    """A folder where networks changed since the last commit."""
    isolate(monkeypatch, tmp_path)
    repo = Repo(tmp_path / "repo")
    for name, text in FILES.items():
        repo.write(name, text)
    repo.write("faulty.yaml", NET.replace("conv_bn_act:", "conv_bn_acts:"))
    repo.git("add", "-A")
    repo.git("commit", "-qm", "before")
    repo.git("commit", "--allow-empty", "-qm", "nothing")
    repo.git("mv", "moved.yaml", "elsewhere.yaml")
    repo.git("rm", "-q", "gone.yaml")
    for name, text in CHANGED.items():
        repo.write(name, text)
    monkeypatch.chdir(repo.folder)


def document(line: str):
    with redirect_stdout(StringIO()) as out:
        assert run([*shlex.split(line), "--format", "json"]) in (0, 1), line
    return json.loads(out.getvalue())


def objects(schema):
    """Every object that a schema describes."""
    if schema.get("type") in ("object", ["object", "null"]):
        yield schema
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [*schema.get("oneOf", ()), schema.get("items"), schema.get("additionalProperties")]
    for own in inner:
        if isinstance(own, dict):
            yield from objects(own)


def records(document) -> Iterator[dict]:
    """Every object of a document."""
    inner = document if isinstance(document, list) else ()
    if isinstance(document, dict):
        yield document
        inner = document.values()
    for value in inner:
        yield from records(value)


def test_every_command_that_writes_json_is_tried():
    assert set(COMMANDS) == set(outputs())
    for report, own in REPORTS.items():
        assert ("records" in own) == ("schema" in own), report


@pytest.mark.parametrize("command", COMMANDS)
def test_a_schema_is_one_and_says_what_every_key_means(command):
    schema = costcalc.schema(command)
    jsonschema.Draft202012Validator.check_schema(schema)
    for own in objects(schema):
        assert "additionalProperties" in own
        for key, inner in own.get("properties", {}).items():
            assert inner.get("description", "").endswith("."), key


@pytest.mark.parametrize("command", COMMANDS)
def test_outputs_are_what_the_schema_says(networks, command):
    schema = costcalc.schema(command)
    check = jsonschema.Draft202012Validator(schema)
    documents = [document(line) for line in COMMANDS[command]]
    for line, whole in zip(COMMANDS[command], documents, strict=True):
        error = jsonschema.exceptions.best_match(check.iter_errors(whole))
        assert error is None, f"{line}: {error.json_path}: {error.message}"

    known = {key for own in objects(schema) for key in own.get("properties", ())}
    written = {key for one in records(documents) for key in one}
    assert known - written - METRICS.keys() == set()  # of metrics, not all are asked for

    refused = refused_keys(check, documents)
    for own in objects(schema):
        if own["additionalProperties"] is False:
            known, needed = own["properties"].keys(), set(own["required"])
            assert any(needed <= keys <= known for keys in refused), known


def refused_keys(check, documents) -> list[frozenset[str]]:
    """The keys of the objects that no other key can be added to, one of each kind."""
    found: dict[frozenset[str], bool] = {}
    for whole in sorted(documents, key=lambda one: len(str(one))):
        for one in list(records(whole)):
            keys = frozenset(one)
            if keys not in found:
                one["toy"] = {"toy": []}
                found[keys] = not check.is_valid(whole)
                del one["toy"]
    return [keys for keys, is_refused in found.items() if is_refused]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_and_the_call_give_the_same(capsys, command):
    assert run(["schema", command]) == 0
    assert json.loads(capsys.readouterr().out) == costcalc.schema(command)


def test_without_an_output_it_is_the_schema_of_the_language(capsys):
    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == costcalc.schema()


def test_a_command_without_json_is_refused(capsys):
    assert run(["schema", "analyse"]) == 2
    assert capsys.readouterr().err == (
        "error: no command 'analyse' writes JSON\n  hint: did you mean 'analyze'?\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_as_the_schema_of_analyze_says(name):
    check = jsonschema.Draft202012Validator(costcalc.schema("analyze"))
    check.validate(document(f"analyze {shlex.quote(NETWORKS[name])}"))
