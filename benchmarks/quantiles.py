"""Quantiles of many rows: a sample by hashes of places beside the sketches of datasketches.

    pip install datasketches
    python benchmarks/quantiles.py

Values come in 20 parts, each summarised alone, then merged. Of 65 quantiles it tells the furthest
from its rank among all values, how long a million values take, and whether a second run, and one
with the parts merged in another order, give the same numbers.
"""

from __future__ import annotations

import time
from functools import reduce

import datasketches
import numpy as np
from clearprop.data.table_pieces import TablePiece
from clearprop.tables.streamed.sample import SAMPLE_ROWS, RowSample, rank_error

ROWS, PARTS, ASKED = 2_000_000, 20, np.linspace(0, 1, 65)


def sampled(parts: list[np.ndarray], order: np.ndarray) -> np.ndarray:
    firsts = np.cumsum([0, *map(len, parts)])
    found = [
        RowSample.of(
            TablePiece({"x": part}, part, np.arange(first, first + len(part))),
            int(first), len(part), SAMPLE_ROWS, 1,
        )
        for part, first in zip(parts, firsts, strict=False)
    ]  # fmt: skip
    merged = reduce(lambda one, two: one.merge([two]), [found[place] for place in order])
    return np.quantile(merged.values["x"], ASKED, method="nearest")


def sketched(kind: type, size: int) -> object:
    def quantiles(parts: list[np.ndarray], order: np.ndarray) -> np.ndarray:
        merged = kind(size)
        for place in order:
            one = kind(size)
            one.update(parts[place])
            merged.merge(one)
        return np.array([merged.get_quantile(float(part)) for part in ASKED])

    return quantiles


HOW = {
    f"sample of {SAMPLE_ROWS:,} rows": sampled,
    "KLL, k = 2000": sketched(datasketches.kll_doubles_sketch, 2000),
    "t-digest, k = 500": sketched(datasketches.tdigest_double, 500),
    "t-digest, k = 2000": sketched(datasketches.tdigest_double, 2000),
}
VALUES = {
    "normal": lambda rng: rng.standard_normal(ROWS),
    "lognormal, sorted": lambda rng: np.sort(rng.lognormal(0, 3, ROWS)),
    "half zeros": lambda rng: np.where(rng.random(ROWS) < 0.5, 0.0, rng.exponential(size=ROWS)),
}


def main() -> None:
    print(f"the sample's bound: {rank_error(SAMPLE_ROWS):.4f}, but for one in a million")
    for name, draw in VALUES.items():
        values = draw(np.random.default_rng(0))
        parts, ordered = np.array_split(values, PARTS), np.sort(values)
        forth = np.arange(PARTS)
        for how, quantiles in HOW.items():
            began = time.process_time()
            found = quantiles(parts, forth)
            spent = (time.process_time() - began) / ROWS * 1e6
            below = np.searchsorted(ordered, found, "left") / ROWS
            up_to = np.searchsorted(ordered, found, "right") / ROWS
            off = np.maximum(np.maximum(below - ASKED, ASKED - up_to), 0).max()
            again = np.array_equal(found, quantiles(parts, forth))
            other = np.array_equal(found, quantiles(parts, forth[::-1]))
            print(
                f"{name}: {how}: off by {off:.4f}, {spent:.2f} s a million; again "
                f"{'the same' if again else 'OTHER'}, in another order "
                f"{'the same' if other else 'OTHER'}; "
                f"{np.isin(found, ordered).mean():.0%} are values of the column"
            )


if __name__ == "__main__":
    main()
