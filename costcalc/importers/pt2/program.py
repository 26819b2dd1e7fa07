"""What an exported program says: the calls of operators, in order, and the sizes of tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from costcalc.errors import CostcalcError

MAJOR = 8
"""The version of the schema that is read, of PyTorch from 2.5 on."""
MAX_CALLS = 20_000
MAX_SIDES = 32
_LARGEST = 1 << 62
_DTYPES = (
    "unknown uint8 int8 int16 int32 int64 float16 float32 float64 complex32 complex64 complex128"
    " bool bfloat16"
).split()
"""The types of elements, by their numbers in the schema."""
_BY_NUMBER = {**dict(enumerate(_DTYPES)), 28: "uint16", 34: "uint32", 35: "uint64"}
_BY_NUMBER.update(dict.fromkeys(range(29, 34), "float8"))


_PLAIN = ("as_int", "as_float", "as_bool", "as_string", "as_operator")
_PLAIN_LISTS = ("as_ints", "as_floats", "as_bools", "as_strings")


class Name(NamedTuple):
    """An argument that a call takes from an earlier one, or from outside: a tensor or a number."""

    name: str


Argument: TypeAlias = "Name | int | float | str | bool | list[Argument] | None"
Size: TypeAlias = "int | str"
"""A side: a number, or the symbol or expression of one that may differ."""


class Tensor(NamedTuple):
    sizes: tuple[Size, ...]
    dtype: str


class Call(NamedTuple):
    """One call of an operator."""

    name: str
    target: str
    """Such as aten.conv2d.default."""
    args: Mapping[str, Argument]
    outputs: Sequence[Name | None]
    modules: Sequence[tuple[str, str]]
    """The modules that it stands in, from outside: the name of each and its class."""


class Program(NamedTuple):
    version: str
    """Of the schema and of PyTorch."""
    tensors: Mapping[str, Tensor]
    inputs: Sequence[str]
    params: Mapping[str, tuple[str, bool]]
    """The name of a weight by its tensor's, and whether it is trained; buffers are not."""
    outputs: Sequence[str]
    calls: Sequence[Call]
    hints: Mapping[str, int]
    """The size that each symbol had when the program was exported."""


class _Reader:
    """Reads parts of the JSON, each of which must be of its kind."""

    def __init__(self) -> None:
        self.hints: dict[str, int] = {}

    def call(self, given: Any) -> Call:
        node = _object(given, "a node")
        target = _text(node.get("target"), "the target of a node")
        name = str(node.get("name") or target)[:200]
        args: dict[str, Argument] = {}
        for one in _list(node.get("inputs"), f"inputs of {name}"):
            entry = _object(one, f"an input of {name}")
            args[_text(entry.get("name"), f"an input's name of {name}")] = self.argument(
                entry.get("arg"), name
            )
        outputs: list[Name | None] = []
        for one in _list(node.get("outputs"), f"outputs of {name}"):
            made = self.argument(one, name)
            parts = made if isinstance(made, list) else [made]
            outputs += [part if isinstance(part, Name) else None for part in parts]
        metadata = _object(node.get("metadata", {}), f"metadata of {name}")
        stack = metadata.get("nn_module_stack", "")
        return Call(
            name,
            target.removeprefix("torch.ops."),
            args,
            outputs,
            list(_modules(stack if isinstance(stack, str) else "")),
        )

    def argument(self, given: Any, of: str) -> Argument:
        """Read a union: one key, such as as_int, with its value."""
        entry = _object(given, f"an argument of {of}")
        if len(entry) != 1:
            raise CostcalcError(f"{of}: an argument is one value, not {len(entry)}")
        ((kind, value),) = entry.items()
        if kind in ("as_tensor", "as_graph", "as_custom_obj"):
            return Name(_text(_object(value, of).get("name"), f"a name in {of}"))
        if kind == "as_optional_tensor":
            return self.argument(value, of)
        if kind.startswith("as_sym_"):
            several = isinstance(value, list)
            return [self._symbol(one, of) for one in value] if several else self._symbol(value, of)
        if kind in ("as_tensors", "as_optional_tensors"):
            return [
                self.argument(one if "name" not in one else {"as_tensor": one}, of)
                for one in (_object(part, of) for part in _list(value, of))
            ]
        if kind in _PLAIN:
            return self._plain(value, of)
        if kind in _PLAIN_LISTS:
            return [self._plain(one, of) for one in _list(value, of)]
        return None  # none, or a type, a device or a layout, which cost nothing

    def _symbol(self, given: Any, of: str) -> Argument:
        """A number that is known, or the name of one that an earlier call computes."""
        entry = _object(given, f"a number of {of}")
        if "as_name" in entry:
            return Name(_text(entry["as_name"], f"a name in {of}"))
        return self._plain(next(iter(entry.values()), None), of)

    def _plain(self, value: Any, of: str) -> Argument:
        if isinstance(value, (bool, float, str)) or value is None:
            return value
        if isinstance(value, int):
            if abs(value) >= 1 << 63:
                raise CostcalcError(f"{of}: a number beyond 64 bits")
            return value
        raise CostcalcError(f"{of}: an argument is no number, text or tensor")

    def tensor(self, name: str, given: Any) -> Tensor:
        entry = _object(given, f"tensor {name}")
        sizes = _list(entry.get("sizes"), f"sizes of {name}")
        if len(sizes) > MAX_SIDES:
            raise CostcalcError(f"tensor {name} has {len(sizes)} sides")
        number = entry.get("dtype")
        dtype = _BY_NUMBER.get(number, "unknown") if isinstance(number, int) else "unknown"
        return Tensor(tuple(self.size(one, name) for one in sizes), dtype)

    def size(self, given: Any, of: str) -> Size:
        entry = _object(given, f"a size of {of}")
        if "as_int" in entry:
            size = entry["as_int"]
            if type(size) is not int or not 0 <= size < _LARGEST:
                raise CostcalcError(f"tensor {of}: a size is a whole number from 0")
            return size
        expression = _object(entry.get("as_expr"), f"a size of {of}")
        text = _text(expression.get("expr_str"), f"a size of {of}")
        hint = expression.get("hint")
        value = hint.get("as_int") if isinstance(hint, dict) else None
        if type(value) is int and 0 <= value < _LARGEST:
            self.hints[text] = value
        return text


def read(document: Mapping[str, Any]) -> Program:
    """Read a program. Raises CostcalcError where it is not whole."""
    version = _object(document.get("schema_version"), "schema_version")
    major, minor = version.get("major"), version.get("minor")
    if type(major) is not int or type(minor) is not int:
        raise CostcalcError("its schema_version has no numbers major and minor")
    if major != MAJOR:
        raise CostcalcError(
            f"its schema has version {str(major)[:9]}.{str(minor)[:9]}, and {MAJOR} is read",
            hint="export it with PyTorch from 2.5 on",
        )
    module = _object(document.get("graph_module"), "graph_module")
    graph = _object(module.get("graph"), "graph")
    signature = _object(module.get("signature"), "signature")
    reader = _Reader()
    tensors = {
        name: reader.tensor(name, one)
        for name, one in _object(graph.get("tensor_values"), "tensor_values").items()
    }
    nodes = _list(graph.get("nodes"), "nodes")
    if len(nodes) > MAX_CALLS:
        raise CostcalcError(f"it calls more than {MAX_CALLS:,} operators")
    inputs, params = _inputs(signature)
    torch = document.get("torch_version")
    return Program(
        f"{major}.{minor}" + (f", PyTorch {torch[:40]}" if isinstance(torch, str) else ""),
        tensors,
        inputs,
        params,
        _outputs(signature),
        [reader.call(one) for one in nodes],
        reader.hints,
    )


def _inputs(signature: Mapping[str, Any]) -> tuple[list[str], dict[str, tuple[str, bool]]]:
    """The inputs of users, and of weights the names and whether they are trained."""
    inputs: list[str] = []
    params: dict[str, tuple[str, bool]] = {}
    for one in _list(signature.get("input_specs"), "input_specs"):
        for kind, given in _object(one, "an input").items():
            entry = _object(given, "an input")
            arg = _object(entry.get("arg"), "an input")
            if kind == "user_input":
                tensor = arg.get("as_tensor")
                if isinstance(tensor, dict):
                    inputs.append(_text(tensor.get("name"), "an input's name"))
            elif kind in ("parameter", "buffer", "tensor_constant"):
                name = next((v for k, v in entry.items() if k.endswith("_name")), "")
                own = _text(name, "a weight's name")
                params[_text(arg.get("name"), "a weight")] = own, kind == "parameter"
    return inputs, params


def _outputs(signature: Mapping[str, Any]) -> list[str]:
    names: list[str] = []
    for one in _list(signature.get("output_specs"), "output_specs"):
        arg = _object(_object(one, "an output").get("user_output", {}), "an output").get("arg", {})
        tensor = _object(arg, "an output").get("as_tensor")
        if isinstance(tensor, dict):
            names.append(_text(tensor.get("name"), "an output's name"))
    return names


def _modules(stack: str) -> Iterator[tuple[str, str]]:
    """Read "key,name,class;..." from outside to inside; the network itself has no name."""
    for entry in stack.split(";"):
        parts = entry.split(",")
        if len(parts) == 3 and parts[1]:
            yield parts[1].partition("@")[0], parts[2].rpartition(".")[2]


def _object(given: Any, what: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise CostcalcError(f"{what[:100]} is no object of JSON")
    return given


def _list(given: Any, what: str) -> list[Any]:
    if not isinstance(given, list):
        raise CostcalcError(f"{what[:100]} is no list of JSON")
    return given


def _text(given: Any, what: str) -> str:
    if not isinstance(given, str):
        raise CostcalcError(f"{what[:100]} is no text")
    return given
