"""`costcalc` and `python -m costcalc`: exit 0 fine, 1 over budget or changed, 2 anything else."""

import gc
import os
import sys


def main() -> None:
    # A run is short and its inputs are bounded: collecting garbage would only cost time.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run())


def _run() -> int:
    try:
        from costcalc.cli import run

        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has what it wanted (`| head`). Python must not flush into the pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        if os.environ.get("COSTCALC_TRACEBACK"):
            raise
        message = str(error).splitlines()[0][:200] if str(error) else ""
        print(f"error: costcalc failed: {type(error).__name__}: {message}", file=sys.stderr)
        print(
            "  hint: this is a bug; COSTCALC_TRACEBACK=1 shows where, for a report",
            file=sys.stderr,
        )
        return 2
    return code


if __name__ == "__main__":
    main()
