"""The same targets, guided by coverage: `python -m tests.fuzz.guided model -max_total_time=600`.

atheris mutates what reached new code; the changes are ours, so that sealed files stay sealed.
"""

import random
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Fuzz the target that the first argument names; the others are libFuzzer's."""
    import atheris

    with atheris.instrument_imports(include=["clearprop"]):
        from tests.fuzz.targets import TARGETS, attempt

    name, *options = sys.argv[1:]
    target = next(target for target in TARGETS if target.name == name)
    folder = Path(tempfile.mkdtemp())
    path, corpus = folder / f"x{target.ending}", folder / "corpus"
    corpus.mkdir()
    target.whole(path)
    whole = path.read_bytes()
    (corpus / "whole").write_bytes(whole)

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        try:
            changed = target.change(data, random.Random(seed))
        except (ValueError, KeyError, TypeError):  # what libFuzzer tries at first is no file
            changed = whole
        return changed[:size]

    atheris.Setup(
        [sys.argv[0], f"-max_len={1 << 20}", "-rss_limit_mb=6000", *options, str(corpus)],
        lambda data: attempt(target, path, data),
        custom_mutator=mutate,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
