"""The program of a .tflite file, by its own tensors and their types.

Every tensor that is computed lies in the arena, at its own size and in its own order; constants
stay in flash, and variables are kept apart. TensorFlow Lite Micro plans the first subgraph.
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network, Node
from costcalc.graph.runtime import Runtime
from costcalc.graph.setting import Setting
from costcalc.importers.tflite.model import Model, Operator, Subgraph, Tensor
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import position
from costcalc.memory.arena import aligned
from costcalc.memory.persistent import persistent_bytes
from costcalc.memory.program import Map, Operation, Program
from costcalc.numeric.base import AbstractNumber

IN_PLACE = frozenset(
    """
    ABS ADD ADD_N CEIL COS DIV ELU EXP FLOOR FLOOR_DIV FLOOR_MOD GELU HARD_SWISH LEAKY_RELU LOG
    LOGISTIC LOGICAL_AND LOGICAL_NOT LOGICAL_OR MAXIMUM MINIMUM MUL NEG POW PRELU RELU RELU6
    RELU_N1_TO_1 RESHAPE ROUND RSQRT SIN SOFTMAX SQRT SQUARE SQUARED_DIFFERENCE SQUEEZE SUB TANH
    EXPAND_DIMS
    """.split()
)
CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV", "CONV_3D")


def own_program(network: Network) -> FileProgram | None:
    """What a network's own file says that a runtime executes; None as of `own_model`.

    Raises CostcalcError at any other size than the file's.
    """
    model = own_model(network.file, network.setting)
    if model is None:
        return None
    if not _is_as_written(network):
        raise CostcalcError(
            "the memory of a .tflite file is that of its own tensors, which are of one size",
            hint="--dtype int8 takes it as a network whose maps are int8",
        )
    return FileProgram(model, network.setting.deployed, network.nodes)


def own_model(file: NetworkFile | None, setting: Setting) -> Model | None:
    """The model whose own tensors make the memory of a network.

    None where its file is no .tflite file, or other types than the file's are asked for.
    """
    foreign = None if file is None else file.foreign
    if foreign is None or not isinstance(foreign.model, Model):
        return None
    is_other = setting.bits or (setting.runtime is not None and "dtype" in setting.runtime.asked)
    return None if is_other else foreign.model


def _is_as_written(network: Network) -> bool:
    setting = network.setting
    numbers = (setting.alpha, setting.rho, setting.batch, *(setting.resolution or ()))
    if setting.params or any(isinstance(one, AbstractNumber) for one in numbers):
        return False
    dims = {source.name: tuple(source.shape.dims) for source in network.inputs}
    is_own = all(dims.get(name, ()) == tuple(shape) for name, shape in network.stated.items())
    return is_own and setting.alpha in (None, 1) and setting.batch in (None, 1)


class FileProgram(Program):
    """The operators of a file's first subgraph."""

    def __init__(self, model: Model, runtime: Runtime, layers: Sequence[Node] = ()) -> None:
        """layers: of the network that the file was read as, if it was."""
        super().__init__(runtime)
        self.model = model
        self._layers: dict[int, Node] = {}
        for node in layers:
            if node.origin.item is not None:
                place = position(node.origin.path, node.origin.item.node)
                self._layers.setdefault(place.line - 1, node)
        self.graph: Subgraph = model.subgraphs[0]
        self._made: dict[int, Map] = {}
        for number in self.graph.inputs:
            self._map(number, None)
        for operator in self.graph.operators:
            self._add(operator)
        for number in self.graph.outputs:
            if number in self._made:
                self._made[number].is_output = True
        # The planner takes tensors in the order of the file.
        self.maps.sort(key=lambda made: made.tensor or 0)
        for number, made in enumerate(self.maps):
            made.number = number

    def _add(self, operator: Operator) -> None:
        reads = [self._made[number] for number in operator.inputs if number in self._made]
        tensors = self.graph.tensors
        outputs = [number for number in operator.outputs if self._is_computed(number)]
        name = tensors[operator.outputs[0]].name if operator.outputs else operator.kind
        operation = self.add_operation(name, None, reads)
        for number in outputs:
            self._map(number, operation)
        operation.is_concat = operator.kind == "CONCATENATION"
        operation.works_in_place = operator.kind in IN_PLACE and len(outputs) == 1
        operation.scratch = _scratch(operator, self.graph)

    def _is_computed(self, number: int) -> bool:
        tensor = self.graph.tensors[number]
        # A handle of a variable is kept by the operator that makes it.
        return not (tensor.buffer or tensor.is_variable or tensor.dtype.name == "resource")

    def _map(self, number: int, operation: Operation | None) -> None:
        if number < 0 or number in self._made or not self._is_computed(number):
            return
        tensor = self.graph.tensors[number]
        if not tensor.dtype.bits:
            raise CostcalcError(
                f"the tensor '{tensor.name}' is of {tensor.dtype.name}: its elements have no size"
            )
        self._made[number] = self.add_map(tensor.name, _size(tensor), operation, number)

    @property
    def weights(self) -> int:
        """What the constants of the first subgraph take, each buffer once."""
        return _bytes_of(self.graph.tensors)

    @property
    def flash(self) -> int:
        return self.weights

    def flash_of(self, operation: Operation) -> int:
        """All constants that an operator reads, whoever else reads them."""
        return _bytes_of(self._read_by(operation))

    @property
    def traffic(self) -> int:
        return sum(map(self.traffic_of, self.operations))

    def traffic_of(self, operation: Operation) -> int:
        maps = sum(int(map_.size) for map_ in (*operation.reads, *operation.writes))
        return maps + _bytes_of(self._read_by(operation))

    def _read_by(self, operation: Operation) -> list[Tensor]:
        operator = self.graph.operators[operation.number]
        return [self.graph.tensors[number] for number in operator.inputs if number >= 0]

    def layer_of(self, operation: Operation) -> Node | None:
        return self._layers.get(operation.number)

    @property
    def persistent(self) -> int:
        """The estimate by the file's own tensors, with its variables."""
        channels = sum(
            self.graph.tensors[operator.outputs[0]].shape[-1]
            for operator in self.graph.operators
            if operator.kind in CONVOLUTIONS
        )
        operators = sum(len(graph.operators) for graph in self.model.subgraphs)
        tensors = sum(len(graph.tensors) for graph in self.model.subgraphs)
        kept = sum(aligned(self._variables(), self.runtime.alignment))
        kept += sum(_kept(operator, self.graph) for operator in self.graph.operators)
        return int(persistent_bytes(operators, tensors, channels)) + kept

    def _variables(self) -> list[int]:
        """Bytes of each state that is kept from one run to the next."""
        tensors = self.graph.tensors
        sizes = [_size(tensor) for tensor in tensors if tensor.is_variable]
        assigned: dict[str, int] = {}
        for operator in self.graph.operators:
            if operator.kind == "ASSIGN_VARIABLE":
                handle, value = (tensors[number] for number in operator.inputs)
                assigned[handle.name] = _size(value)
        return [*sizes, *assigned.values()]


def _scratch(operator: Operator, graph: Subgraph) -> list[int]:
    """What TensorFlow Lite Micro's reference kernels ask for in the arena while they run.

    Sources: RequestScratchBufferInArena in tensorflow/lite/micro/kernels: transpose_conv.cc,
    unidirectional_sequence_lstm.cc (a buffer for each gate), svdf_common.cc.
    """
    made = graph.tensors[operator.outputs[0]] if operator.outputs else None
    if made is None:
        return []
    is_int8 = made.dtype.name == "int8"
    if operator.kind == "TRANSPOSE_CONV" and is_int8:
        return [4 * made.elements]
    if operator.kind == "UNIDIRECTIONAL_SEQUENCE_LSTM":
        state = graph.tensors[operator.inputs[19]]  # the cell state: batch and units
        return [_size(state)] * 4
    if operator.kind == "SVDF":
        filters = graph.tensors[operator.inputs[1]].shape[0]
        batch = made.shape[0]
        return [4 * batch * filters, *([4 * made.elements] if is_int8 else [])]
    return []


LSTM_DATA = 270
"""What a kernel of an LSTM keeps beyond that of another operator: measured, in bytes."""


def _kept(operator: Operator, graph: Subgraph) -> int:
    """What a kernel keeps in RAM from one run to the next, beyond what every operator does.

    A product of matrices keeps a transposed copy of its right operand unless the file has it
    transposed, constant or not, and one of its left operand if that is to be transposed.
    Source: tensorflow/lite/micro/kernels/batch_matmul.cc, InitializeTemporaries.
    """
    if operator.kind == "UNIDIRECTIONAL_SEQUENCE_LSTM":
        return LSTM_DATA
    if operator.kind != "BATCH_MATMUL":
        return 0
    left, right = (_size(graph.tensors[number]) for number in operator.inputs[:2])
    copies = left * operator.option("adjoint_x") + right * (not operator.option("adjoint_y"))
    return int(copies)


def _bytes_of(tensors: Sequence[Tensor]) -> int:
    """What the constants among tensors take, each buffer once."""
    buffers = {tensor.buffer for tensor in tensors if tensor.buffer is not None}
    return sum(buffer.size for buffer in buffers)


def _size(tensor: Tensor) -> int:
    return -(-tensor.elements * tensor.dtype.bits // 8)
