"""Messages of JSON-RPC over a pair of streams, as the Language Server Protocol frames them.

Source: Language Server Protocol 3.17, "Base Protocol".
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

MAX_BYTES = 64_000_000
"""Of one message: a text of 4 MB, the most a network may be, is well below it."""
_MAX_HEADER = 4_096
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
INTERNAL_ERROR, NOT_INITIALIZED, REQUEST_FAILED, CANCELLED = -32603, -32002, -32803, -32800


class BadMessageError(Exception):
    """A message that is no JSON-RPC; those behind it can still be read."""


class RequestError(Exception):
    """A request that cannot be answered."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Channel:
    """Reads messages from one stream and writes messages to another."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading = reading
        self._writing = writing

    def read(self) -> dict[str, Any] | None:
        """Wait for a message; None at the end. Raises BadMessageError for one that is none."""
        length = self._length()
        if length is None:
            return None
        if length > MAX_BYTES:
            self._skip(length)
            raise BadMessageError(f"a message has at most {MAX_BYTES:,} bytes, not {length:,}")
        body = self._reading.read(length)
        if len(body) < length:
            return None  # the other side ended within a message
        try:
            message = json.loads(body, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise BadMessageError(f"not JSON: {error}") from None
        if not isinstance(message, dict):
            raise BadMessageError("a message is an object")
        return message

    def write(self, message: dict[str, Any]) -> None:
        """Send a message. Raises OSError where nobody reads any more."""
        body = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode()
        self._writing.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._writing.flush()

    def _length(self) -> int | None:
        """Read a header; None at the end of the stream.

        Lines that are no header are passed over, so that the next message is found behind garbage.
        """
        length: int | None = None
        while True:
            line = self._reading.readline(_MAX_HEADER)
            if not line:
                return None
            name, colon, value = line.partition(b":")
            if colon and name.strip().lower() == b"content-length":
                digits = value.strip()
                length = int(digits) if digits.isdigit() and len(digits) < 12 else None
            elif not line.strip() and length is not None:
                return length

    def _skip(self, length: int) -> None:
        while length > 0:
            part = self._reading.read(min(length, 1 << 20))
            if not part:
                return
            length -= len(part)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")
