"""Writes the integers of the live reference models to tests/recorded/networks.json.

    python tests/peers/record_networks.py torchvision [timm keras papers] [--only NAME ...]

A library is a file record_LIBRARY.py beside this one, whose `networks()` gives the names of shipped
variants and their entries, with the reference's version and name.
Only the entries of the libraries that are asked for are written anew (all, if none is), so that
libraries which do not go together can be run in environments of their own. With --only, only the
entries of these shipped variants are written; the others stay as they are. The environments:

    torch==2.13.0, torchvision 0.28 and timm 1.0.31 (both with --no-deps); keras 3.15;
    torch==2.14.1 and transformers 5.24

In the record an entry's name is that of the variant, followed by the settings if there are any:
`mobilenet_v3_small alpha=0.75`. Its keys:

    reference   "LIBRARY VERSION NAME"
    input       [channels, height, width]
    macs        of convolutions, matrix products and attention, one input sample
    params      trainable
    settings    where they are not the variant's own: alpha (as text), resolution, or a param
    derivation  where the reference is no live model of its authors: where the integers are from
    layers      [kind, macs, params] of everything that has MACs, in the order of execution; kinds:
                linear (also a 1x1 convolution of one group, which is the same at every position),
                depthwise (a group a channel), conv (all other convolutions), transposed, product
                (of two maps, as in attention: it has no params), and recurrent (all steps of all
                layers of an LSTM, a GRU or an RNN). Params that several have are of the first.
    unordered   true where the model runs parts that do not hang on each other in another order than
                the network's text has them: layers is then compared without order
"""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

RECORD = Path(__file__).parent.parent / "recorded" / "networks.json"
LIBRARIES = sorted(
    path.stem.removeprefix("record_")
    for path in Path(__file__).parent.glob("record_*.py")
    if path.stem != "record_networks"
)
Entry = dict[str, Any]


def entries(library: str, only: Collection[str]) -> Iterator[tuple[str, Entry]]:
    """What a library's file gives, each with the library in front of its reference.

    It gives an entry, or a function that makes one, which is called only for what is asked for.
    """
    module = importlib.import_module(f"record_{library}")
    for name, found in module.networks():
        if only and name not in only:
            continue
        entry = found() if callable(found) else found
        name = " ".join([name, *(f"{k}={v}" for k, v in entry.get("settings", {}).items())])
        print(f"{name:40} {entry['macs']:>15,} {entry['params']:>12,}", flush=True)
        yield name, {**entry, "reference": f"{library} {entry['reference']}"}


def text(networks: dict[str, Entry]) -> str:
    """JSON in which a key of an entry is a line, and so are all its layers."""
    blocks = []
    for name, entry in sorted(networks.items()):
        lines = [f'  "{key}": {json.dumps(value)}' for key, value in entry.items()]
        blocks.append(f'"{name}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def main(libraries: list[str], only: list[str]) -> None:
    for library in libraries or LIBRARIES:
        new = dict(entries(library, only))
        old = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
        kept = {
            name: entry
            for name, entry in old.items()
            if entry["reference"].split()[0] != library or (only and name not in new)
        }
        twice = sorted(kept.keys() & new.keys())
        assert not twice, f"another library has recorded {', '.join(twice)}"
        RECORD.write_text(text({**kept, **new}), "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("libraries", nargs="*", choices=[[], *LIBRARIES])
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    arguments = parser.parse_args()
    main(arguments.libraries, arguments.only)
