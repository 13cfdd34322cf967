"""Write a file as a whole or not at all.

Writing in place leaves half a file when the process is killed or the disk fills up. Here the bytes
go to a temporary file in the same folder, reach the disk, and take the name in one step: whoever
opens the name, at any moment, finds the whole old file or the whole new one.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Folders that cannot be opened or synchronised (some network file systems, a folder without read
# permission): the new file is whole and in place, only its name may not survive a power cut.
_UNSYNCABLE = {errno.EACCES, errno.EINVAL, errno.ENOTSUP}


def write_atomically(path: str | os.PathLike[str], chunks: Iterable[bytes | memoryview]) -> None:
    """Write the chunks one after the other to a file that never exists in part.

    A symbolic link stays a link, and the file it points to is replaced. A file that exists keeps
    its permission bits; a new one gets those that `open` would give it. A process killed while
    writing leaves a hidden file ``.clearprop-….tmp`` beside the old one, safe to delete; after any
    other failure nothing is left.

    Parameters
    ----------
    path
        The file to create or to replace.
    chunks
        Its content.

    Raises
    ------
    OSError
        If the file cannot be written: the folder is missing, the disk is full, `path` is a folder
        or a device, or it may not be written to. The old file is as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder, "greeting"), [b"Hello, ", b"world"])
    ...     Path(folder, "greeting").read_bytes()
    b'Hello, world'
    """
    if not os.fspath(path):
        raise FileNotFoundError(errno.ENOENT, "The path is empty; nothing was saved", "")
    path = Path(path)
    try:
        mode = _mode_to_keep(path)
        target = path.resolve()
        if not target.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, f"There is no folder {target.parent}")
        _replace(target, mode, chunks)
    except OSError as error:
        message = f"{error.strerror}; nothing was saved"
        raise OSError(error.errno, message, str(path)) from error
    _sync_folder(target.parent)


def _mode_to_keep(path: Path) -> int | None:
    """Return the permission bits of the file to replace, or None if there is none."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        # A rename over /dev/null would put a file in the place of the device.
        raise OSError(errno.EINVAL, "Not a regular file")
    if not os.access(path, os.W_OK):
        # A rename asks the folder for permission only; a file protected by its owner stays.
        raise PermissionError(errno.EACCES, "The file is write-protected")
    return stat.S_IMODE(mode)


def _replace(target: Path, mode: int | None, chunks: Iterable[bytes | memoryview]) -> None:
    # The name does not contain the target's, which may be as long as names can be. `tempfile`
    # would create the file with mode 0o600, and the umask cannot be read without changing it.
    temporary = target.with_name(f".clearprop-{os.urandom(8).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if mode is not None:
                temporary.chmod(mode)
            file.writelines(chunks)
            file.flush()
            # Without it the new name could reach the disk before the content does.
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _UNSYNCABLE:
            raise
