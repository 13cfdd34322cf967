"""Take the pictures of the pages that the README, docs/view.md and docs/descent.md show."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright
from sklearn.datasets import load_digits, load_iris
from sklearn.preprocessing import scale

import clearprop as cp
from clearprop import MLPClassifier, descent, learn, view

HERE = Path(__file__).parent
GRADIENT = "#dense2.dW&at=dense2.dW[1,1]&row=5"


def main() -> None:
    """Write the pictures of the step, the report, the page that learns and a loss surface."""
    chromium = os.environ.get("CLEARPROP_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, step, hash_, size, scheme in (
            ("light", irises(), GRADIENT, (1200, 910), "light"),
            ("dark", digits(), "#dense1.dW", (1200, 1100), "dark"),
            ("phone", irises(), GRADIENT, (390, 1240), "light"),
        ):
            path = folder / f"{name}.html"
            view.save_html(step, path)
            width, height = size
            page = browser.new_page(
                viewport={"width": width, "height": height},
                device_scale_factor=1.25,
                color_scheme=scheme,
            )
            page.goto(f"{path.as_uri()}{hash_}")
            page.wait_for_selector("svg.picture")
            keep(page.screenshot(), f"step-{name}.png")
        page = browser.new_page(viewport={"width": 1000, "height": 2120}, color_scheme="light")
        page.goto(report(folder).as_uri())
        keep(page.screenshot(), "report.png")
        lessons(browser, folder)
        plane(browser, folder)
        browser.close()


def lessons(browser: Any, folder: Path) -> None:
    """Write the page on which a network learns spirals, light, and digits, dark."""
    path = folder / "learn.html"
    learn().to_html(path)
    for name, scheme, data, step, weight in (
        ("light", "light", "spirals", 2500, "{ path: 'dense1.W', index: [0, 1] }"),
        ("dark", "dark", "digits", 700, "{ path: 'dense1.W', index: [28, 3] }"),
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 880}, color_scheme=scheme)
        page.goto(path.as_uri())
        page.wait_for_selector(".agreement")
        page.select_option("[data-key=data]", data)
        page.evaluate(f"clearprop.lab.foggy = false, clearprop.lab.follow({weight})")
        page.evaluate(f"clearprop.lab.goTo({step})")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
        keep(page.screenshot(), f"learn-{name}.png")


def plane(browser: Any, folder: Path) -> None:
    """Write the page of the loss over the plane of training that docs/descent.md computes."""
    X, y = load_iris(return_X_y=True)
    X = scale(X)
    net, loss = cp.Chain(cp.Dense(4, 8), cp.Tanh(), cp.Dense(8, 3)), cp.CrossEntropy()
    params = net.init(np.random.default_rng(0))
    paths = descent.train_paths(
        net, loss, params, X, y, restarts=3, seed=0, epochs=60, optimizer=cp.Adam(0.01)
    )
    path = folder / "surface.html"
    descent.path_surface(descent.NetworkLoss.of(net, loss, params, X, y), paths).to_html(path)
    page = browser.new_page(viewport={"width": 1200, "height": 930}, color_scheme="light")
    page.goto(f"{path.as_uri()}#epoch-8")
    page.wait_for_selector("svg.picture")
    keep(page.screenshot(), "surface-page.png")


def keep(png: bytes, name: str) -> None:
    """Write a picture beside this file, in 256 colours."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    small = picture.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    small.save(HERE / name, optimize=True)


def report(folder: Path) -> Path:
    """Return the page that the README's command writes."""
    command = [sys.executable, "-m", "clearprop", "train", "digits", "--report", "digits.html"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "digits.html"


def irises() -> dict[str, Any]:
    """Return a step on six irises; the last, a versicolor, is predicted as a virginica."""
    data = load_iris(as_frame=True)
    names = data.target_names[data.target]
    model = MLPClassifier(
        (6,), activation="tanh", learning_rate_init=0.01, max_iter=60, random_state=4
    ).fit(data.data, names)
    rows = [50, 65, 101, 120, 140, 83]
    return named(model.explain(data.data.iloc[rows], names[rows]), "iris.clearprop")


def digits() -> dict[str, Any]:
    """Return a step on 32 digits, the first of them predicted incorrectly."""
    X, y = load_digits(return_X_y=True)
    model = MLPClassifier(
        (16,), activation="tanh", learning_rate_init=0.002, max_iter=12, random_state=0
    ).fit(X / 16, y)
    wrong = np.flatnonzero(model.predict(X / 16) != y)[0]
    rows = [wrong, *range(wrong + 1, wrong + 32)]
    step = named(model.explain(X[rows] / 16, y[rows]), "digits.clearprop")
    step["inputs"]["image"] = [8, 8]
    return step


def named(step: Any, model: str) -> dict[str, Any]:
    """Return a step as data that says which file its model is kept in."""
    made: dict[str, Any] = step.to_dict()
    made["title"]["model"] = model
    return made


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # the fits are short on purpose
    main()
