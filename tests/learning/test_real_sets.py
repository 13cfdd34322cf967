"""The irises and digits of the page are those of scikit-learn; ``python -m`` writes their file."""

import json
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, load_iris

import clearprop
from clearprop.learning.real_sets import FILE

SEED, PICTURES = 5, 400
PATH = Path(clearprop.__file__).parent / "learning" / FILE


def irises():
    data = load_iris()
    order = np.random.default_rng(SEED).permutation(len(data.data))
    names = [name.removesuffix(" (cm)") for name in data.feature_names]
    kinds = [str(name) for name in data.target_names]
    about = "Irises of three kinds, measured in centimetres. Source: Fisher 1936."
    task = {"hidden": [4], "optimizer": "SGD", "rate": 0.1, "scaling": True}
    t = np.eye(3, dtype=int)[data.target[order]]
    return made("iris", about, names, kinds, data.data[order].tolist(), t, 30, task)


def digits():
    pixels, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(SEED).permutation(len(pixels))[:PICTURES]
    about = (
        f"{PICTURES} written digits of {len(pixels):,}, 8 x 8 pixels. "
        "Source: Alpaydin and Kaynak 1998, UCI."
    )
    names = [f"pixel {row},{column}" for row in range(8) for column in range(8)]
    letters = "".join(chr(ord("A") + int(shade)) for shade in pixels[order].ravel())
    task = {"hidden": [16], "optimizer": "SGD", "rate": 0.3, "scaling": False}
    x, t = {"letters": letters, "step": 1 / 16}, np.eye(10, dtype=int)[labels[order]]
    kinds = [str(digit) for digit in range(10)]
    return {**made("digits", about, names, kinds, x, t, 100, task), "image": [8, 8]}


def made(name, about, inputs, outputs, x, t, held, task):
    return {
        "name": name, "about": about, "kind": "classes", "inputs": inputs, "outputs": outputs,
        "held": held, "image": None, "x": x, "t": t.tolist(), "noise": None, "level": 0,
        "task": {"activation": "Tanh", "loss": "CrossEntropy", **task},
    }  # fmt: skip


def text():
    return json.dumps([irises(), digits()], separators=(",", ":")) + "\n"


def test_the_file_holds_scikit_learns_rows():
    assert PATH.read_text(encoding="utf-8") == text()


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
