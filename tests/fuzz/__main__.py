"""`python -m tests.fuzz`: fuzz costcalc for a minute, or for as long as you like."""

import argparse
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent)]


def main() -> int:
    from fuzz.engines import ENGINES
    from fuzz.runner import again, run, seeds

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=1, help="how long, all fuzzers side by side"
    )
    parser.add_argument("--seed", action="append", help="repeatable; by default 1 and a new one")
    parser.add_argument(
        "--engine", action="append", choices=ENGINES, help="by default all but torch"
    )
    parser.add_argument("--case", help="try one case again, as it was printed")
    given = parser.parse_args()
    if given.case:
        return again(given.case)
    engines = given.engine or [name for name in ENGINES if name != "torch"]
    return 1 if run(engines, given.minutes, given.seed or seeds()) else 0


if __name__ == "__main__":
    sys.exit(main())
