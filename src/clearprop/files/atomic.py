"""Write a file atomically.

Writing in place leaves half a file if the process is killed or the disk fills up. Here the bytes
go to a temporary file in the same folder, are synchronised to the disk, and replace the old file in
one step. Opening the path at any moment gives the whole old file or the whole new one.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if os.name != "nt":
    import fcntl

CAN_LOCK = os.name != "nt"

if TYPE_CHECKING:
    from collections.abc import Iterable

START, END = ".clearprop-", ".tmp"

# Errors of folders that cannot be opened or synchronised (some network file systems, folders
# without read permission). The new file is complete; only its name may be lost in a power cut.
_UNSYNCABLE = {errno.EACCES, errno.EINVAL, errno.ENOTSUP}


def write_atomically(
    path: str | os.PathLike[str],
    chunks: Iterable[bytes | memoryview],
    *,
    proven: bool = False,
    durable: bool = True,
) -> None:
    """Write the chunks to a file that is replaced as a whole or not at all.

    A symbolic link stays a link, and the file it points to is replaced. An existing file keeps its
    permission bits; a new one gets those that `open` would give it. If the process is killed while
    writing, a hidden file ``.clearprop-….tmp`` stays in the folder until the next file is written
    there; any other failure leaves nothing behind.

    Parameters
    ----------
    path
        The file to create or to replace.
    chunks
        Its content.
    proven
        Whether the new file is read again, and compared with `chunks`, before it replaces the old
        one. They must be a sequence then.
    durable
        Whether the file and its name are on the disk when this returns, so that a power cut leaves
        one of the two files. Not needed for what can be written again.

    Raises
    ------
    OSError
        If the file cannot be written: the folder is missing, the disk is full, `path` is a folder
        or a device, or writing is not permitted. The old file is unchanged.

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
        remove_stale(target.parent)
        _replace(target, mode, chunks, proven, durable)
    except OSError as error:
        message = f"{error.strerror}; nothing was saved"
        raise OSError(error.errno, message, str(path)) from error
    if durable:
        _sync_folder(target.parent)


def _mode_to_keep(path: Path) -> int | None:
    """Return the permission bits of the file to replace, None if there is no file."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        # Renaming over /dev/null would replace the device by a file.
        raise OSError(errno.EINVAL, "Not a regular file")
    if not os.access(path, os.W_OK):
        # Renaming needs permission for the folder only, but a protected file must stay.
        raise PermissionError(errno.EACCES, "The file is write-protected")
    return stat.S_IMODE(mode)


def remove_stale(folder: Path) -> None:
    """Remove what killed processes left in a folder: temporary files that nobody writes to."""
    if not CAN_LOCK:
        return
    for stale in folder.glob(f"{START}*{END}"):
        try:
            descriptor = os.open(stale, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:  # gone already, or not ours to touch
            continue
        try:
            # Whoever writes holds the lock; it ends with its process.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stale.unlink(missing_ok=True)
        except OSError:
            continue
        finally:
            os.close(descriptor)


def _temporary(target: Path, mode: int | None) -> tuple[Path, int]:
    """Create a temporary file beside the target, and lock it while it is open."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        # The target's name may have the greatest length allowed, so it is not part of this name.
        # `tempfile` would create mode 0o600, and the umask cannot be read without changing it.
        temporary = target.with_name(f"{START}{os.urandom(8).hex()}{END}")
        descriptor = os.open(temporary, flags, 0o666 if mode is None else 0o600)
        if not CAN_LOCK or _is_locked(temporary, descriptor):
            return temporary, descriptor
        os.close(descriptor)


def _is_locked(temporary: Path, descriptor: int) -> bool:
    """Lock a file, and return whether it is still there: another may have removed it before.

    That other one held the lock for a moment, so this waits for it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:  # a file system without locks
        return True
    return temporary.exists()


def _is_written(temporary: Path, chunks: Iterable[bytes | memoryview]) -> bool:
    with temporary.open("rb") as file:
        whole = all(file.read(len(chunk)) == chunk for chunk in chunks)
        return whole and not file.read(1)


def _replace(
    target: Path,
    mode: int | None,
    chunks: Iterable[bytes | memoryview],
    proven: bool,
    durable: bool,
) -> None:
    temporary, descriptor = _temporary(target, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if mode is not None:
                temporary.chmod(mode)
            file.writelines(chunks)
            file.flush()
            if durable:  # otherwise the new name could reach the disk before the content
                os.fsync(file.fileno())
            if proven and not _is_written(temporary, chunks):
                raise OSError(errno.EIO, "What was written reads back as something else")
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
