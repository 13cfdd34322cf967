"""Ctrl-C while the command's modules are imported: one line, and no traceback.

It comes first of all imports of the package: NumPy takes a good part of the command's start. Where
clearprop is imported by another program nothing is changed.
"""

from __future__ import annotations

import re
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


def is_command(argv: list[str], original: list[str]) -> bool:
    """Return whether this process is the command, by ``sys.argv`` and ``sys.orig_argv``.

    >>> is_command(["/usr/bin/clearprop", "train"], []), is_command(["-m"], ["-m", "clearprop"])
    (True, True)
    >>> is_command(["-m"], ["python", "-X", "dev", "-um", "clearprop"])
    True
    >>> is_command(["my.py"], ["-m", "clearprop"]), is_command(["-m"], ["-m", "clearprop.x"])
    (False, False)
    """
    program = argv[0] if argv else ""
    if program == "-m":
        return re.search(r" -[a-zA-Z]*m ?clearprop( |$)", " ".join(["", *original])) is not None
    return PurePath(program).stem == "clearprop"


def _in_one_line(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write("clearprop: interrupted.\n")
    else:
        sys.__excepthook__(kind, error, trace)


if is_command(getattr(sys, "argv", []), sys.orig_argv) and sys.excepthook is sys.__excepthook__:
    sys.excepthook = _in_one_line
