"""What a step of the scrubber costs in the page of a training step, in headless Chromium."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import clearprop as cp
import numpy as np
from clearprop import view
from playwright.sync_api import Page, sync_playwright

NETWORKS = {"4-16-3": (4, 16, 3), "784-512-512-10": (784, 512, 512, 10)}
ROWS = 6
FRAME_MS = 1000 / 60

# Forward through all moments, one a frame; a message posted within a frame comes after its paint.
WALK = """async () => {
  const { app } = clearprop;
  const press = (key) =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const painted = () => new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  });
  press("Home");
  await frame();
  await frame();
  const scripts = [], moves = [], frames = [];
  let before = await frame();
  while (app.moment < app.moments.length - 1) {
    const start = performance.now();
    press("ArrowRight");
    scripts.push(performance.now() - start);
    await painted();
    moves.push(performance.now() - start);
    const now = await frame();
    frames.push(now - before);
    before = now;
  }
  return { scripts, moves, frames };
}"""
FIRST_PAINT = """() => new Promise((done) => {
  const found = (entries) => {
    const first = entries.find(({ name }) => name === "first-contentful-paint");
    if (first) done(first.startTime);
  };
  const observer = new PerformanceObserver((list) => found(list.getEntries()));
  observer.observe({ type: "paint", buffered: true });
})"""


def main(argv: list[str] | None = None) -> int:
    arguments = parsed(argv)
    chromium = os.environ.get("CLEARPROP_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        print("there is no chromium: apt install chromium, or set CLEARPROP_CHROMIUM to its path")
        return 1
    if arguments.pin is not None:
        os.sched_setaffinity(0, {arguments.pin})  # Chromium's processes stay there too
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"the machine is busy (load {load:.1f}): times in ms are too long, CPU ms less so")
    results: dict[str, Any] = {"load": load, "networks": {}}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        where = "all cores" if arguments.pin is None else "one core"
        print(f"Chromium {browser.version}, {where}")
        for name, widths in NETWORKS.items():
            path = Path(folder) / "step.html"
            view.save_html(step_of(widths).to_dict(), path)
            found = [
                measured(
                    browser.new_page(viewport={"width": 1200, "height": 900}),
                    path,
                    rate,
                    arguments.walks,
                )
                for rate in arguments.throttle
            ]
            size = path.stat().st_size
            results["networks"][name] = {"bytes": size, "runs": found}
            print(f"\n{name}: page {size / 1e6:.2f} MB, {found[0]['moments']} moments")
            print(HEADERS)
            for run in found:
                print(line(run))
        browser.close()
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


HEADERS = (
    "          first         ms a move, painted    of it script       CPU ms a move  frames late\n"
    "throttle  paint       median   95th  worst   median  worst   all  style, layout  first, after"
)


def line(run: dict[str, Any]) -> str:
    scripts = spread(run["scripts"])
    first, after = late(run["first_frames"]), late(run["frames"])
    moves = " ".join(f"{time:6.1f}" for time in spread(run["moves"]))
    return (
        f"{run['throttle']:7d}×  {run['first_paint']:5.0f} ms    {moves}  {scripts[0]:7.1f} "
        f"{scripts[2]:6.1f}  {run['cpu']:4.1f}  {run['cpu_layout']:13.1f}  "
        f"{first:5.0%}  {after:5.0%}"
    )


def late(frames: list[float]) -> float:
    """Return the share of frames that missed their turn."""
    return sum(frame > 1.5 * FRAME_MS for frame in frames) / len(frames)


def spread(times: list[float]) -> tuple[float, float, float]:
    """Return the median, the 95th percentile and the worst."""
    return statistics.median(times), float(np.quantile(times, 0.95)), max(times)


def step_of(widths: tuple[int, ...]) -> Any:
    """Return a training step of a network of these widths on rows of noise."""
    rng = np.random.default_rng(0)
    layers: list[Any] = []
    for inputs, units in pairwise(widths):
        layers += [cp.Dense(inputs, units), cp.ReLU()]
    net = cp.Chain(*layers[:-1])
    targets = np.eye(widths[-1])[rng.integers(0, widths[-1], ROWS)]
    x = rng.normal(size=(ROWS, widths[0]))
    return cp.explain(net, cp.CrossEntropy(), net.init(rng), x, targets, optimizer=cp.Adam(1e-3))


def measured(page: Page, path: Path, throttle: int, walks: int) -> dict[str, Any]:
    """Open the page and walk it; each moment counts by its median over the walks."""
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri())
    page.wait_for_selector("svg.picture")
    first_paint = page.evaluate(FIRST_PAINT)
    page.wait_for_timeout(500)
    first = page.evaluate(WALK)  # the browser has seen nothing yet, and has compiled little
    before = metrics(tools)
    found = [page.evaluate(WALK) for _ in range(walks)]
    after = metrics(tools)
    page.close()
    count = walks * len(found[0]["moves"])
    spent = {name: 1000 * (after[name] - before[name]) / count for name in after}
    return {
        "throttle": throttle,
        "first_paint": first_paint,
        "moments": len(found[0]["moves"]) + 1,
        "moves": per_moment(found, "moves"),
        "scripts": per_moment(found, "scripts"),
        "first_frames": first["frames"],
        "frames": [frame for walk in found for frame in walk["frames"]],
        "cpu": spent["TaskDuration"],
        "cpu_layout": spent["LayoutDuration"] + spent["RecalcStyleDuration"],
    }


def per_moment(walks: list[dict[str, Any]], name: str) -> list[float]:
    return [statistics.median(times) for times in zip(*(walk[name] for walk in walks), strict=True)]


def metrics(tools: Any) -> dict[str, float]:
    found = tools.send("Performance.getMetrics")["metrics"]
    return {one["name"]: one["value"] for one in found if one["name"].endswith("Duration")}


def parsed(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pin", type=int, metavar="CPU", help="the core that Chromium stays on")
    parser.add_argument(
        "--throttle", type=int, nargs="+", default=[1, 4], help="CPU slowed so many times"
    )
    parser.add_argument("--walks", type=int, default=5, help="walks through all moments")
    parser.add_argument("--json", metavar="FILE", help="write all numbers there")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
