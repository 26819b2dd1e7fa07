"""How fast sweeps are in Python, against a peer. Prints; judges nothing.

python tests/benchmarks/bench_sweep.py [runs]

Points a second of a 1000 x 1000 grid and of a loop over `Model.cost`; and, where the extra `peers`
is installed, of a loop over live models with fvcore's counter, which is how such a curve is drawn
today. Best run on one core: OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import sys
from fractions import Fraction

from processes import seconds

import costcalc


def in_python(runs: int) -> float:
    """Points a second of each way; returns the grid's."""
    model = costcalc.load("mobilenet")
    values = [Fraction(n, 1000) for n in range(1, 1001)]
    texts = [f"{n / 1000:.3f}" for n in range(1, 1001)]
    print("\npoints a second, in one process")
    rates = {}
    for what, given in (("values as fractions", values), ("values as texts", texts)):
        model.sweep(alpha=given, rho=given)  # imports are not counted
        rates[what] = len(given) ** 2 / seconds(lambda g=given: model.sweep(alpha=g, rho=g), runs)
        print(f"  sweep, 1000 x 1000, {what:20} {rates[what]:14,.0f}")
    some = values[::50]
    loop = seconds(lambda: [model.cost(alpha=a, rho=r) for a in some for r in some[-5:]], 3)
    print(f"  loop over Model.cost {'':20} {len(some) * 5 / loop:12,.0f}")
    return rates["values as fractions"]


def peer() -> float | None:
    """Points a second of a loop over live models with fvcore; None where it is not installed."""
    try:
        import torch
        from fvcore.nn import FlopCountAnalysis
        from torch import nn
    except ImportError:
        print("  loop over live models: fvcore is not installed (extra peers)")
        return None

    def mobilenet(alpha: float) -> nn.Module:
        def unit(
            inputs: int, outputs: int, kernel: int, stride: int, groups: int
        ) -> list[nn.Module]:
            padding = kernel // 2
            conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
            return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]

        widths = [64, 128, 128, 256, 256, *[512] * 6, 1024, 1024]
        strides = [1, 2, 1, 2, 1, 2, *[1] * 5, 2, 1]
        before = int(32 * alpha)
        layers = unit(3, before, 3, 2, 1)
        for width, stride in zip(widths, strides, strict=True):
            layers += unit(before, before, 3, stride, before)
            layers += unit(before, int(width * alpha), 1, 1, 1)
            before = int(width * alpha)
        return nn.Sequential(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 1000)
        )

    def count(alpha: float, side: int) -> int:
        model = mobilenet(alpha).eval()
        analysis = FlopCountAnalysis(model, torch.zeros(1, 3, side, side))
        return int(analysis.unsupported_ops_warnings(False).total())

    count(1, 224)
    points = [(alpha, side) for alpha in (0.25, 0.5, 0.75, 1.0) for side in (128, 224)]
    taken = seconds(lambda: [count(alpha, side) for alpha, side in points], 3)
    rate = len(points) / taken
    print(f"  loop over live models, fvcore {'':12} {rate:11,.1f}")
    return rate


def main(runs: int = 15) -> None:
    ours = in_python(runs)
    theirs = peer()
    if theirs:
        print(f"  sweep against fvcore: {ours / theirs:,.0f} times as many points a second")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
