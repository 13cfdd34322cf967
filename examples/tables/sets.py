"""What the examples share: where the tables lie, how they are split, how a score is printed."""

import gzip
import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split


def folder(name):
    """Return the folder of a set within the folder of sets, which the command names."""
    if len(sys.argv) != 2:
        sys.exit(f"use: python {sys.argv[0]} FOLDER, the folder that has {name}/")
    found = Path(sys.argv[1]) / name
    if not found.is_dir():
        sys.exit(f"{sys.argv[1]} has no folder {name}")
    return found


def seeded(y, classes, part=0.25):
    """Return rows to train on and rows to test on, drawn with seed 0, for classes of each alike."""
    return train_test_split(
        np.arange(len(y)), test_size=part, random_state=0, stratify=y if classes else None
    )


def arff(path):
    """Return the table in an ARFF file of plain lines, which clearprop does not read."""
    with gzip.open(path, "rt") as file:
        head, _, rows = file.read().partition("@data")
    words = [line.split(maxsplit=2)[1] for line in head.splitlines() if "@attribute" in line]
    names = [word.strip("'") for word in words]
    return pd.read_csv(
        io.StringIO(rows), header=None, names=names, comment="%", skipinitialspace=True
    )


def tell(rows, *scores, published="no published figure on this split"):
    """Print scores, each a pair of its name and its value, with the published figure below."""
    print(f"{len(rows):,} rows to test on")
    for name, value in scores:
        print(f"{name:<42} {value}")
    print(f"published: {published}")
