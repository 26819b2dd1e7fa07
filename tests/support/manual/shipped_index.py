"""The index of the shipped networks, configs/index.json, from which `costcalc list` is quick."""

from pathlib import Path

from costcalc.costs.shipped import described
from costcalc.language import index
from costcalc.language.lookup import shipped_files

INDEX = Path(index.INDEX)


def written() -> str:
    return index.index_text({path: described(path) for path in shipped_files()})
