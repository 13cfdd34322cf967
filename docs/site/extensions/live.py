"""The live pages that the site shows: written by the package at build time, each one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_iris
from sphinx.application import Sphinx

import clearprop as cp


def learn() -> str:
    """Return the page on which a network trains, as `clearprop learn` writes it."""
    return cp.learn().to_html()


def step() -> str:
    """Return one training step on six irises, opened."""
    iris = load_iris()
    X = (iris.data - iris.data.mean(0)) / iris.data.std(0)
    net = cp.Chain(cp.Dense(4, 6), cp.Tanh(), cp.Dense(6, 3))
    params = net.init(np.random.default_rng(0))
    trained = cp.train(
        net, cp.CrossEntropy(), params, X, iris.target, optimizer=cp.Adam(0.01), epochs=20,
        batch_size=16, seed=0, engine="numpy",
    )  # fmt: skip
    rows = [0, 50, 70, 83, 100, 133]
    opened = cp.explain(
        net, cp.CrossEntropy(), trained.params, X[rows], iris.target[rows],
        optimizer=cp.Adam(0.01), inputs=iris.feature_names, outputs=list(iris.target_names),
    )  # fmt: skip
    return opened.to_html()


def walk() -> str:
    """Return a walk down a mountain in the fog."""
    walked = cp.descend(cp.landscapes.island, start=0.3, optimizer=cp.SGD(0.1))
    return walked.to_html()


PAGES: dict[str, Callable[[], str]] = {"learn": learn, "step": step, "walk": walk}


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir) / "live"
        folder.mkdir(exist_ok=True)
        for name, page in PAGES.items():
            (folder / f"{name}.html").write_text(page(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages beside the site's own."""
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
