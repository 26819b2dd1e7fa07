"""The networks that tests run over: the shipped ones and those of spec/valid, by their files."""

from pathlib import Path

from costcalc.language.lookup import shipped_files

VALID = Path(__file__).parent / "spec" / "valid"
SHIPPED = {Path(path).stem: path for path in shipped_files()}
NETWORKS = {path.stem: str(path) for path in sorted(VALID.glob("*.yaml"))} | SHIPPED
