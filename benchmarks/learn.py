"""How fast the page that learns trains, draws and follows a hand, in headless Chromium."""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import clearprop as cp
import numpy as np
from playwright.sync_api import Page, sync_playwright

SECONDS, REPEATS, SCRUBS = 2.0, 5, 60

# Train for some seconds while the page draws: steps and frames of each second.
TRAIN = """async ([rows, seconds]) => {
  const { lab } = clearprop;
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  if (rows > lab.rows.count) {
    const { x, t, inputs, outputs, count } = lab.rows;
    const more = (all, width) =>
      Float64Array.from({ length: rows * width }, (_, at) => all[at % (count * width)]);
    lab.edit((old) => ({ ...old, count: rows, x: more(x, inputs), t: more(t, outputs) }));
  }
  lab.trainer.training.batch = Math.min(lab.trainer.training.batch, lab.rows.count);
  if (lab.trainer.step < 200) lab.goTo(200);
  lab.playing = true;
  for (let at = 0; at < 30; at++) await frame();
  const [start, step] = [performance.now(), lab.trainer.step];
  let frames = 0;
  while (performance.now() - start < 1000 * seconds) {
    await frame();
    frames++;
  }
  const passed = (performance.now() - start) / 1000;
  const steps = lab.trainer.step - step;
  const done = [steps / passed, frames / passed, lab.rows.count, lab.trainer.batch];
  lab.playing = false;
  lab.changed();
  return done;
}"""
# Drag the followed weight, one move a frame; a message posted within a frame comes after its paint.
SCRUB = """async (count) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const painted = () => new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  });
  const moves = [], scripts = [];
  for (let at = 0; at < count; at++) {
    const slider = document.querySelector("[data-key=weight]");
    await frame();
    const start = performance.now();
    slider.value = String(Math.sin(at / 9));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    scripts.push(performance.now() - start);
    await painted();
    moves.push(performance.now() - start);
  }
  return { moves, scripts };
}"""


def main(argv: list[str] | None = None) -> int:
    """Measure, and print a line for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pin", type=int, metavar="CPU", help="the core that Chromium stays on")
    arguments = parser.parse_args(argv)
    chromium = os.environ.get("CLEARPROP_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        print("there is no chromium: apt install chromium, or set CLEARPROP_CHROMIUM to its path")
        return 1
    if arguments.pin is not None:
        os.sched_setaffinity(0, {arguments.pin})
    print(f"load {os.getloadavg()[0]:.1f}; the best of {REPEATS} times {SECONDS:g} s")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(f"Chromium {browser.version}, {'all cores' if arguments.pin is None else 'one core'}")
        for name, lesson, rows in cases():
            path = Path(folder) / "learn.html"
            lesson.to_html(path)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(path.as_uri())
            page.wait_for_selector(".agreement")
            print(f"{name}: {measured(page, rows)}")
            page.close()
        browser.close()
    return 0


def cases() -> list[tuple[str, cp.Lesson, int]]:
    """Return lessons, and how many rows each trains on; a quarter of its own is held out."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(266, 2))
    small, loss = cp.Chain(cp.Dense(2, 8), cp.Tanh(), cp.Dense(8, 2)), cp.CrossEntropy()
    flat = (x[:, 0] * x[:, 1] > 0).astype(int)
    pixels = np.round(rng.uniform(size=(280, 64)), 2)
    large = cp.Chain(cp.Dense(64, 32), cp.Tanh(), cp.Dense(32, 10))
    digits = rng.integers(0, 10, 280)
    return [
        ("2-8-2, batch 10", cp.learn(small, loss, x, flat, batch_size=10), 200),
        ("2-8-2, batch 200", cp.learn(small, loss, x, flat, batch_size=200), 200),
        (
            "64-32-10, batch 500",
            cp.learn(large, loss, pixels, digits, batch_size=500, image_shape=(8, 8)),
            500,
        ),
    ]


def measured(page: Page, rows: int) -> str:
    """Return what was measured, as text."""
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    trained, scrubs = [], []
    for _ in range(REPEATS):
        before = processor(tools)
        steps, frames, count, batch = page.evaluate(TRAIN, [rows, SECONDS])
        spent = processor(tools) - before
        trained.append((steps, frames, steps * SECONDS / spent))
    for _ in range(REPEATS):
        before = processor(tools)
        done = page.evaluate(SCRUB, SCRUBS)
        spent = 1000 * (processor(tools) - before) / SCRUBS
        scrubs.append((statistics.median(done["moves"]), spent))
    steps, frames, _ = max(trained)
    paint, cost = (min(numbers) for numbers in zip(*scrubs, strict=True))
    each = max(one for *_, one in trained)
    return (
        f"{count:.0f} rows, batch {batch:.0f}: {steps:,.0f} steps/s at {frames:.0f} frames/s, "
        f"{each:,.0f} steps a second of the page's thread; "
        f"a scrub to its paint {paint:.1f} ms (median), {cost:.1f} ms of the thread"
    )


def processor(tools: Any) -> float:
    """Return the seconds of a processor that the page's thread has had."""
    found = tools.send("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in found if one["name"] == "TaskDuration")


if __name__ == "__main__":
    sys.exit(main())
