"""What fields mean that several layers have, and in what they are measured."""

MEANINGS = {
    "axis": ("along which axis of the map: its name, or its number: 0 is the channels", "index"),
    "bias": ("whether a trained number is added to each output channel", ""),
    "dilation": ("distance of neighbouring elements of the kernel; 1 leaves no gaps", "elements"),
    "groups": ("groups that the channels are divided into, each computed by itself", "groups"),
    "kernel_size": ("sides of the kernel or window", "elements"),
    "out_channels": ("channels of the output; alpha scales a plain number", "channels"),
    "padding": (
        "zeros around the input; same makes the output ceil(input / stride), valid adds none",
        "elements",
    ),
    "size": ("sides of the output", "elements"),
    "stride": ("step of the kernel or window from one output element to the next", "elements"),
}
"""By name: the meaning, and the unit or nothing. A field of one layer only says it by `means`."""
