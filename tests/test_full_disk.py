"""A disk that fills up at every possible write: a memory file system, smaller by a page each time.

Needs the right to mount one (root on Linux); elsewhere these tests are skipped. Each sweep ends
with the first size at which all has room, so that every write before has met the end of it.
"""

import os
import shutil
import subprocess
import warnings
from itertools import count

import numpy as np
import pytest

import clearprop as cp
from clearprop.cli import main
from clearprop.engines.compiled.kernel_files import read_checked, write_checked
from clearprop.live.record import Tail, epochs_in
from clearprop.training.checkpoint import read_checkpoint

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4))
Y = (X[:, 0] > 0).astype(int)
NET = cp.Chain(cp.Dense(4, 40), cp.Tanh(), cp.Dense(40, 1))
FULL = "No space left on device"


@pytest.fixture
def disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)]
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    yield folder
    os.chdir("/")
    subprocess.run(["umount", "-l", str(folder)], check=True)


def leave(disk, pages):
    """Fill the disk up but for so many pages."""
    filler = disk.parent / "disk" / "filler"
    filler.unlink(missing_ok=True)
    status = os.statvfs(disk)
    room = status.f_bavail * status.f_frsize - pages * PAGE
    assert room > 0
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room)


def rooms(disk):
    """Yield ever larger rooms; whoever asks breaks off when everything has fitted."""
    for pages in count():
        assert pages < 300, "nothing ever fits"
        leave(disk, pages)
        yield pages


def nothing_stale(disk):
    return not list(disk.rglob(".clearprop-*.tmp"))


def fitted(units=(20,)):
    return cp.MLPClassifier(hidden_layer_sizes=units, max_iter=2, random_state=0).fit(X, Y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_model(disk):
    path, old, new = disk / "a.clearprop", fitted(), fitted((200, 20))
    old.save(path)
    before = path.read_bytes()
    for pages in rooms(disk):  # noqa: B007 - used below
        try:
            new.save(path)
        except OSError as error:
            assert str(error) == f"[Errno 28] {FULL}; nothing was saved: '{path}'"
            assert path.read_bytes() == before
            assert nothing_stale(disk)
        else:
            break
    assert pages > 5
    assert np.array_equal(cp.load(path).coefs_[0], new.coefs_[0])


def trained(**how):
    params = NET.init(np.random.default_rng(1))
    return cp.train(
        NET, cp.BinaryCrossEntropy(), params, X, Y, epochs=6, batch_size=20, seed=0, **how
    )


def same(one, other):
    layers = zip(one.params.values(), other.params.values(), strict=True)
    return all(np.array_equal(a[name], b[name]) for a, b in layers for name in a)


@pytest.mark.parametrize("earlier", [False, True])
def test_a_checkpoint(disk, earlier):
    """The training goes on, and the last file stays."""
    path, whole = disk / "run.checkpoint", trained()
    for pages in rooms(disk):
        if earlier:  # a training that was cut off, and a disk that filled up since
            (disk / "filler").unlink()
            with pytest.raises(ZeroDivisionError):
                trained(
                    checkpoint=cp.Checkpoint(path, every=1),
                    on_epoch=lambda report: 0 // (report.epoch != 3),
                )
            leave(disk, pages)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            result = trained(checkpoint=cp.Checkpoint(path, every=1), resume=True)
        assert same(result, whole)
        assert nothing_stale(disk)
        for one in told:
            assert "training goes on, but is not saved after step" in str(one.message)
            assert FULL in str(one.message)
        if path.exists():
            read_checkpoint(path)
        assert path.exists() or not earlier
        if not told:
            break
        path.unlink(missing_ok=True)
    assert pages > 2


class RoomAtLast(cp.LivePage):
    """A live page before whose fifth epoch somebody makes room on the disk."""

    def __call__(self, report):
        if report.epoch == 5:
            (self.page.parents[1] / "filler").unlink(missing_ok=True)
        return super().__call__(report)


def test_a_live_page(disk):
    """The training goes on; lines that had no room stand in the record once there is some."""
    page, whole = disk / "live" / "live.html", trained()
    for pages in rooms(disk):  # noqa: B007 - used below
        live = RoomAtLast(page, display=False)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            result = trained(on_epoch=live)
        assert same(result, whole)
        assert nothing_stale(disk)
        for one in told:
            assert "training goes on, but its live page does not" in str(one.message)
            assert FULL in str(one.message)
        if page.parent.exists():
            (file,) = page.parent.glob("*.jsonl")
            tail = Tail(file)
            tail.update()
            assert len(tail.lines) == file.read_bytes().count(b"\n")
            assert sorted(epochs_in(tail.lines)) == [1, 2, 3, 4, 5, 6]
            assert page.read_text().rstrip().endswith("</html>")
            assert tail.texts[-1] in page.read_text()
            shutil.rmtree(page.parent)
        if not told:
            break
    assert pages > 5


@pytest.mark.slow
def test_a_command(disk, monkeypatch, capsys):
    """Training, with its report and its live page, and predictions, over good files."""
    monkeypatch.chdir(disk.parent)
    rows = [f"{a:.4f},{b:.4f},{'yes' if a > 0 else 'no'}" for a, b in X[:, :2]]
    (disk.parent / "t.csv").write_text("a,b,y\n" + "\n".join(rows * 4) + "\n")
    train = ["train", "t.csv", "--hidden", "200", "--epochs", "2", "--no-check-gradients"]
    assert run_command([*train, "--out", "disk/m.clearprop"]) == 0
    (disk / "r.html").write_bytes(b"good")
    (disk / "p.csv").write_bytes(b"good")
    train += ["--seed", "1"]
    for what, command in {
        "m.clearprop": [*train, "--out", "disk/m.clearprop"],
        "r.html": [*train, "--out", "m.clearprop", "--report", "disk/r.html"],
        "p.csv": ["predict", "m.clearprop", "t.csv", "--out", "disk/p.csv", "--proba"],
    }.items():
        path = disk / what
        before = path.read_bytes()
        for pages in count(0, 7 if what == "r.html" else 1):
            leave(disk, pages)
            capsys.readouterr()
            code = run_command(command)
            if code == 0:
                break
            said = capsys.readouterr().err.strip().splitlines()
            assert path.read_bytes() == before
            assert nothing_stale(disk)
            assert FULL in said[-1]
            assert what in said[-1]
        assert pages > 0
        assert path.read_bytes() != before


def run_command(arguments):
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr("sys.argv", ["clearprop", *arguments])
        try:
            main()
        except SystemExit as end:
            return end.code or 0
    return 0


def test_a_kernel(disk):
    path, content = disk / "a-0.kernel", RNG.bytes(5 * PAGE)
    write_checked(path, b"old")
    for pages in rooms(disk):  # noqa: B007 - used below
        try:
            write_checked(path, content)
        except OSError as error:
            assert FULL in str(error)
            assert read_checked(path) == b"old"
            assert nothing_stale(disk)
        else:
            break
    assert pages > 4
    assert read_checked(path) == content
