"""Damage a folder of kernels, then train with it: it must heal, and open nothing foreign.

    python -m tests.engines.compiled.cache_trials --trials 200 --seed 0

Each trial copies a whole folder, damages it, and forks a process that trains. The process that
compiles is replaced by one that copies the whole files, as compiling takes a minute; `--real 3`
makes so many trials with the compiler itself.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

import clearprop as cp
from clearprop.engines.compiled import compiling, kernel_files
from clearprop.engines.compiled.cache import cache_folder
from clearprop.engines.compiled.kernel_files import kernels_are_whole, read_checked, write_checked

STRANGER = 65534
"""Another user: nobody."""

DTYPE = "float64"


class Opened:
    """A pickle that makes a file where it is opened."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.marker,)


def one_of(folder: Path, rng: random.Random, endings: str = "*.kernel*") -> Path:
    """Return a file of the folder."""
    return rng.choice(sorted(folder.glob(endings)))


def flip(folder: Path, rng: random.Random, marker: Path) -> None:
    """Flip some bits of a file."""
    path = one_of(folder, rng)
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 1, 1, 2, 8])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def cut(folder: Path, rng: random.Random, marker: Path) -> None:
    """Cut a file off, to nothing at times."""
    path = one_of(folder, rng)
    data = path.read_bytes()
    path.write_bytes(data[: rng.choice([0, 1, 32, rng.randrange(len(data))])])


def blank(folder: Path, rng: random.Random, marker: Path) -> None:
    """Write zeros over a part of a file, as a lost block does."""
    path = one_of(folder, rng)
    data = bytearray(path.read_bytes())
    at = rng.randrange(len(data))
    data[at : at + 4096] = bytes(len(data[at : at + 4096]))
    path.write_bytes(data)


def foreign(folder: Path, rng: random.Random, marker: Path) -> None:
    """Put a stranger's pickle in the place of every kernel."""
    evil = pickle.dumps(Opened(marker))
    for path in folder.glob("*.kernel"):
        path.write_bytes(rng.choice([evil, path.read_bytes()[:32] + evil]))


def strangers(folder: Path, rng: random.Random, marker: Path) -> None:
    """The same, its checksum right, in files that another user owns or may write to."""
    owner, mode = rng.choice([(True, 0o644), (False, 0o666), (False, 0o664), (True, 0o646)])
    for path in folder.glob("*.kernel"):
        write_checked(path, pickle.dumps(Opened(marker)))
        path.chmod(mode)
        if owner:
            os.chown(path, STRANGER, STRANGER)


def strangers_folder(folder: Path, rng: random.Random, marker: Path) -> None:
    """The same, in a folder that another user owns or may write to."""
    for path in folder.glob("*.kernel"):
        write_checked(path, pickle.dumps(Opened(marker)))
    if rng.random() < 0.5:
        os.chown(folder, STRANGER, STRANGER)
    else:
        folder.chmod(rng.choice([0o777, 0o775, 0o757]))


def swapped(folder: Path, rng: random.Random, marker: Path) -> None:
    """Give two kernels each other's name."""
    one, other = rng.sample(sorted(folder.glob("*.kernel")), 2)
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)


def gone(folder: Path, rng: random.Random, marker: Path) -> None:
    """Remove a file, or most of them."""
    files = sorted(folder.glob("*.kernel*"))
    for path in rng.sample(files, rng.choice([1, 1, len(files) - 1])):
        path.unlink()


def emptied(folder: Path, rng: random.Random, marker: Path) -> None:
    """Remove all files, or the folder too."""
    shutil.rmtree(folder)
    if rng.random() < 0.5:
        folder.mkdir(mode=0o755)


def index(folder: Path, rng: random.Random, marker: Path) -> None:
    """Damage the list of the kernels."""
    path = folder / f"{DTYPE}.kernels"
    data = path.read_bytes()
    text = rng.choice([b"", b"[]", b"{}", b'["../x"]', b"null", data[:-1], data[32:]])
    path.write_bytes(rng.choice([text, data[:32] + text]))


def half_written(folder: Path, rng: random.Random, marker: Path) -> None:
    """Leave what a killed process leaves: a temporary file, and no list."""
    (folder / f"{DTYPE}.kernels").unlink()
    (folder / ".clearprop-0123456789abcdef.tmp").write_bytes(rng.randbytes(1000))


Damage = Callable[[Path, random.Random, Path], None]
DAMAGES: tuple[Damage, ...] = (
    flip, flip, flip, cut, blank, foreign, strangers, strangers_folder, swapped, gone, emptied,
    index, half_written,
)  # fmt: skip
NEEDS_ROOT = (strangers, strangers_folder)


class Trials:
    """A whole folder of kernels, what training with it gives, and what was found wrong."""

    def __init__(self, base: Path) -> None:
        self.base, self.found = base, Counter[str]()
        compiling.make_sure_compiled(np.dtype(DTYPE))
        compiling._State.ready.clear()
        folder = cache_folder()
        assert folder is not None
        self.whole = base / "whole"
        self.whole.mkdir()
        listed = read_checked(folder / f"{DTYPE}.kernels")
        assert listed is not None
        for name in [f"{DTYPE}.kernels", *json.loads(listed)]:
            shutil.copy(folder / name, self.whole / name)
        self.name = folder.name
        self.reference, _ = self.trains(self.whole.parent / "first", real=False)

    def trains(self, cache: Path, real: bool) -> tuple[bytes, int]:
        """Return what a process gives that trains with the kernels of a cache, and its status."""
        folder, result = cache / self.name, self.base / "result"
        if not folder.exists() and not self.found:
            shutil.copytree(self.whole, folder)
        result.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.environ["NUMBA_CACHE_DIR"] = str(cache)
                with open(os.devnull, "w") as nothing:
                    os.dup2(nothing.fileno(), 2)
                if not real:
                    compiling._run = self.copied  # type: ignore[assignment]
                result.write_bytes(self.trained())
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        return result.read_bytes() if result.exists() else b"", status

    def copied(self, command: list[str]) -> tuple[int, str]:
        """Stand for the process that compiles and saves."""
        folder = cache_folder()
        assert folder is not None
        for path in self.whole.iterdir():
            write_checked(folder / path.name, path.read_bytes()[32:])
        return 0, ""

    @staticmethod
    def trained() -> bytes:
        """Use every kernel; return the weights, or what is said where no kernel may be read."""
        compiling.make_sure_compiled(np.dtype(DTYPE))
        if kernel_files._Process.use is kernel_files.Use.NONE:
            return b"not used"  # compiled in memory, which takes long
        rng = np.random.default_rng(0)
        net = cp.Chain(cp.Dense(3, 5), cp.Tanh(), cp.Dense(5, 1))
        x = rng.normal(size=(40, 3))
        found = b""
        for how in ({}, {"restarts": 3}, {"optimizer": cp.LBFGS()}):
            result = cp.train(
                net, cp.SquaredError(), net.init(rng), x, x[:, :1] ** 2, epochs=3, seed=0,
                engine="compiled", **how,
            )  # fmt: skip
            found += result.predict(x).tobytes()
        return found

    def once(self, damage: Damage, rng: random.Random, real: bool = False) -> None:
        """Damage a copy, train with it, and look."""
        cache, marker = self.base / "trial", self.base / "opened"
        folder = cache / self.name
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(self.whole, folder)
        damage(folder, rng, marker)
        self.found["trials"] += 1
        self.found[damage.__name__] += 1
        changed = [
            path for path in folder.glob("*.kernel*") if path.is_file()
            and path.read_bytes() != (self.whole / path.name).read_bytes()
        ]  # fmt: skip
        if damage is not strangers_folder:
            self.found["WRONG: damage not seen"] += sum(
                read_checked(path) is not None for path in changed
            )
        told, status = self.trains(cache, real)
        expected = b"not used" if damage is strangers_folder else self.reference
        self.found["WRONG: a process failed"] += status != 0
        self.found[f"WRONG: other bits after {damage.__name__}"] += told != expected
        self.found["WRONG: a foreign pickle was opened"] += marker.exists()
        marker.unlink(missing_ok=True)
        if damage is not strangers_folder:
            self.found["healed"] += kernels_are_whole(folder, DTYPE)
            self.found["WRONG: not healed"] += not kernels_are_whole(folder, DTYPE)
            self.found["WRONG: stale files"] += len(list(folder.glob(".clearprop-*.tmp")))

    def wrong(self) -> dict[str, int]:
        """Return what was found wrong."""
        return {what: times for what, times in self.found.items() if times and "WRONG" in what}


def run(trials: int, seed: int, real: int = 0) -> Trials:
    """Make trials, each kind of damage in turn."""
    damages = [one for one in DAMAGES if os.geteuid() == 0 or one not in NEEDS_ROOT]
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        made = Trials(Path(name))
        for place in range(trials):
            made.once(damages[place % len(damages)], rng)
        for place in range(real):
            made.once(damages[place % len(damages)], rng, real=True)
        return made


def main() -> int:
    """Make the trials, and print what was found; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--real", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    made = run(asked.trials, asked.seed, asked.real)
    sys.stdout.write(f"{ {what: n for what, n in made.found.items() if n} }\n")
    return 1 if made.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
