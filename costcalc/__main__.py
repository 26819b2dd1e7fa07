"""`costcalc` and `python -m costcalc`: the exit codes, and what is said of a failure.

0 fine; 1 over budget, nothing fits, or changed; 2 anything else; 130 interrupted; 141 the reader of
standard output has left.
"""

import gc
import os
import sys


def main() -> None:
    # A run is short and its inputs are bounded: collecting garbage would only cost time.
    gc.disable()
    # OpenBLAS would take memory for each core, and ends the process where it gets none.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(_run())


def _run() -> int:
    try:
        from costcalc.cli import run
        from costcalc.cli.streams import guard

        guard()
        return run()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get("COSTCALC_TRACEBACK"):
            import traceback

            traceback.print_exc()
            return 2
        if isinstance(error, MemoryError):
            print("error: there is not enough memory", file=sys.stderr)
            return 2
        if isinstance(error, OSError):
            print(f"error: {_reason(error)}", file=sys.stderr)
            return 2
        message = str(error).splitlines()[0][:200] if str(error) else ""
        print(f"error: costcalc failed: {type(error).__name__}: {message}", file=sys.stderr)
        print(
            "  hint: this is a bug; COSTCALC_TRACEBACK=1 shows where, for a report",
            file=sys.stderr,
        )
        return 2


def _reason(error: OSError) -> str:
    """What the system refused. It says only `No such file` where the current folder is gone."""
    try:
        os.getcwd()
    except OSError:
        return "the current folder cannot be read: it was deleted, or moved out of reach"
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


if __name__ == "__main__":
    main()
