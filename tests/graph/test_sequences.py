"""Networks of sound and text, whose figures are of the same networks written in PyTorch."""

import pytest

from costcalc.costs.totals import measure
from costcalc.graph.builder import build
from costcalc.language.network_file import NetworkFile

MATCHBOXNET = """
# MatchboxNet 3x2x64: Majumdar and Ginsburg 2020, arXiv:2004.08531
input: [64, 128]
params: {classes: 30}
blocks:
  tcs:   # time-channel separable, without a norm in between
    params: {width, k, stride: 1, dilation: 1, activation: relu}
    layers:
      - depthwise_conv1d: {kernel_size: k, stride, dilation, bias: false}
      - conv_bn_act: {out_channels: width, activation}
  unit:
    params: {k, width: 64}
    layers:
      - residual:
          layers: [tcs: {width, k}, tcs: {width, k, activation: none}]
          shortcut: [conv_bn: {out_channels: width}]
      - relu
layers:
  - tcs: {width: 128, k: 11, stride: 2}
  - unit: {k: 13}
  - unit: {k: 15}
  - unit: {k: 17}
  - tcs: {width: 128, k: 29, dilation: 2}
  - conv_bn_act: {out_channels: 128}
  - pointwise_conv1d: {out_channels: classes}
  - global_avg_pool
"""
TCN = """
# TCN for sequential MNIST: Bai et al. 2018, arXiv:1803.01271
input: [1, 784]
blocks:
  twice:
    params: {width, dilation}
    layers:
      - conv1d: {out_channels: width, kernel_size: 7, dilation, padding: causal}
      - relu
  unit:
    params: {dilation, width: 25}
    layers:
      - residual:
          layers: [twice: {width, dilation, repeat: 2}]
          shortcut: [pointwise_conv1d: {when: in_channels != width, out_channels: width}]
      - relu
layers:
  - unit: {dilation: 1}
  - unit: {dilation: 2}
  - unit: {dilation: 4}
  - unit: {dilation: 8}
  - unit: {dilation: 16}
  - unit: {dilation: 32}
  - unit: {dilation: 64}
  - unit: {dilation: 128}
  - slice: {axis: 1, start: in_length - 1}
  - linear: {out_features: 10}
"""
WAV2VEC2 = """
# wav2vec 2.0 base, its feature encoder and positional convolution: Baevski et al. 2020,
# arXiv:2006.11477
input: [1, 16000]
defaults: {conv1d: {out_channels: 512, padding: valid, bias: false}}
layers:
  - conv1d: {kernel_size: 10, stride: 5}
  - group_norm: {groups: 512}
  - gelu
  - sequence: {repeat: 4, layers: [conv1d: {kernel_size: 3, stride: 2}, gelu]}
  - sequence: {repeat: 2, layers: [conv1d: {kernel_size: 2, stride: 2}, gelu]}
  - layer_norm
  - linear: {out_features: 768}
  - residual:
      - conv1d: {out_channels: 768, kernel_size: 128, groups: 16, padding: 64, bias: true}
      - slice: {axis: 1, stop: in_length - 1}
      - gelu
"""


@pytest.mark.parametrize(
    ("text", "macs", "params"),
    [
        pytest.param(MATCHBOXNET, 5_812_224, 92_766, id="matchboxnet"),
        pytest.param(TCN, 51_607_050, 66_510, id="tcn"),
        pytest.param(WAV2VEC2, 2_705_320_960, 9_314_816, id="wav2vec2"),
    ],
)
def test_networks_of_sequences(text: str, macs: int, params: int) -> None:
    network = build(NetworkFile(text, "net.yaml"))
    assert measure(network, ("macs", "params")) == {"macs": macs, "params": params}
