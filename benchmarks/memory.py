"""Memory beyond what is given: a fit of many rows, and loading a large model.

``python benchmarks/memory.py`` starts a process for each, and prints the most memory that each had
beside the rows, as a part of them, or in all, as a part of the file. Linux only: the kernel's own
record of the peak is set back before the work begins. It needs 4 GB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

ROWS, COLUMNS = 2_000_000, 50
WIDTHS = (6000, 6000)
"""Of the hidden layers: with few inputs, a file of 144 MB."""

GOALS = {"fit": 0.3, "load": 2.0}


def main() -> None:
    if len(sys.argv) > 1:
        print(WORK[sys.argv[1]](*sys.argv[2:]))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.clearprop")
        asked("save", path)
        found = {
            f"fit of {ROWS:,} x {COLUMNS} float32, beyond the rows / rows": ("fit", asked("fit")),
            f"load of {Path(path).stat().st_size / 1e6:.0f} MB, beyond the packages / file": (
                "load", asked("load", path),
            ),
        }  # fmt: skip
    for what, (goal, measured) in found.items():
        print(f"{what}: {float(measured):.2f} (goal: at most {GOALS[goal]})")


def asked(*arguments: str) -> str:
    """Return what a process of its own answers."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.split()[-1]


def fit() -> float:
    """Return the memory that a fit takes, as a part of its rows."""
    from clearprop import MLPClassifier

    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    X = rng.standard_normal((ROWS, COLUMNS), dtype=np.float32)
    y = rng.integers(0, 2, ROWS)
    model = MLPClassifier((16,), max_iter=1, batch_size=2000, random_state=0)
    model.fit(X[:4000], y[:4000])  # loads kernels and packages
    before = now()
    forget_peak()
    model.fit(X, y)
    return (peak() - before) / X.nbytes


def save(path: str) -> float:
    """Save a large model."""
    from clearprop import MLPRegressor

    warnings.simplefilter("ignore")
    x = np.random.default_rng(0).standard_normal((4, 8)).astype(np.float32)
    model = MLPRegressor(
        hidden_layer_sizes=WIDTHS, max_iter=1, solver="sgd", momentum=0.0, engine="numpy"
    )
    model.fit(x, x[:, 0])
    model.save(path)
    return 0.0


def load(path: str) -> float:
    """Return the memory that loading takes, as a part of the file."""
    import clearprop
    from clearprop import MLPRegressor

    x = np.zeros((4, 2), np.float32)
    MLPRegressor(hidden_layer_sizes=(2,), max_iter=1, engine="numpy").fit(x, x[:, 0]).save(
        path + ".small"
    )
    clearprop.load(path + ".small")  # loads the packages
    before = now()
    forget_peak()
    model = clearprop.load(path)
    found = (peak() - before) / Path(path).stat().st_size
    assert model.coefs_[1].shape == WIDTHS
    return found


def forget_peak() -> None:
    """Let the kernel's record of the most memory begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """Return the most memory since then, in bytes."""
    return _status("VmHWM")


def now() -> int:
    """Return the memory of this process, in bytes."""
    return _status("VmRSS")


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024


WORK = {"fit": fit, "save": save, "load": load}


if __name__ == "__main__":
    main()
