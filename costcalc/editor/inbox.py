"""Messages of an editor as they come, so that slow work can wait while more of them do."""

from __future__ import annotations

from queue import Queue
from threading import Thread
from typing import Any

from costcalc.editor.channel import BadMessageError, Channel

MOST = 1_000
"""Messages that wait; the editor waits with more."""
Message = dict[str, Any]


class Inbox:
    """Reads a channel in a thread of its own."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._messages: Queue[Message | BadMessageError | None] = Queue(MOST)
        self._cancelled: set[str | int] = set()
        Thread(target=self._read, name="inbox", daemon=True).start()

    def take(self) -> Message | BadMessageError | None:
        """Wait for the next message, which may be none that can be read; None is the end."""
        return self._messages.get()

    @property
    def is_empty(self) -> bool:
        """Whether the editor has said nothing more so far."""
        return self._messages.empty()

    def is_cancelled(self, number: Any) -> bool:
        """Whether the editor needs no answer any more to the request of a number."""
        return isinstance(number, (str, int)) and number in self._cancelled

    def forget(self, number: Any) -> None:
        """Take a request as answered."""
        if self.is_cancelled(number):
            self._cancelled.discard(number)

    def _read(self) -> None:
        while True:
            message: Message | BadMessageError | None
            try:
                message = self._channel.read()
            except BadMessageError as error:
                message = error
            except (OSError, ValueError):
                message = None  # the stream is broken, or closed
            if isinstance(message, dict) and message.get("method") == "$/cancelRequest":
                self._cancel(message.get("params"))
                continue
            self._messages.put(message)
            if message is None or (isinstance(message, dict) and message.get("method") == "exit"):
                return

    def _cancel(self, params: Any) -> None:
        number = params.get("id") if isinstance(params, dict) else None
        if isinstance(number, (str, int)):
            if len(self._cancelled) >= MOST:  # of requests that were answered before
                self._cancelled.clear()
            self._cancelled.add(number)
