"""The networks that tests run over: the shipped ones and those of language/valid, by file."""

from pathlib import Path

from support.paths import VALID

from costcalc.language.lookup import shipped_files

SHIPPED = {Path(path).stem: path for path in shipped_files()}
NETWORKS = {path.stem: str(path) for path in sorted(VALID.glob("*.yaml"))} | SHIPPED
