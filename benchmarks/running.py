"""A contender's process, seen from outside: started, asked, ended."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cases import Case
from contenders import CONTENDERS

PATIENCE = 600.0
"""Seconds without an answer after which a process counts as stuck."""


@dataclass(frozen=True)
class Conditions:
    """What every contender of a run is given: threads, a CPU to stay on, a folder for caches."""

    threads: int
    pin: int | None
    caches: Path

    def environment(self) -> dict[str, str]:
        """Return the environment in which libraries find their number of threads.

        Caches of compiled code are the run's own, so that the first to compile is seen compiling.
        """
        threads = str(self.threads)
        names = ("OPENBLAS", "OMP", "MKL", "VECLIB", "BLIS", "NUMBA")
        return {
            **os.environ,
            **{f"{name}_NUM_THREADS": threads for name in names},
            "NPROC": threads,  # the size of XLA's pools
            "JAX_PLATFORMS": "cpu",
            "NUMBA_CACHE_DIR": str(self.caches / "numba"),
            "TORCHINDUCTOR_CACHE_DIR": str(self.caches / "inductor"),
            "TORCH_LOGS": "-all",
        }


class ProcessError(Exception):
    """Raised when a process ended or fell silent; holds the last line it wrote."""


class Running:
    """One contender with one case, in a process of its own; a context manager."""

    def __init__(self, name: str, case: Case, conditions: Conditions) -> None:
        self.name = name
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        request = {
            "contender": name,
            "variant": CONTENDERS[name].variant,
            "case": asdict(case),
            "threads": conditions.threads,
            "pin": conditions.pin,
        }
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py")), json.dumps(request)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=conditions.environment(),
        )

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.communicate()
        self.errors.close()

    def introduction(self) -> dict[str, Any]:
        """Return {"ready": seconds} or {"absent": why}."""
        return self._answer()

    def train(self, epochs: int) -> float:
        """Return the seconds that so many epochs take."""
        return self._ask("train", epochs=epochs)["seconds"]

    def calibrate(self, seconds: float) -> int:
        """Return how many epochs take about so many seconds."""
        return self._ask("calibrate", seconds=seconds)["epochs"]

    def megabytes(self) -> float:
        """Return the most memory that the process has had."""
        return self._ask("memory")["megabytes"]

    def own_difference(self) -> float | None:
        """Return how far the contender's own two ways differ, None where it has one."""
        return self._ask("own_difference")["difference"]

    def weights(self) -> np.ndarray | None:
        """Return the weights as they are after the last training, in one vector."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "weights.npy"
            return np.load(path) if self._ask("weights", path=str(path))["saved"] else None

    def _ask(self, question: str, **details: Any) -> dict[str, Any]:
        line = json.dumps({"ask": question, **details}) + "\n"
        try:
            self.process.stdin.write(line.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise ProcessError(self._last_words()) from None
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        if not ready:
            raise ProcessError(f"no answer within {PATIENCE:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise ProcessError(self._last_words())
        return json.loads(line)

    def _last_words(self) -> str:
        self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"ended with status {self.process.returncode}"
