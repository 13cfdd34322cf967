"""A training in a process of its own, with a live page: `python -m tests.live.following FOLDER`.

It goes on from its checkpoint, and trains until its page stops it.
"""

import sys
import warnings
from pathlib import Path

import numpy as np

import clearprop as cp

from .made import NET, T, X


def main(folder: Path, served: bool) -> None:
    warnings.simplefilter("ignore")
    page = cp.LivePage(folder, serve=served, display=False)
    sys.stdout.write(f"{page.address}\n")
    sys.stdout.flush()
    cp.train(
        NET, cp.BinaryCrossEntropy(), NET.init(np.random.default_rng(1)), X, T,
        optimizer=cp.Adam(0.001), epochs=1_000_000, batch_size=16, seed=3,
        validation_fraction=0.25, on_epoch=page,
        checkpoint=cp.Checkpoint(folder / "run.checkpoint", every=20), resume=True,
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), "served" in sys.argv)
