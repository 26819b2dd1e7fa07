"""Broken and hostile files of other formats: refused with their place, soon, in little memory."""

import json
import re
import struct
import zipfile

import pytest
from support.measured import run

SECONDS, MEBIBYTES = 6.0, 200
"""What each may take at most."""
ROW = "backbone:\n  - [-1, 1, Conv, [8]]\n"
NET = "[net]\nwidth=8\nheight=8\nchannels=3\n"
DATA = 'input: "data" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }\n'
PARAM = "7767517\n1 1\nInput data 0 1 data 0=8 1=8 2=3\n"


def keras(*layers: dict) -> str:
    return json.dumps({"class_name": "Functional", "config": {"name": "m", "layers": [*layers]}})


def layer(kind: str, name: str, reads: str | None = None, **config: object) -> dict:
    nodes = [[[reads, 0, 0, {}]]] if reads else []
    return {"class_name": kind, "config": {"name": name, **config}, "inbound_nodes": nodes}


INPUT = layer("InputLayer", "i", batch_input_shape=[None, 4])
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
# The file's name, what is in it, the place and what is said there.
FILES = {
    "billion laughs": ("n.yaml", BOMB + ROW + "head: []\n", "1:1: .*aliases expand to over"),
    "a circle of rows": (
        "n.yaml",
        "backbone: [[1, 1, Conv, [8]], [0, 1, Conv, [8]]]\nhead: []\n",
        "1:13: row 0 reads row 1, which is not before it",
    ),
    "negative from": (
        "n.yaml",
        "backbone: [[-5, 1, Conv, [8]]]\nhead: []\n",
        "1:13: row 0 reads row -5, which is before the first",
    ),
    "huge repeats": (
        "n.yaml",
        "backbone: [[-1, 99999999999, Conv, [8]]]\nhead: []\n",
        "1:17: repeats must be a number from 1 to 1,000",
    ),
    "many repeats": (
        "n.yaml",
        "backbone:\n" + "  - [-1, 1000, C2f, [8]]\n" * 1900 + "head: []\n",
        r"\d:16: the network has more than 50,000 items",
    ),
    "no head": ("n.yaml", ROW, "1:1: the model has no head"),
    "a scale that is not there": (
        "n.yaml",
        "scales: {n: [1, 1, 64]}\nscale: z\n" + ROW + "head: []\n",
        "2:8: the file has no scale 'z'",
    ),
    "another .cfg": (
        "n.cfg",
        "[metadata]\nname = x\n",
        "1:1: this is neither a network of costcalc nor Darknet .cfg\n.*before all others",
    ),
    "a solver": ("n.prototxt", "base_lr: 0.01\n", "1:1: this is neither .* nor Caffe .prototxt"),
    "no magic": ("n.param", PARAM[8:], "1:1: this is neither .*\n.*7767517 in its first line"),
    "another .json": (
        "n.json",
        '{"hidden_size": 8}',
        "1:1: this is neither .* nor Keras model JSON nor Hugging Face config.json\n.*model_type",
    ),
    "no rows": ("n.yaml", "backbone: []\nhead: []\n", "1:11: the network has no layers"),
    "scales the wrong way": (
        "n.yaml",
        "scales: {n: [0.33, 1024, 0.25]}\n" + ROW + "head: []\n",
        "1:13: scale n multiplies widths by 1024 and has at most 0.25 channels",
    ),
    "code": (
        "n.yaml",
        "activation: __import__('os').system('id')\n" + ROW + "head: []\n",
        "1:13: unknown activation",
    ),
    "deep YAML": ("n.yaml", ROW + "head: " + "[" * 100_000, "1:1: .*nested more than 60"),
    "NUL in YAML": ("n.yaml", ROW + "head: [\0]\n", "3:8: .*U.0000 is not allowed"),
    "a long line": ("n.yaml", ROW + "head: []\nx: " + "a" * 10**7, "1:1: the file is larger"),
    "a .cfg without layers": ("n.cfg", NET, "1:1: the network has no layers"),
    "a .cfg without an input": ("n.cfg", "[net]\n", "1:1: .net. does not say width and height"),
    "a .cfg that is cut": ("n.cfg", NET + "[convol", r"5:1: '\[convol' is no section"),
    "a .cfg that reads what follows": (
        "n.cfg",
        NET + "[route]\nlayers=3\n",
        r"6:1: \[route\] layer 0 reads layer 3, which is not before it",
    ),
    "a long number": ("n.cfg", NET + "[conv]\nfilters=" + "9" * 10**6, "6:1: .*a whole number"),
    "NUL in a .cfg": ("n.cfg", NET + "[conv\0]\n", r"5:1: unknown section \[conv.x00\]"),
    "a .prototxt that is cut": (
        "n.prototxt",
        DATA + 'layer { type: "ReLU" bottom: "data"\n',
        "3:1: not a prototxt: layer has no end",
    ),
    "a circle of blobs": (
        "n.prototxt",
        DATA + 'layer { name: "a" type: "ReLU" bottom: "b" top: "a" }\n'
        'layer { name: "b" type: "ReLU" bottom: "a" top: "b" }\n',
        "2:1: ReLU a: no layer before it makes the blob 'b'",
    ),
    "a deep .prototxt": (
        "n.prototxt",
        'layer { type: "ReLU" }\n' + "a { " * 100_000,
        "2:163: not a prototxt: nested more than 40 levels deep",
    ),
    "a .param that is cut": (
        "n.param",
        PARAM + "Convolution c 1 1 da",
        "4:1: a layer is its type, its name, two numbers of blobs",
    ),
    "a .param that is cut between lines": (
        "n.param",
        PARAM.replace("1 1", "3 3", 1),
        "3:1: the file has 1 of the 3 layers that line 2 states",
    ),
    "a .param of pnnx": (
        "n.param",
        "7767517\n1 1\npnnx.Input in0 0 1 0 #0=(1,3)f32\n",
        "3:1: this is a file of pnnx.*\n.*model.ncnn.param",
    ),
    "a circle in a .param": (
        "n.param",
        PARAM + "ReLU a 1 1 b a\nReLU b 1 1 a b\n",
        "4:1: ReLU a: no layer before it makes the blob 'b'",
    ),
    "a factor without bounds": (
        "n.param",
        PARAM + "Interp r 1 1 data o 0=2 1=1e99999999 2=1\n",
        "4:1: Interp r: 1=1e99999999 is no number",
    ),
    "infinity": ("n.param", PARAM.replace("0=8", "0=inf"), "3:1: .*0=inf is no whole number"),
    "many parts": (
        "n.param",
        PARAM + "Slice s 1 99999 data " + " ".join(f"x{n}" for n in range(99_999)) + "\n",
        "4:1: split: parts must be at most 1,000",
    ),
    "JSON that is cut": ("n.json", keras(INPUT)[:120], r"1:\d+: not YAML"),
    "deep JSON": (
        "n.json",
        '{"class_name": "Model", "config": ' + '{"a":' * 100_000,
        "1:1: .*nested more than 60",
    ),
    "an alias in JSON": (
        "n.json",
        '{"class_name": "Model", "config": &a {"name": "m", "layers": [*a]}}',
        "1:35: an alias stands within its own anchor",
    ),
    "a circle of layers": (
        "n.json",
        keras(INPUT, layer("ReLU", "a", "b"), layer("ReLU", "b", "a")),
        r"1:\d+: a reads what no layer before it makes",
    ),
    "a layer without a config": (
        "n.json",
        keras(INPUT, {"class_name": "Dense", "name": "a", "inbound_nodes": [[["i", 0, 0]]]}),
        r"1:\d+: units is missing",
    ),
    "a point without a number": (
        "n.yaml",
        "kpt_shape: [s]\n" + ROW + "head: []\n",
        "1:13: kpt_shape is how many points",
    ),
    "a layer without a top": (
        "n.prototxt",
        DATA + 'layer { name: "b" type: "BatchNorm" bottom: "data" }\n',
        "2:1: BatchNorm b: it has no top",
    ),
    "a line without outputs": (
        "n.param",
        PARAM + "ReLU a 1 0 data\n",
        "4:1: ReLU a: it makes no blob",
    ),
    "a shape of lists": (
        "n.json",
        keras(layer("InputLayer", "i", batch_input_shape=[None, [9]]), layer("ReLU", "a", "i")),
        r"1:\d+: batch_input_shape must be the batch, the sides and the channels",
    ),
    "a shape of many digits": (
        "n.json",
        keras(layer("InputLayer", "i", batch_input_shape=[None, "9" * 5000])),
        r"1:\d+: batch_input_shape must be a whole number",
    ),
    "an input without a shape": (
        "n.json",
        keras(layer("InputLayer", "i"), layer("ReLU", "a", "i")),
        r"1:\d+: the input i states no shape",
    ),
}


def refused(path, tmp_path, said: str) -> None:
    """The errors begin with the place and what is wrong there; time and memory are bounded."""
    found = run(["analyze", str(path)], str(tmp_path))
    assert found.code == 2
    assert re.match(re.escape(f"{path}:") + said, found.errors), found.errors[:300]
    assert found.seconds <= SECONDS
    assert found.mebibytes <= MEBIBYTES


@pytest.mark.parametrize("what", FILES)
def test_a_hostile_file_is_refused_at_its_place(tmp_path, what):
    name, text, said = FILES[what]
    path = tmp_path / name
    path.write_text(text)
    refused(path, tmp_path, said)


def zipped(path, parts: dict[str, str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path.read_bytes()


def test_a_zip_that_grows_is_refused(tmp_path):
    path = tmp_path / "bomb.keras"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("config.json", "w") as part,
    ):
        for _ in range(200):
            part.write(b" " * 10**6)
    refused(path, tmp_path, "1:1: its model is larger than 4,000,000 bytes")


def test_a_zip_of_a_method_without_bounds_is_refused(tmp_path):
    """A megabyte of bzip2 becomes gigabytes at once, whatever is asked for."""
    for name in ("config.json", "net/models/model.json"):
        path = tmp_path / "bomb.keras"
        zipped(path, {name: " " * 10**8}, zipfile.ZIP_BZIP2)
        refused(path, tmp_path, f"(1:1: )?.*not a zip.*: {name} is compressed by another method")


def test_a_zip_of_a_million_files_is_refused(tmp_path):
    path = tmp_path / "many.keras"
    one = zipped(path, {"a": ""})
    start, end = one.index(b"PK\1\2"), one.index(b"PK\5\6")
    listed = one[start:end] * 1_000_000
    sizes = struct.pack("<LL", len(listed), start)
    path.write_bytes(one[:start] + listed + one[end : end + 12] + sizes + b"\0\0")
    refused(path, tmp_path, "1:1: not a zip that can be read: its list of files is larger")


def test_names_with_folders_in_a_zip_are_not_looked_at(tmp_path):
    path = tmp_path / "names.keras"
    zipped(path, {"../config.json": "{}", "/tmp/config.json": "{}", "a/config.json": "{}"})
    refused(path, tmp_path, "1:1: the zip holds no config.json")
    assert list(tmp_path.parent.glob("config.json")) == []


@pytest.mark.parametrize("change", ["cut", "header", "data"])
def test_a_broken_zip_is_refused(tmp_path, change):
    path = tmp_path / "broken.keras"
    data = zipped(path, {"config.json": keras(INPUT, layer("ReLU", "a", "i"))})
    spoilt = {
        "cut": data[:60],
        "header": data[:40] + b"\xff" * 5 + data[45:],
        "data": data[:60] + b"\xff" * 20 + data[80:],
    }
    path.write_bytes(spoilt[change])
    refused(path, tmp_path, "1:1: not a zip that can be read")


def test_a_zip_holds_a_model(tmp_path):
    path = tmp_path / "model.keras"
    text = keras(INPUT, layer("Dense", "a", "i", units=2))
    zipped(path, {"metadata.json": "{}", "config.json": text, "model.weights.h5": "x"})
    assert run(["check", str(path), "--max", "params=10"], str(tmp_path)).code == 0
    assert run(["check", str(path), "--max", "params=9"], str(tmp_path)).code == 1


def test_hdf5_holds_a_model(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = keras(INPUT, layer("Dense", "a", "i", units=2))
    assert run(["check", str(path), "--max", "params=10"], str(tmp_path)).code == 0
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "3"
    found = run(["analyze", str(path)], str(tmp_path))
    assert f"{path}:1:1: the file holds weights and no model" in found.errors
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    refused(path, tmp_path, "1:1: not an HDF5 file that can be read")
