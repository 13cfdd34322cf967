"""Where kernels are kept: whose folder, whose files, and that damage is seen before it is used."""

import os
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop.engines.compiled import cache, kernel_files
from clearprop.engines.compiled.kernel_files import Use, kept, read_checked, write_checked

POSIX = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="owners and modes are POSIX's")
ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away"
)
SOMEBODY = 12_345


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return the folder for kernels, below one of the test's own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kernel_files._Process, "use", Use.LOAD)
    monkeypatch.setattr(kernel_files._Process, "files", set())
    assert cache.reason_not_used() is None
    return cache.cache_folder()


# Which folder


def _no_home():
    raise RuntimeError("Could not determine home directory.")


@pytest.fixture
def linux(monkeypatch):
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cache.sys, "platform", "linux")
    monkeypatch.setattr(cache.Path, "home", lambda: Path("/home/somebody"))


@pytest.mark.parametrize("chosen", ["", "relative"])
def test_an_empty_or_relative_variable_counts_as_unset(linux, monkeypatch, chosen):
    monkeypatch.setenv("XDG_CACHE_HOME", chosen)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    assert cache.cache_folder().parent == Path("/home/somebody/.cache/clearprop")


def test_a_chosen_folder_needs_no_home(linux, monkeypatch):
    monkeypatch.setattr(cache.Path, "home", _no_home)
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache.cache_folder().parent == Path("/caches/clearprop")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/kernels")
    assert cache.cache_folder().parent == Path("/kernels")


@pytest.mark.parametrize("home", [_no_home, lambda: Path("relative")])
def test_a_user_without_a_home_keeps_nothing(linux, monkeypatch, home):
    monkeypatch.setattr(cache.Path, "home", home)
    assert cache.cache_folder() is None
    assert "NUMBA_CACHE_DIR may name another folder" in cache.reason_not_used()
    assert "NUMBA_CACHE_DIR may name another folder" in cache.reason_not_kept()


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("darwin", {"XDG_CACHE_HOME": "/caches"}, "/home/somebody/Library/Caches/clearprop"),
        ("win32", {"LOCALAPPDATA": ""}, "/home/somebody/AppData/Local/clearprop"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/clearprop"),
    ],
)
def test_each_system_has_its_place(linux, monkeypatch, platform, variables, expected):
    monkeypatch.setattr(cache.sys, "platform", platform)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache.cache_folder().parent == Path(expected)


def test_a_folder_below_a_file_is_not_used(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert cache.reason_not_used() == f"{cache.cache_folder()} cannot be made (Not a directory)"


@POSIX
@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777, 0o1777])
def test_a_folder_that_others_can_write_to_is_not_used(folder, mode):
    folder.chmod(mode)
    assert cache.reason_not_used() == f"{folder} can be written to by other users"
    assert cache.reason_not_kept() == f"{folder} can be written to by other users"


@ROOT
def test_another_users_folder_is_not_used(folder):
    os.chown(folder, SOMEBODY, -1)
    assert cache.reason_not_used() == f"{folder} belongs to another user"


@POSIX
def test_a_new_folder_is_private_whatever_the_umask(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    before = os.umask(0)
    try:
        assert cache.reason_not_used() is None
    finally:
        os.umask(before)


# Which files


@given(content=st.binary(max_size=60), data=st.data())
def test_any_damage_is_seen(tmp_path_factory, content, data):
    path = tmp_path_factory.getbasetemp() / "damaged.kernel"
    write_checked(path, content)
    whole = path.read_bytes()
    assert read_checked(path) == content
    cut = st.integers(0, len(whole) - 1).map(lambda end: whole[:end])
    longer = st.binary(min_size=1, max_size=9).map(lambda more: whole + more)
    bit = st.integers(0, 8 * len(whole) - 1).map(
        lambda place: bytes(
            byte ^ (1 << place % 8 if number == place // 8 else 0)
            for number, byte in enumerate(whole)
        )
    )
    zeroed = st.just(bytes(len(whole)))
    path.write_bytes(data.draw(st.one_of(cut, longer, bit, zeroed)))
    assert read_checked(path) is None


def test_a_file_under_another_name_is_another_file(folder):
    write_checked(folder / "one.kernel", b"code")
    (folder / "one.kernel").rename(folder / "other.kernel")
    assert read_checked(folder / "other.kernel") is None


@POSIX
def test_a_file_that_others_can_write_to_is_not_read(folder):
    path = folder / "open.kernel"
    write_checked(path, b"code")
    path.chmod(0o666)
    assert read_checked(path) is None


@ROOT
def test_another_users_file_is_not_read(folder):
    path = folder / "planted.kernel"
    write_checked(path, b"code")
    os.chown(path, SOMEBODY, -1)
    assert read_checked(path) is None


def test_what_is_not_whole_is_removed_and_nothing_else(folder):
    for name in ("whole", "damaged"):
        write_checked(folder / f"{name}.kernel", b"code")
    kernel_files.list_kernels(folder, "float32", ["whole.kernel"])
    kernel_files.list_kernels(folder, "float64", ["whole.kernel", "damaged.kernel"])
    (folder / "damaged.kernel").write_bytes(b"")
    (folder / ".clearprop-0123.tmp").write_bytes(b"half")
    assert kernel_files.kernels_are_whole(folder, "float32")
    assert not kernel_files.kernels_are_whole(folder, "float64")
    assert kernel_files.remove_what_is_not_whole(folder, "float64")
    assert sorted(path.name for path in folder.iterdir()) == ["float32.kernels", "whole.kernel"]
    assert not kernel_files.remove_what_is_not_whole(folder, "float64")


# What Numba is given


def _twice(x):
    return x + x


def _unpickled(*arguments):
    raise AssertionError("unpickled")


class Planted:
    def __reduce__(self):
        return _unpickled, ()


@pytest.fixture
def saved(folder):
    """Compile and save a small kernel; return its file."""
    kernel_files.use_files(Use.SAVE)
    assert kept(_twice)(np.float64(2.0)) == 4.0
    kernel_files.use_files(Use.LOAD)
    (name,) = kernel_files.files_used()
    return folder / name


def test_a_kernel_is_loaded_where_it_was_saved(saved):
    kernel = kept(_twice)
    assert kernel(np.float64(3.0)) == 6.0
    assert sum(kernel.stats.cache_hits.values()) == 1


@pytest.mark.parametrize("content", [None, b"", pickle.dumps(Planted())])
def test_a_kernel_that_does_not_load_is_compiled_with_a_warning(saved, content):
    saved.unlink() if content is None else saved.write_bytes(content)
    with pytest.warns(UserWarning, match="kernel _twice could not be loaded.*last digits"):
        assert kept(_twice)(np.float64(3.0)) == 6.0
    assert (saved.read_bytes() if saved.exists() else None) == content  # nothing is saved here


@ROOT
def test_a_planted_kernel_is_not_unpickled(saved):
    write_checked(saved, pickle.dumps(Planted()))
    os.chown(saved, SOMEBODY, -1)
    with pytest.warns(UserWarning, match="could not be loaded"):
        assert kept(_twice)(np.float64(3.0)) == 6.0


@POSIX
def test_a_folder_that_is_not_used_is_not_read(saved):
    write_checked(saved, pickle.dumps(Planted()))
    saved.parent.chmod(0o777)
    kernel_files.use_files(Use.NONE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert kept(_twice)(np.float64(3.0)) == 6.0


def test_kernels_take_no_other_constant_from_definitions_than_the_folder_is_named_by():
    """A new one belongs into `cache._surroundings`; the processor's triple tells CAN_SLEEP."""
    root = Path(cache.__file__).parent
    sources = [*(root / "kernels").glob("*.py"), root / "vectormath.py"]
    taken = {
        line
        for source in sources
        for line in source.read_text().splitlines()
        if "import" in line and "clearprop" in line and "clearprop.engines.compiled" not in line
    }
    assert taken == {
        "from clearprop.definitions.layers import SELU as SELU_LAYER",
        "from clearprop.engines.threads import CAN_SLEEP",
    }
