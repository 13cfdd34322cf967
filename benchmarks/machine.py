"""Where and with what was measured."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from neighbour import usable_cpus

PACKAGES = ("clearprop", "numpy", "scipy", "scikit-learn", "numba", "torch", "jax", "jaxlib")


def description() -> dict[str, Any]:
    """Return machine, versions, date, commit and what else is running, ready for JSON."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "usable cores": len(usable_cpus()),
        "load before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "blas": blas(),
        "versions": {name: found for name in PACKAGES if (found := installed(name))},
    }


def processor() -> str:
    """Return the CPU's model, as precisely as the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        told = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
        told = {key.strip(): value.strip() for key, value in told.items()}
        numbers = [told.get("cpu family"), told.get("model")]
        family = f" (family {numbers[0]}, model {numbers[1]})" if all(numbers) else ""
        return told.get("model name", platform.machine()) + family
    return platform.processor() or platform.machine()


def blas() -> str:
    """Return NumPy's BLAS with its version."""
    found = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{found['name']} {found['version']}"


def installed(package: str) -> str | None:
    """Return the version of a package, None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def commit() -> str:
    """Return the commit that is measured, with "+" where files differ from it."""
    try:
        found, changes = (
            subprocess.run(
                ["git", *command], cwd=Path(__file__).parent, capture_output=True, text=True,
                check=True,
            ).stdout.strip()
            for command in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", ".."])
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found + ("+" if changes else "")
