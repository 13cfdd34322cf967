"""The same targets, guided by coverage: `python -m tests.fuzz.guided model -max_total_time=600`.

atheris mutates what reached new code; the changes are ours, so that sealed files stay sealed. It
fuzzes one target a process, which ends at the first fault.
"""

import importlib.util
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

LEAST_SECONDS = 10
IS_THERE = importlib.util.find_spec("atheris") is not None
"""atheris has wheels for Linux, and not yet for the newest Python."""


def main() -> None:
    """Fuzz the target that the first argument names; the others are libFuzzer's."""
    import atheris

    name, *options = sys.argv[1:]
    folder = Path(tempfile.mkdtemp())
    corpus = folder / "corpus"
    corpus.mkdir()
    with atheris.instrument_imports(include=["clearprop"]):
        from tests.fuzz.targets import TARGETS, attempt

        target = next(target for target in TARGETS if target.name == name)
        path = folder / f"x{target.ending}"
        target.whole(path)
        whole = path.read_bytes()
        # What a reader imports when it is first needed is watched, too.
        attempt(target, path, whole)
        attempt(target, path, b"")
    (corpus / "whole").write_bytes(whole)

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        try:
            changed = target.change(data, random.Random(seed))
        except (ValueError, KeyError, TypeError):  # what libFuzzer tries at first is no file
            changed = whole
        return changed[:size]

    atheris.Setup(
        [sys.argv[0], f"-max_len={1 << 20}", "-len_control=0", "-rss_limit_mb=6000", *options,
         str(corpus)],
        lambda data: attempt(target, path, data),
        custom_mutator=mutate,
    )  # fmt: skip
    atheris.Fuzz()


def guided(names: Sequence[str], seconds: float, found: Path) -> Iterator[tuple[str, int, bool]]:
    """Fuzz targets for so many seconds in all, each in a process of its own.

    Yield a target's name, how many files it was given, and whether one of them, which is kept in
    the folder `found`, made it fail.
    """
    found.mkdir(parents=True, exist_ok=True)
    each = max(LEAST_SECONDS, round(seconds / max(len(names), 1)))
    for name in names:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.fuzz.guided", name,
             f"-max_total_time={each}", f"-artifact_prefix={found}/guided-"],
            stderr=subprocess.PIPE, text=True, errors="replace", check=False,
        )  # fmt: skip
        if done.returncode:
            (found / f"guided-{re.sub(r'[^a-z0-9]+', '-', name)}.txt").write_text(done.stderr)
        counts = re.findall(r"^(?:Done |#)(\d+)", done.stderr, re.MULTILINE)
        yield name, int(counts[-1]) if counts else 0, done.returncode != 0


if __name__ == "__main__":
    main()
