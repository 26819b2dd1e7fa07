"""`costcalc calibrate`: fit a device's rates to measured times."""

from __future__ import annotations

import os
from pathlib import Path

import click

from costcalc.calibration.device_text import device_text
from costcalc.calibration.fit import TERMS, Fit
from costcalc.calibration.observation import Measurements
from costcalc.calibration.reading import read_measurements
from costcalc.calibration.scaled import Scaled
from costcalc.cli.files import write_file
from costcalc.cli.options import include_option, names
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import Converted
from costcalc.devices.reader import DeviceReader
from costcalc.devices.shipped import load_device
from costcalc.devices.words import BYTES
from costcalc.errors import CostcalcError, nearest
from costcalc.language.files import read_text
from costcalc.reports.calibration import Calibrated

EPILOG = """\b
Examples:
  costcalc calibrate measured.csv --dtype int8
  costcalc calibrate measured.csv --dtype int8 --runtime "My runtime 1.0" --device mine.yaml
  costcalc calibrate three.csv --dtype int8 --like stm32h747 --device mine.yaml
"""


def _terms(text: str) -> list[str]:
    found = names(text)
    for name in found:
        if name not in TERMS:
            raise ValueError(nearest(name, TERMS) or f"{name!r} is not one of {', '.join(TERMS)}")
    return found


def _fit(
    measured: Measurements, dtype: str | None, terms: list[str] | None, like: str | None
) -> Fit:
    if like is None:
        return Fit(measured, terms or (TERMS if measured.of_layers else TERMS[:1]))
    if terms:
        raise click.UsageError("--like takes the terms of the other device: leave out --terms")
    other = load_device(like)
    return Scaled(measured, other, dtype or other.dtype or "")


@click.command("calibrate", epilog=EPILOG)
@click.argument("measurements", metavar="[NET=]FILE...", nargs=-1, required=True)
@click.option(
    "--device",
    metavar="FILE",
    help="Write the rates to a device's file; what else it has stays.",
)
@click.option(
    "--dtype",
    type=click.Choice([*BYTES]),
    help="Data type that was measured, unless a file says so.",
)
@click.option("--runtime", metavar="TEXT", help="What ran the networks, for a new device's file.")
@click.option(
    "--terms",
    metavar="T,...",
    type=Converted("T,...", _terms),
    help=f"What a layer takes time for: {', '.join(TERMS)}.  [default: all of measured layers, "
    "macs of measured networks]",
)
@click.option(
    "--like",
    metavar="NAME|FILE",
    help="Fit only how much slower all is than on another device, where few networks are measured.",
)
@include_option
@output_options("calibrate")
def command(
    measurements: tuple[str, ...],
    device: str | None,
    dtype: str | None,
    runtime: str | None,
    terms: list[str] | None,
    like: str | None,
    target: Target,
) -> None:
    """Fit how fast a device runs each kind of layer to measured times.

    FILE is a profile of ONNX Runtime, what TensorFlow Lite's benchmark_model prints, with the
    network before it (NET=FILE), or CSV with a row a layer or a network. Rates are fitted by least
    squares, none below 0; with --like only how much slower all of them are than another device's.
    Each network is left out once, and estimated by the rates of the others: that is the error of
    an estimate. With --device, a device's file is written, for costcalc deploy and --device of
    other commands.
    """
    measured = read_measurements(measurements, dtype)
    dtype = dtype or measured.dtype
    if device is not None and dtype is None:
        raise click.UsageError("the measurements do not say of which data type: --dtype int8")
    fit = _fit(measured, dtype, terms, like)
    if device is not None and dtype is not None:
        if fit.error is None:
            raise CostcalcError(
                "each network has a kind of layer that no other has: the error is not known, and "
                "no device's file is written",
                hint="measure more networks",
            )
        old = read_text(device) if os.path.lexists(device) else None
        head = {
            "device": Path(device).stem,
            "runtime": runtime or measured.runtime or "not said",
            "source": f"measured: {', '.join(map(os.path.basename, measurements))}",
        }
        text = device_text(fit, dtype, device, old, head)
        DeviceReader(device, device, text)  # what is written must be readable
        write_file([text], device)
    emit(Calibrated(fit, device, dtype), target)
