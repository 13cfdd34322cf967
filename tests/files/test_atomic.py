"""A file that is written as a whole or not at all, whatever goes wrong on the way."""

import errno
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clearprop.files.atomic import write_atomically

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX files, links and permissions")


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    return path


@pytest.mark.parametrize("kind", [str, Path])
def test_writes_all_chunks_to_a_new_file_and_over_an_old_one(tmp_path, kind):
    path = tmp_path / "file"
    write_atomically(kind(path), [b"one", memoryview(b"two"), b""])
    assert path.read_bytes() == b"onetwo"
    write_atomically(kind(path), [])
    assert path.read_bytes() == b""
    assert names(tmp_path) == ["file"]


def test_a_path_relative_to_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_atomically("file", [b"new"])
    assert names(tmp_path) == ["file"]


@posix
def test_the_longest_name_that_a_file_can_have(tmp_path):
    path = tmp_path / ("n" * 255)
    write_atomically(path, [b"new"])
    assert path.read_bytes() == b"new"


def test_the_old_file_is_whole_until_the_new_one_is(old):
    def chunks():
        yield b"n" * 100_000
        assert old.read_bytes() == b"old"
        yield b"ew"
        assert old.read_bytes() == b"old"

    write_atomically(old, chunks())
    assert old.read_bytes() == b"n" * 100_000 + b"ew"


def test_content_reaches_the_disk_before_the_name_and_the_name_before_the_return(old, monkeypatch):
    steps = []
    fsync, replace = os.fsync, os.replace

    def recording_fsync(descriptor):
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append(("sync", "folder" if is_folder else os.fstat(descriptor).st_size))
        fsync(descriptor)

    def recording_replace(source, target):
        steps.append("replace")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", recording_fsync)
    monkeypatch.setattr(os, "replace", recording_replace)
    write_atomically(old, [b"12345"])
    folder = [] if os.name == "nt" else [("sync", "folder")]
    assert steps == [("sync", 5), "replace", *folder]


# --- links and permissions -------------------------------------------------------------------


@posix
@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_stays_and_its_target_is_written_in_the_targets_folder(tmp_path, exists):
    far = tmp_path / "far"
    near = tmp_path / "near"
    far.mkdir()
    near.mkdir()
    if exists:
        (far / "target").write_bytes(b"old")
    (near / "middle").symlink_to("../far/target")
    (near / "link").symlink_to("middle")

    def chunks():
        yield b"new"
        assert names(near) == ["link", "middle"]
        assert len(names(far)) == 1 + exists

    write_atomically(near / "link", chunks())
    assert (near / "link").readlink() == Path("middle")
    assert (near / "middle").readlink() == Path("../far/target")
    assert (far / "target").read_bytes() == b"new"
    assert names(far) == ["target"]


@posix
def test_links_in_a_circle_are_an_error(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="nothing was saved") as caught:
        write_atomically(tmp_path / "a", [b"new"])
    assert caught.value.errno == errno.ELOOP
    assert names(tmp_path) == ["a", "b"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666, 0o755])
def test_an_existing_file_keeps_its_permissions_from_the_first_byte(old, mode):
    old.chmod(mode)

    def chunks():
        yield b"secret"
        (temporary,) = old.parent.glob(".clearprop-*.tmp")
        assert mode_of(temporary) == mode

    write_atomically(old, chunks())
    assert old.read_bytes() == b"secret"
    assert mode_of(old) == mode


@posix
@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o077])
def test_a_new_file_has_the_permissions_that_open_gives(tmp_path, umask):
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "ours", [b"new"])
        (tmp_path / "opened").write_bytes(b"new")
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "ours") == mode_of(tmp_path / "opened") == 0o666 & ~umask


# --- what can go wrong -----------------------------------------------------------------------


def check_nothing_changed(old):
    assert old.read_bytes() == b"old"
    assert names(old.parent) == [old.name]


@pytest.mark.parametrize("failure", [ValueError("no more"), KeyboardInterrupt(), MemoryError()])
def test_a_failure_while_the_content_is_made_changes_nothing(old, failure):
    def chunks():
        yield b"n" * 100_000
        raise failure

    with pytest.raises(type(failure)):
        write_atomically(old, chunks())
    check_nothing_changed(old)


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_failing_disk_is_told_with_the_path_and_changes_nothing(old, monkeypatch, step, number):
    def failing(*arguments):
        raise OSError(number, os.strerror(number), "a name the user never saw")

    monkeypatch.setattr(os, step, failing)
    with pytest.raises(OSError, match="nothing was saved") as caught:
        write_atomically(old, [b"new"])
    assert caught.value.errno == number
    assert caught.value.filename == str(old)
    assert os.strerror(number) in str(caught.value)
    assert "never saw" not in str(caught.value)
    check_nothing_changed(old)


@posix
@pytest.mark.parametrize(
    ("number", "told"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)]
)
def test_a_folder_that_cannot_be_synchronised(old, monkeypatch, number, told):
    fsync = os.fsync

    def failing_on_folders(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing_on_folders)
    if told:
        with pytest.raises(OSError) as caught:
            write_atomically(old, [b"new"])
        assert caught.value.errno == number
        assert "nothing was saved" not in str(caught.value)
    else:
        write_atomically(old, [b"new"])
    assert old.read_bytes() == b"new"


FULL_DISK = """
import errno, resource, sys
from clearprop.files.atomic import write_atomically

hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
try:
    write_atomically(sys.argv[1], [b"n" * 30_000, b"n" * 30_000])
except OSError as error:
    assert error.errno == errno.EFBIG and error.filename == sys.argv[1], error
    print("refused")
"""


@posix
def test_a_disk_that_fills_up_half_way_changes_nothing(old):
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(old)], capture_output=True, text=True, check=False
    )
    assert (run.stdout, run.stderr) == ("refused\n", "")
    check_nothing_changed(old)


def test_a_missing_folder_is_named(tmp_path):
    path = tmp_path / "missing" / "file"
    with pytest.raises(FileNotFoundError, match="There is no folder") as caught:
        write_atomically(path, [b"new"])
    assert caught.value.filename == str(path)
    assert names(tmp_path) == []


@posix
def test_a_file_in_place_of_a_folder(old):
    with pytest.raises(NotADirectoryError, match="nothing was saved"):
        write_atomically(old / "file", [b"new"])
    check_nothing_changed(old)


@pytest.mark.parametrize("content", [[], ["kept"]])
def test_a_folder_in_place_of_the_file(tmp_path, content):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in content:
        (folder / name).touch()
    with pytest.raises(IsADirectoryError, match="nothing was saved") as caught:
        write_atomically(folder, [b"new"])
    assert caught.value.filename == str(folder)
    assert names(tmp_path) == ["folder"]
    assert names(folder) == content


@posix
def test_what_is_not_a_regular_file_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="Not a regular file; nothing was saved"):
        write_atomically(pipe, [b"new"])
    assert pipe.is_fifo()
    assert names(tmp_path) == ["pipe"]


@posix
def test_a_write_protected_file_stays(old):
    if os.geteuid() == 0:
        pytest.skip("root may write to every file")
    old.chmod(0o444)
    with pytest.raises(PermissionError, match="write-protected; nothing was saved"):
        write_atomically(old, [b"new"])
    check_nothing_changed(old)


@posix
def test_a_folder_that_takes_no_new_files(old):
    if os.geteuid() == 0:
        pytest.skip("root may write to every folder")
    old.parent.chmod(0o555)
    try:
        for path in (old, old.with_name("another")):
            with pytest.raises(PermissionError, match="nothing was saved") as caught:
                write_atomically(path, [b"new"])
            assert caught.value.filename == str(path)
        check_nothing_changed(old)
    finally:
        old.parent.chmod(0o755)


@posix
def test_writers_at_the_same_time_leave_the_whole_file_of_one_of_them(old):
    contents = [bytes([letter]) * 50_000 for letter in b"abcdefgh"]
    with ThreadPoolExecutor(len(contents)) as pool:
        list(pool.map(lambda content: write_atomically(old, [content]), contents * 5))
    assert old.read_bytes() in contents
    assert names(old.parent) == ["file"]


def test_what_was_written_is_read_again_before_it_replaces(old, monkeypatch):
    """A disk that loses a byte: the old file stays."""
    fsync = os.fsync

    def losing(descriptor):
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            os.pwrite(descriptor, b"?", 1)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", losing)
    with pytest.raises(OSError, match="reads back as something else; nothing was saved"):
        write_atomically(old, [b"new", memoryview(b" content")], proven=True)
    assert old.read_bytes() == b"old"
    assert names(old.parent) == ["file"]
    write_atomically(old, [b"new"])  # without a proof nobody notices
    assert old.read_bytes() == b"n?w"


@pytest.mark.parametrize("chunks", [[b"one", memoryview(b"two"), b""], [], [b"n" * 100_000]])
def test_a_proven_file_has_all_chunks(tmp_path, chunks):
    write_atomically(tmp_path / "file", chunks, proven=True)
    assert (tmp_path / "file").read_bytes() == b"".join(map(bytes, chunks))


@posix
def test_what_a_killed_process_left_goes_at_the_next_save(old):
    left = old.parent / ".clearprop-0123456789abcdef.tmp"
    left.write_bytes(b"half")
    other = old.parent / ".other.tmp"
    other.write_bytes(b"not ours")
    write_atomically(old, [b"new"])
    assert names(old.parent) == [".other.tmp", "file"]


@posix
def test_what_another_writes_at_the_moment_stays(old):
    def chunks():
        yield b"a"
        write_atomically(old.parent / "second", [b"b"])  # a save in the middle of another
        yield b"c"

    write_atomically(old, chunks())
    assert old.read_bytes() == b"ac"
    assert names(old.parent) == ["file", "second"]
