"""Small valid networks whose costs take much to compute."""

STEM = "- conv2d: {out_channels: 8, kernel_size: 3}\n"


def _network(layers: str, side: int = 64) -> str:
    return f"name: W\ninput: [3, {side}, {side}]\nlayers:\n{layers}"


def _rows(count: int, row: str, stem: str = STEM) -> str:
    """Layers by a template, in which {n} counts them."""
    return _network(stem + "".join(f"- {row.replace('{n}', str(n))}\n" for n in range(1, count)))


def _maxes(count: int) -> str:
    width = "max(scaled({n}), in_channels + {n} - {n} - 1)"
    return _rows(count, f'conv2d: {{out_channels: "{width}", kernel_size: 3}}')


def _product(factor: str) -> str:
    width = "*".join(factor.replace("{n}", str(n)) for n in range(3, 30))
    return _network(f'- conv2d: {{out_channels: "max(1, floor({width}) % 50)", kernel_size: 3}}\n')


HOSTILE = {
    # Sides
    "high": _network("- conv2d: {out_channels: 8, kernel_size: 3}\n", 10**8),
    "highest": _network(
        "- conv2d: {out_channels: 99999999999999999999, kernel_size: 3, stride: 2, repeat: 30}\n",
        10**12,
    ),
    "kernels": _network(
        "".join(
            f"- conv2d: {{out_channels: {n}, kernel_size: [{n % 5 + 1}, 2], padding: {n % 3}}}\n"
            for n in range(1, 1000)
        ),
        1_000_000_007,
    ),
    # Repeats
    "repeat": _network(
        STEM + "- conv2d: {out_channels: in_channels, kernel_size: 3, repeat: 49000}\n"
    ),
    "growing": _network(
        STEM + "- conv2d: {out_channels: in_channels + 1, kernel_size: 3, repeat: 4000}\n"
    ),
    "separable": _network(
        STEM + "- depthwise_separable: {out_channels: in_channels, repeat: 5000}\n"
    ),
    "dense": _network(
        STEM
        + "- sequence:\n    repeat: 1500\n    layers:\n"
        + "    - residual: {layers: [depthwise_conv2d: {kernel_size: 3}, batch_norm, relu]}\n"
    ),
    # Breakpoints and structures
    "widths": _rows(1300, "conv2d: {out_channels: {n}7, kernel_size: 3}"),
    "rounds": _rows(900, "conv2d: {out_channels: round(in_channels * {n} / {n}), kernel_size: 3}"),
    "maxes 50": _maxes(50),
    "maxes 200": _maxes(200),
    "maxes 700": _maxes(700),
    "conditions 200": _rows(200, "relu: {when: alpha < {n}/800}"),
    "conditions 1500": _rows(1500, "relu: {when: alpha < {n}/800}"),
    "two knobs": _rows(
        400, 'conv2d: {kernel_size: 1, out_channels: "9 if alpha*{n} > rho*({n} + 3) else 8"}', ""
    ),
    "choices": "params: {list: ["
    + ", ".join(map(str, range(1, 2000)))
    + "]}\n"
    + _rows(90, 'conv2d: {kernel_size: 1, out_channels: "list[floor(alpha * {n}9)]"}'),
    # Sums that multiply
    "product": _product("(scaled({n}) + alpha)"),
    "product of knobs": _product("({n} * alpha + rho + scaled({n}))"),
}
"""By name, their YAML."""
