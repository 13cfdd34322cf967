"""Standard output and error that never cost a command its work.

A reader may leave early (``| head``), a disk may be full, a terminal may be gone. Writing then
raises OSError, or rich ends the program, in the middle of whatever the command does: training, or
saving what it has trained. Here what cannot be written is dropped, the command goes on, and its
end tells of the loss.
"""

from __future__ import annotations

import errno
import io
import sys
from typing import Any


class LossyOutput(io.RawIOBase):
    """Bytes for another stream, until one cannot be written; the rest is dropped.

    Attributes
    ----------
    error : OSError or None
        Why bytes were dropped; None as long as all were written.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.error: OSError | None = None

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any, /) -> int | None:
        """Write what can be written, and return as if all had been."""
        if self.error is None:
            try:
                written: int | None = self._raw.write(data)
            except OSError as error:
                self.error = error
            else:
                return written
        return memoryview(data).nbytes

    def fileno(self) -> int:
        """Return the number of the stream."""
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return bool(self._raw.isatty())


def guard_output() -> list[LossyOutput]:
    """Put lossy streams in the place of standard output and error, and return them in that order.

    A stream that was closed before the program began, or is no file, stays what it is.
    """
    guarded = []
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        buffer = getattr(stream, "buffer", None)
        if buffer is None:
            continue
        lossy = LossyOutput(getattr(buffer, "raw", buffer))  # itself raw with PYTHONUNBUFFERED
        text = io.TextIOWrapper(
            io.BufferedWriter(lossy),
            encoding=stream.encoding,
            errors=stream.errors,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        setattr(sys, name, text)
        guarded.append(lossy)
    return guarded


def lost_output(guarded: list[LossyOutput]) -> str | None:
    """Return why output was lost; None if all was written, or its reader left before the end."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    errors = [lossy.error for lossy in guarded if lossy.error is not None]
    losses = [error for error in errors if error.errno != errno.EPIPE]
    return losses[0].strerror if losses else None
