"""python tests/support/manual [--write]"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    from support.manual import main

    sys.exit(main(sys.argv[1:]))
