"""Feed readers with changed files: `python -m tests.fuzz.run --minutes 60 --only model training`.

Files that make a reader raise what it must not are kept in a folder, and named at the end. Where
atheris is installed, half of the time is guided by coverage.
"""

import argparse
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

from tests.fuzz.guided import IS_THERE, guided
from tests.fuzz.targets import TARGETS, Target, attempt

MOST_MEMORY = 6 << 30
MEMORY = Path("/dev/shm")


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Fuzzing:
    """Changes whole files, and files that were read although they were changed."""

    def __init__(self, folder: Path, found: Path, rng: random.Random) -> None:
        self.folder, self.found, self.rng = folder, found, rng
        self.counts: Counter[str] = Counter()
        self.faults: dict[str, str] = {}
        self.seeds: dict[str, list[bytes]] = {}

    def once(self, target: Target) -> None:
        """Let one target read one changed file."""
        path = self.folder / f"x{target.ending}"
        if target.name not in self.seeds:
            path.unlink(missing_ok=True)
            target.whole(path)
            self.seeds[target.name] = [path.read_bytes()]
        seeds = self.seeds[target.name]
        data = target.change(self.rng.choice(seeds), self.rng)
        self.counts[target.name] += 1
        try:
            read = attempt(target, path, data)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self.note(target, path, data, error)
            return
        if read and self.rng.random() < 0.1:
            # The first stays: changes of changes wander off.
            seeds[1:] = [*seeds[1:], data][-20:]

    def note(self, target: Target, path: Path, data: bytes, error: BaseException) -> None:
        """Keep what made a reader fail, once for each place in the code."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{target.name}: {type(error).__name__} at {last.filename}:{last.lineno}"
        if place in self.faults:
            return
        self.found.mkdir(parents=True, exist_ok=True)
        kept = self.found / f"{len(self.faults)}{path.name}"
        kept.write_bytes(data)
        self.faults[place] = f"{place}: {error!s:.200} ({kept})"
        say(self.faults[place])


def main() -> int:
    """Run for some minutes or executions; return 1 if something was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--executions", type=int, default=sys.maxsize)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=[""], help="words in the targets' names")
    parser.add_argument("--found", type=Path, default=Path("found-by-fuzz"))
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    targets = [target for target in TARGETS if any(word in target.name for word in asked.only)]
    # In memory where there is such a folder: most of an execution is a small file cut and written.
    folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    fuzzing = Fuzzing(folder, asked.found, random.Random(asked.seed))
    seconds = 60 * asked.minutes / (2 if IS_THERE else 1)
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            for target in targets:
                fuzzing.once(target)
            if fuzzing.counts.total() >= asked.executions:
                break
    except KeyboardInterrupt:
        pass
    finally:
        shutil.rmtree(folder)
    say(f"{dict(fuzzing.counts)}\n{fuzzing.counts.total():,} files, {len(fuzzing.faults)} faults")
    failed = bool(fuzzing.faults)
    if not IS_THERE:
        say("atheris is not installed here: nothing was guided by coverage")
    else:
        for name, files, fails in guided([one.name for one in targets], seconds, asked.found):
            say(f"guided by coverage: {name}: {files:,} files{', a fault' if fails else ''}")
            failed |= fails
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
