"""How reports name networks, metrics and sizes."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from costcalc.accounting.convention import Accounting
from costcalc.graph.nodes import Network
from costcalc.graph.runtime import Runtime
from costcalc.graph.setting import Setting
from costcalc.language.library import shown_path
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import METRICS
from costcalc.render.sheet import number
from costcalc.reports.runtimes import runtime_text
from costcalc.text import escaped
from costcalc.units import decimal_text, duration_text, fixed

_RATIOS = {"ratio": "of standard", "share": "share", "top1": "top-1"}


def heading(network: Network | NetworkFile, variant: str | None) -> str:
    """Name a network, its variant if that has another name, and its file."""
    title = escaped(network.name)
    if variant and variant != network.name:
        title += f" ({escaped(variant)})"
    return f"{title}  {escaped(shown_path(network.path))}".rstrip()


def device_line(setting: Setting) -> Iterator[str]:
    """Say on which device latency is estimated, what it rests on, and how far off it may be."""
    device, dtype = setting.device, setting.deployed.dtype
    if device is None or dtype not in device.rates:
        return
    known = device.calibrations[dtype]
    worst = "" if known.worst is None else f", at most {fixed(100 * known.worst, 1)} %"
    yield (
        f"latency: estimated for {escaped(device.title)} with {escaped(device.runtime)} in "
        f"{dtype}, {fixed(100 * known.error, 1)} % off on average{worst} "
        f"({known.measured} {known.of}, each left out)"
    )


def setting_lines(file: NetworkFile | None, setting: Setting) -> Iterator[str]:
    """Say how totals are counted, as `accounting_lines`, and on which runtime memory is."""
    yield from accounting_lines(setting.accounting)
    runtime = runtime_text(file, setting)
    if runtime is not None:
        yield f"memory on a runtime with {runtime}"


def accounting_lines(counted: Accounting, runtime: Runtime | None = None) -> Iterator[str]:
    """Say how totals are counted, if not by costcalc's own convention without folding, and the
    runtime of two networks that are compared.
    """
    if not counted.is_default and counted.convention is not None:
        about = f": {escaped(counted.convention.about)}" if counted.convention.about else ""
        yield f"convention {escaped(counted.name)}, totals in {counted.unit}s{about}"
    if counted.fold_batch_norm:
        yield "batch norm folded into the convolutions before it"
    if runtime is not None:
        yield f"memory on a runtime with {runtime.text()}"


def title(metric: str, counted: Accounting) -> str:
    """Name a metric above its numbers; a total is named after its convention."""
    if metric == "total" and not counted.is_default:
        return f"{escaped(counted.name)} {counted.unit}s"
    if metric == "convention_params" and not counted.is_default:
        return f"{escaped(counted.name)} params"
    return metric_title(metric)


def metric_title(metric: str) -> str:
    """Name a metric, or a ratio that a sweep shows."""
    return _RATIOS[metric] if metric in _RATIOS else METRICS[metric].title


def amount(metric: str, value: int | Fraction) -> str:
    """Write a metric's value; a time with its unit, rounded."""
    return number(value) if METRICS[metric].unit != "second" else duration_text(value)


def signed_amount(metric: str, value: int | Fraction) -> str:
    """Write a difference of a metric, with its sign."""
    sign = "+" if value > 0 else "-" if value < 0 else ""
    return f"{sign}{amount(metric, value if value > 0 else -value)}" if value else "0"


def side(sizes: Sequence[int] | None) -> str:
    """Write a size as `3` if its sides are equal, else as `10×4`."""
    if not sizes:
        return ""
    return str(sizes[0]) if len(set(sizes)) == 1 else size(sizes)


def size(sizes: Sequence[int] | None) -> str:
    """Write a size as `3×3`."""
    return "" if sizes is None else "×".join(map(str, sizes))


def percent(value: Fraction) -> str:
    """Write an accuracy with at least one decimal, such as `68.0 %`."""
    text = decimal_text(value)
    return f"{text} %" if "." in text or "/" in text else f"{text}.0 %"


def excess(count: int | Fraction, limit: int | Fraction) -> str:
    """Write by how much a count exceeds its limit, with enough decimals to show that it does.

    From eleven times the limit on, write how many times it is: `×12.5`.
    """
    if limit and count >= 11 * limit:
        times = Fraction(count, limit)
        return f"×{fixed(times, 1)}" if times < 1000 else f"×{count // limit:,}"
    percent = Fraction(100 * (count - limit)) / limit if limit else Fraction(0)
    places = next((n for n in (1, 2, 4) if percent >= Fraction(1, 10**n)), None)
    if places is not None:
        return f"+{fixed(percent, places)} %"
    return f"+{count - limit:,}" if isinstance(count - limit, int) else "above by under 0.0001 %"
