"""The live pages that the site shows: written by the package at build time, each one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_iris
from sphinx.application import Sphinx

import clearprop as cp
from clearprop import descent


def learn() -> str:
    """Return the page on which a network trains, as `clearprop learn` writes it."""
    return cp.learn().to_html()


def step() -> str:
    """Return one training step on six irises, opened."""
    X, y = load_iris(return_X_y=True, as_frame=True)
    standardised = (X - X.mean()) / X.std(ddof=0)
    species = load_iris().target_names[y]
    clf = cp.MLPClassifier((6,), activation="tanh", random_state=0, max_iter=40, tol=0.005)
    clf.fit(standardised, species)
    rows = [0, 50, 70, 83, 100, 133]
    return clf.explain(standardised.iloc[rows], species[rows]).to_html()


def walk() -> str:
    """Return a walk down a mountain in the fog."""
    walked = cp.descend(cp.landscapes.island, start=0.3, optimizer=cp.SGD(0.1))
    return walked.to_html()


def surface() -> str:
    """Return the loss of a network on irises over the plane of its training, three restarts."""
    X, y = load_iris(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    net, loss = cp.Chain(cp.Dense(4, 8), cp.Tanh(), cp.Dense(8, 3)), cp.CrossEntropy()
    params = net.init(np.random.default_rng(0))
    paths = descent.train_paths(
        net, loss, params, X, y, restarts=3, seed=0, epochs=60, optimizer=cp.Adam(0.01)
    )
    ground = descent.NetworkLoss.of(net, loss, params, X, y)
    return descent.path_surface(ground, paths, curvature=True).to_html()


PAGES: dict[str, Callable[[], str]] = {
    "learn": learn, "step": step, "walk": walk, "surface": surface,
}  # fmt: skip


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
