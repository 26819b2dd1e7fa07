"""Recurrent layers, which go along a sequence step by step."""

from typing import ClassVar

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer, check_tokens
from costcalc.layers.fields import boolean, size
from costcalc.numeric.exact import Number, equal, holds, is_positive
from costcalc.shapes import TensorShape


class Recurrent(Layer, family="recurrent_layers"):
    """What goes along a sequence, as PyTorch has it: several layers, and both directions."""

    gates: ClassVar[int]
    """Matrix products of as many rows as hidden_size, of the input and of the state each."""
    unit_ops: ClassVar[int]
    """Activations, products and sums of a step for each of hidden_size."""

    hidden_size: Number = size().means("numbers of the state, in each direction", "features")
    num_layers: Number = size(1).means("layers, each of which reads the one before", "layers")
    bidirectional: bool = boolean(False).means(
        "whether a second set of weights goes along the sequence from its end"
    )
    bias: bool = boolean(True).means("whether each gate has biases")
    biases: Number = size(2).means("biases of each gate: 2 as in PyTorch, or 1", "biases")

    inputs = (1, None)

    def output(self, x: TensorShape, *states: TensorShape) -> TensorShape:
        check_tokens(x, self.type, "rearrange: c h w -> (c h) w makes a map a sequence")
        if not holds(self.biases <= 2):
            raise CostcalcError(f"biases must be 1 or 2, not {self.biases}")
        given, kept = sum(state.elements for state in states), self._kept
        if states and not equal(given, kept):
            raise CostcalcError(f"{self.type} starts from a state of {kept} numbers, not {given}")
        return TensorShape(self._directions * self._state, x.sides or (1,), x.batch)

    @property
    def _kept(self) -> Number:
        """Numbers that all layers and directions keep from step to step."""
        return self._directions * self.num_layers * self._state

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _projected(self) -> Number:
        """Features that the state is projected to; 0 where it is not."""
        return 0

    @property
    def _state(self) -> Number:
        """Features that a step hands on in each direction."""
        return self.hidden_size

    def _weights(self, x: TensorShape) -> Number:
        """Of all layers and directions: the first reads the map, the others the one before."""
        state, later = self._state, self.num_layers - 1
        read = x.channels + later * self._directions * state
        gates = self.gates * self.hidden_size * (read + self.num_layers * state)
        return self._directions * gates + self.state_projections()

    def state_projections(self) -> Number:
        """Weights that make the state narrower."""
        return self._directions * self.num_layers * self.hidden_size * self._projected

    def first_state(self) -> Number:
        """Features of the state before the first step, in the first layer."""
        return self._directions * self.hidden_size

    def units_one_way(self) -> Number:
        """Features of the state in all layers, of one direction."""
        return self.num_layers * self.hidden_size

    def units(self) -> Number:
        """Features of the state in all layers and directions."""
        return self._directions * self.units_one_way()

    def macs(self, out: TensorShape, x: TensorShape, *states: TensorShape) -> Number:
        """The weights of its matrices, once per step."""
        return self._weights(x) * out.positions

    def inner_macs(self, out: TensorShape, x: TensorShape, *states: TensorShape) -> Number:
        first = self._directions * self.gates * self.hidden_size * x.channels
        return (self._weights(x) - first) * out.positions

    def second_biases(self) -> Number:
        """The second bias of each gate and unit, if any."""
        return (self.biases - 1) * self.gates * self.units() if self.bias else 0

    def gate_biases(self) -> Number:
        """One for each gate and unit, if any; PyTorch has two."""
        return self.gates * self.units() if self.bias else 0

    def params(self, out: TensorShape, x: TensorShape, *states: TensorShape) -> Number:
        """gates * hidden_size * (features that are read + features of the state) of each layer and
        direction, and biases * gates * hidden_size if any; the gates are 4 of lstm, 3 of gru, 1 of
        rnn."""
        biases = self.biases * self.gates * self.units() if self.bias else 0
        return self._weights(x) + biases

    def other_ops(self, out: TensorShape, x: TensorShape, *states: TensorShape) -> Number:
        """Per step and unit of the state: 9 of lstm (5 activations, 3 products, 1 sum), 8 of gru (3
        activations, 3 products, 2 sums), 1 of rnn; 1 per bias of a gate, which is added."""
        biases = self.biases * self.gates if self.bias else 0
        return (self.unit_ops + biases) * self.units() * out.positions

    def activations(self, out: TensorShape, x: TensorShape, *states: TensorShape) -> Number:
        """gates * hidden_size per step, layer and direction, and proj_size if any: the outputs of
        its matrices, those of input and state added."""
        projected = self._directions * self.num_layers * self._projected
        return (self.gates * self.units() + projected) * out.positions


class Lstm(Recurrent, type="lstm"):
    """Long short-term memory: four gates, and a state besides the one that is handed on.

    All steps are handed on; `slice: {axis: length, start: -1}` takes the last. Further maps are the
    state that it starts from, in one or in parts.

    Shapes: (c, n) -> (hidden_size, n), or proj_size; twice as many if bidirectional.
    Errors: the input is a map, neither a vector nor a sequence; the maps to start from are no state
    of it; there are more than two biases; proj_size is not below hidden_size.
    Source: Hochreiter and Schmidhuber 1997, "Long short-term memory"; proj_size: Sak et al. 2014,
    arXiv:1402.1128; PyTorch's LSTM.
    """

    proj_size: Number = size(0, minimum=0, shown_default="0: not projected").means(
        "features that the state is projected to before it is handed on", "features"
    )

    gates = 4
    unit_ops = 9

    @property
    def _projected(self) -> Number:
        return self.proj_size

    @property
    def _state(self) -> Number:
        return self.proj_size + self.hidden_size * (1 - is_positive(self.proj_size))

    @property
    def _kept(self) -> Number:
        return super()._kept + self.units()

    def output(self, x: TensorShape, *states: TensorShape) -> TensorShape:
        if not holds(self.proj_size < self.hidden_size):
            raise CostcalcError(
                f"proj_size {self.proj_size} is not below hidden_size {self.hidden_size}",
                hint="it makes the state narrower; 0 leaves it as it is",
            )
        return super().output(x, *states)


class Gru(Recurrent, type="gru"):
    """Gated recurrent unit: three gates.

    All steps are handed on; `slice: {axis: length, start: -1}` takes the last. Further maps are the
    state that it starts from, in one or in parts.

    Shapes: (c, n) -> (hidden_size, n), twice as many features if bidirectional.
    Errors: the input is a map, neither a vector nor a sequence; the maps to start from are no state
    of it; there are more than two biases.
    Source: Cho et al. 2014, arXiv:1406.1078; PyTorch's GRU.
    """

    gates = 3
    unit_ops = 8


class Rnn(Recurrent, type="rnn"):
    """Plain recurrent layer: tanh of what is read and of the state.

    All steps are handed on; `slice: {axis: length, start: -1}` takes the last. Further maps are the
    state that it starts from, in one or in parts.

    Shapes: (c, n) -> (hidden_size, n), twice as many features if bidirectional.
    Errors: the input is a map, neither a vector nor a sequence; the maps to start from are no state
    of it; there are more than two biases.
    Source: Elman 1990, "Finding structure in time"; PyTorch's RNN.
    """

    gates = 1
    unit_ops = 1
