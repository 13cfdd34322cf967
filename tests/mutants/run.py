"""Run the mutations of `table.py` one at a time; write which test notices each to README.md.

    make mutants                        all of them, and README.md anew
    make mutants ONLY="patience reporting/"  those with one of these words in file or note

Each is made in a copy of the tree in a temporary folder, and undone there. Kernels are compiled
into that folder too, so that nothing of a mutated kernel is left on the machine. The tests that
are to notice a mutation run once without any first: they must pass.
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
PYTEST = [
    "-m", "pytest", "-x", "-q", "--tb=short", "-rfE", "-p", "no:xdist", "-p", "no:cacheprovider",
    "--hypothesis-seed=0", "-m", "not slow",
]  # fmt: skip
SECONDS = 600
"""The longest a mutant's tests may run; a mutation that makes them hang is noticed."""

SURVIVED = "**survived**"


class Outcome(NamedTuple):
    """A mutant, the test that noticed it or that it survived, and how long that took."""

    mutant: Mutant
    noticed_by: str
    seconds: float

    @property
    def survived(self) -> bool:
        """Whether no test noticed, and no argument says that none can."""
        return self.noticed_by == SURVIVED and not self.mutant.equivalent


def copy_of_tree(folder: Path) -> None:
    """Copy every file that git would keep, changes not committed included.

    Tests of the pages' program bundle its sources by what lies in view/node_modules.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / "view" / "node_modules").symlink_to(ROOT / "view" / "node_modules")


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
    before = path.read_bytes()
    path.write_text(mutated(before.decode(), mutant), encoding="utf-8")
    try:
        ended = run_tests(folder, mutant.tests.split(), SECONDS)
    except subprocess.TimeoutExpired:
        noticed_by = f"no end within {SECONDS} s"
    else:
        noticed_by = _noticed_by(ended, mutant)
    finally:
        path.write_bytes(before)
        shutil.copystat(ROOT / mutant.file, path)  # Numba looks at a file's time
    return Outcome(mutant, noticed_by, time.monotonic() - began)


def _noticed_by(ended: subprocess.CompletedProcess[str], mutant: Mutant) -> str:
    if ended.returncode == 0:
        return SURVIVED
    lines = ended.stdout.splitlines()
    failed = [line.split(" ", 1)[1] for line in lines if line.startswith(("FAILED ", "ERROR "))]
    if ended.returncode != 1 or not failed:
        raise RuntimeError(f"{mutant.note}: the tests did not run\n{ended.stdout}{ended.stderr}")
    return failed[0].split(" - ", 1)[0].removeprefix("tests/")


def tests_of(mutants: list[Mutant]) -> list[str]:
    """Return every test that is to notice one of the mutations, once."""
    return list(dict.fromkeys(test for mutant in mutants for test in mutant.tests.split()))


def readme(outcomes: list[Outcome]) -> str:
    """Return the page that tells which test noticed what."""
    noticed = sum(outcome.noticed_by != SURVIVED for outcome in outcomes)
    lines = [
        "# Mutations, and the tests that notice them",
        "",
        "`make mutants` writes this page: it makes each edit of `table.py` in a copy of the tree,",
        "and runs the tests that should notice it. The test named is the first that failed.",
        "",
        f"{noticed} of {len(outcomes)} are noticed.",
        "",
        "| file | mutation | noticed by |",
        "| --- | --- | --- |",
    ]
    for mutant, noticed_by, _ in outcomes:
        by = noticed_by if noticed_by == SURVIVED else f"`{noticed_by}`"
        argued = f" Equivalent: {mutant.equivalent}" if mutant.equivalent else ""
        name = mutant.file.removeprefix("src/clearprop/")
        lines.append(f"| `{name}` | {mutant.note} | {by}{argued} |".replace("||", r"\|\|"))
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the mutants asked for; return 1 if any survives without an argument."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="of a file or a note; all mutants without")
    words = parser.parse_args().words
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
            _say(f"{number:>2} {outcome.seconds:4.0f} s  {what}: {outcome.noticed_by}")
    if not words:
        README.write_text(readme(outcomes), encoding="utf-8")
    survivors = [outcome.mutant.note for outcome in outcomes if outcome.survived]
    _say(f"{len(survivors)} of {len(outcomes)} survived" + "".join(f"\n  {s}" for s in survivors))
    return 1 if survivors else 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
