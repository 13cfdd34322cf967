"""Run the mutants of `table.py` one at a time; write to README.md which test kills each.

    make mutants                             all of them; writes README.md
    make mutants ONLY="patience reporting/"  those with one of these words in file or note

Each edit is made in a copy of the tree in a temporary folder, and undone there. Kernels are
compiled into that folder too, so that no mutated kernel stays on the machine. First all tests run
once without a mutation: they must pass.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.mutants.table import MUTANTS, Mutant  # noqa: E402

README = Path(__file__).with_name("README.md")
NODE_MODULES = ROOT / "view" / "node_modules"
PYTEST = [
    "-m", "pytest", "-x", "-q", "--tb=short", "-rfE", "-p", "no:xdist", "-p", "no:cacheprovider",
    "--hypothesis-seed=0", "-m", "not slow",
]  # fmt: skip
SECONDS = 600
"""The time limit of a mutant's tests; a mutant that makes them hang counts as killed."""

SURVIVED = "**survived**"


class Outcome(NamedTuple):
    """A mutant, the test that killed it or `SURVIVED`, and how long its tests ran."""

    mutant: Mutant
    killed_by: str
    seconds: float

    @property
    def survived(self) -> bool:
        """Whether no test killed it, and no argument says that none can."""
        return self.killed_by == SURVIVED and not self.mutant.equivalent


def copy_of_tree(folder: Path) -> None:
    """Copy every file that git would keep, changes not committed included.

    Tests of the pages' program bundle its TypeScript with what is in view/node_modules.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / "view" / "node_modules").symlink_to(NODE_MODULES)


def mutated(text: str, mutant: Mutant) -> str:
    """Return the text of a file with the mutation in it."""
    found = text.count(mutant.old)
    if found != 1:
        raise ValueError(f"{mutant.file}: {mutant.old!r} must occur once, occurs {found} times")
    return text.replace(mutant.old, mutant.new)


def run_tests(
    folder: Path, tests: list[str], seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run pytest on the copy of the tree."""
    environment = os.environ | {
        "PYTHONPATH": str(folder / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",  # a file of the same size and second would go unseen
        "NUMBA_CACHE_DIR": str(folder / "kernels"),
    }
    return subprocess.run(
        [sys.executable, *PYTEST, *tests],
        cwd=folder, env=environment, timeout=seconds, capture_output=True, text=True, check=False,
    )  # fmt: skip


def outcome_of(folder: Path, mutant: Mutant) -> Outcome:
    """Make one mutation, run its tests, undo it."""
    path, began = folder / mutant.file, time.monotonic()
    before, times = path.read_bytes(), path.stat()
    path.write_text(mutated(before.decode(), mutant), encoding="utf-8")
    try:
        ended = run_tests(folder, mutant.tests.split(), SECONDS)
    except subprocess.TimeoutExpired:
        killed_by = f"no end within {SECONDS} s"
    else:
        killed_by = _killed_by(ended, mutant)
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # which Numba looks at
    return Outcome(mutant, killed_by, time.monotonic() - began)


def _killed_by(ended: subprocess.CompletedProcess[str], mutant: Mutant) -> str:
    if ended.returncode == 0:
        return SURVIVED
    lines = ended.stdout.splitlines()
    failed = [line.split(" ", 1)[1] for line in lines if line.startswith(("FAILED ", "ERROR "))]
    if ended.returncode != 1 or not failed:
        raise RuntimeError(f"{mutant.note}: the tests did not run\n{ended.stdout}{ended.stderr}")
    return failed[0].split(" - ", 1)[0].removeprefix("tests/")


def tests_of(mutants: list[Mutant]) -> list[str]:
    """Return the tests of all mutants, each once."""
    return list(dict.fromkeys(test for mutant in mutants for test in mutant.tests.split()))


def readme(outcomes: list[Outcome]) -> str:
    """Return the text of README.md."""
    killed = sum(outcome.killed_by != SURVIVED for outcome in outcomes)
    lines = [
        "# Mutants, and the tests that kill them",
        "",
        "`make mutants` writes this page: it makes each edit of `table.py` in a copy of the tree,",
        "and runs the tests that belong to it. The test named is the first that failed.",
        "",
        f"{killed} of {len(outcomes)} are killed.",
        "",
        "| file | mutation | killed by |",
        "| --- | --- | --- |",
    ]
    for mutant, killed_by, _ in outcomes:
        by = killed_by if killed_by == SURVIVED else f"`{killed_by}`"
        argued = f" Equivalent: {mutant.equivalent}" if mutant.equivalent else ""
        name = mutant.file.removeprefix("src/clearprop/")
        lines.append(f"| `{name}` | {mutant.note} | {by}{argued} |".replace("||", r"\|\|"))
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the mutants asked for; return 1 if any survives without an argument."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="of a file or a note; all mutants without")
    words = parser.parse_args().words
    if not NODE_MODULES.is_dir():
        parser.error(
            "view/node_modules is missing, with which the pages are built: make view-check"
        )
    chosen = [
        mutant
        for mutant in MUTANTS
        if not words or any(word in f"{mutant.file} {mutant.note}" for word in words)
    ]
    with tempfile.TemporaryDirectory(prefix="clearprop-mutants-") as name:
        folder = Path(name)
        copy_of_tree(folder)
        _say(f"{len(chosen)} mutants; their tests without any first ...")
        ended = run_tests(folder, tests_of(chosen))
        if ended.returncode:
            _say(f"the tests fail without a mutation\n{ended.stdout}{ended.stderr}")
            return 1
        outcomes = []
        for number, mutant in enumerate(chosen, 1):
            outcome = outcome_of(folder, mutant)
            outcomes.append(outcome)
            what = f"{mutant.file}: {mutant.note}"
            _say(f"{number:>2} {outcome.seconds:4.0f} s  {what}: {outcome.killed_by}")
    if not words:
        README.write_text(readme(outcomes), encoding="utf-8")
    survivors = [outcome.mutant.note for outcome in outcomes if outcome.survived]
    _say(f"{len(survivors)} of {len(outcomes)} survived" + "".join(f"\n  {s}" for s in survivors))
    return 1 if survivors else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
