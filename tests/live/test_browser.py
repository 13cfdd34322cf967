"""The page in a real Chromium while a real training runs; nothing waits for a clock."""

import json
import subprocess
import sys
import threading
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import clearprop as cp
from clearprop.live.record import RecordWriter
from clearprop.live.written import live_html
from tests.browser import axe, reopened, serious_faults
from tests.view.test_hostile import RUN, STRINGS

from .made import NET, T, X, lines

TEXTS = "all => all.map(one => one.innerText)"
ROOT = Path(__file__).parents[2]


@contextmanager
def looking(browser, url, **settings):
    """Give a page of its own in Chromium; nothing may go wrong in it, and nothing else be asked."""
    context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **settings})
    page, problems, asked = context.new_page(), [], []
    page.on("console", lambda m: m.type in ("error", "warning") and problems.append(m.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    page.wait_for_selector("main.live svg")
    page.problems = problems
    yield page
    start = url.rpartition("/")[0]
    assert problems == []
    assert [one for one in asked if not one.startswith(start)] == []
    context.close()


@contextmanager
def training(folder, *how):
    """Give a training in another process, and the address of its page."""
    command = [sys.executable, "-m", "tests.live.following", str(folder), *how]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def thread(page):
    """Give a training in a thread of this process, until its page stops it."""

    def train():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = cp.train(
                NET,
                cp.BinaryCrossEntropy(),
                NET.init(np.random.default_rng(1)),
                X,
                T,
                optimizer=cp.Adam(0.001),
                epochs=1_000_000,
                batch_size=16,
                seed=3,
                validation_fraction=0.25,
                on_epoch=page,
                metrics={"half": _half},
            )  # fmt: skip
            found.append(result)

    found = []
    worker = threading.Thread(target=train)
    worker.start()
    try:
        yield found
    finally:
        for one in list(page._runs.values()):
            page._obey({"run": one.path.name, "do": "stop"})
        worker.join()
        page.close()


def _half(t, p):
    return float(np.mean((p.ravel() > 0.5) == (t.ravel() > 0.5)))


def epoch(page):
    return int(page.inner_text(".big strong").replace(",", ""))


def wait_for_epoch(page, least):
    page.wait_for_function(
        "least => Number(document.querySelector('.big strong').textContent.replaceAll(',', ''))"
        " >= least",
        arg=least,
    )


def pressed(page, name, then):
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_selector(then)


def test_the_buttons_do_what_they_say(browser, tmp_path):
    live = cp.LivePage(tmp_path, serve=True)
    with thread(live) as results, looking(browser, live.address) as page:
        wait_for_epoch(page, epoch(page) + 5)
        assert page.inner_text(".state").startswith("running")
        pressed(page, "pause", "button:text-is('go on')")
        assert page.inner_text(".state").startswith("paused")
        at = epoch(page)
        page.fill("#rate", "0,0005")
        page.get_by_role("button", name="change", exact=True).click()
        page.wait_for_selector(".log li:has-text('learning rate 0.0005, 0.5 times')")
        pressed(page, "open the next step", ".said a")
        with page.context.expect_page() as opening:
            page.click(".said a")
        step = opening.value
        step.wait_for_selector("svg.picture")
        steps = lines(tmp_path / "live-run.jsonl")
        told = next(one for one in steps if one.get("do") == "step")
        assert f"step {told['step']:,}" in step.inner_text("header")
        assert "0.0005" in step.inner_text("header")
        step.close()
        assert epoch(page) == at  # nothing went on meanwhile
        pressed(page, "go on", "button:text-is('pause')")
        wait_for_epoch(page, at + 3)
        pressed(page, "stop and keep", ".state:has-text('ended by hand')")
        assert page.locator(".controls").count() == 0
    (result,) = results
    history = result.history
    assert (result.reason, history.rate_factors) == ("callback", {at + 1: 0.5})
    assert history.learning_rate[at - 1 : at + 1] == [0.001, 0.0005]
    commands = [one["do"] for one in lines(tmp_path / "live-run.jsonl") if "do" in one]
    assert commands == ["pause", "rate", "step", "go on", "stop"]


def test_nonsense_in_the_field_is_not_sent(browser, tmp_path):
    live = cp.LivePage(tmp_path, serve=True)
    with thread(live), looking(browser, live.address) as page:
        for text in ("", "-1", "fast", "0"):
            page.fill("#rate", text)
            page.press("#rate", "Enter")
            assert page.inner_text(".said").startswith("A learning rate is a number above 0.")
    assert not any(
        "do" in one and one["do"] == "rate" for one in lines(tmp_path / "live-run.jsonl")
    )


@pytest.mark.parametrize("how", ["served", "from disk"])
@pytest.mark.slow
def test_a_killed_training_goes_on_and_the_page_with_it(browser, tmp_path, how):
    served = ["served"] if how == "served" else []
    with training(tmp_path, *served) as (process, address):
        record = tmp_path / "live-run.jsonl"
        url = address if served else (tmp_path / "live.html").as_uri()
        while not record.exists() or len(record.read_bytes()) < 40_000:
            assert process.poll() is None
        with looking(browser, url) as page:
            wait_for_epoch(page, epoch(page) + 1)
            process.kill()
            process.wait()
            reached = max(one["epoch"] for one in lines_of_killed(record) if "epoch" in one)
            if served:
                page.wait_for_selector(".state:has-text('no answer')")
                assert page.is_disabled("button:text-is('pause')")
                page.problems.clear()  # the browser tells of the connection that failed
            with training(tmp_path, *served) as (_, again):
                assert again == address
                page.wait_for_selector(".log li:has-text('Went on from a checkpoint')")
                wait_for_epoch(page, reached + 1)
                assert page.inner_text(".state").startswith("running")
                if served:
                    pressed(page, "pause", ".state:has-text('paused')")
            page.problems.clear() if served else None


def lines_of_killed(path):
    """Return the whole lines of a record whose last one may be torn."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def test_what_looks_wrong_is_said_while_it_runs_and_taken_back(browser, tmp_path):
    from clearprop.live.record import record_path

    head, *epochs = run_lines("a")[:4]
    names = ("check", "where", "what", "norm", "source", "advice")
    ill = {"kind": "health", "after": 2, "findings": [dict.fromkeys(names, "<b>dead</b>")]}
    writer = RecordWriter(record_path(tmp_path / "live.html", "a"))
    writer.write([head, *epochs, ill])
    for is_ill in (True, False):
        html(tmp_path)
        with looking(browser, (tmp_path / "live.html").as_uri()) as page:
            assert page.locator("#findings-title").count() == is_ill
            if is_ill:
                title = page.inner_text("#findings-title")
                assert title.casefold() == "what looks wrong, seen after epoch 2"
                assert "<b>dead</b>" in page.inner_text(".finding strong")
        writer.write([{"kind": "health", "after": 3, "findings": []}])


def test_runs_stand_side_by_side(browser, tmp_path):
    for name, factor in (("wide", 1.0), ("deep", 2.0), ("network 10", 3.0), ("network 9", 4.0)):
        write_run(tmp_path, name, factor=factor)
    html(tmp_path)
    with looking(browser, (tmp_path / "live.html").as_uri()) as page:
        names = page.eval_on_selector_all(".runs th button", TEXTS)
        assert names == ["deep", "network 9", "network 10", "wide"]
        page.click(".runs button:text-is('network 9')")
        assert page.inner_text("h1") == "Net: network 9"
        assert page.locator(".chart").first.locator(".curve.other").count() == 3
        assert page.inner_text(".runs tr.chosen th") == "network 9"
        assert page.locator(".runs tr.chosen td").nth(3).inner_text().strip() == "16"


def test_the_cursor_reads_every_chart(browser, tmp_path):
    write_run(tmp_path, "run", epochs=9)
    html(tmp_path)
    with looking(browser, (tmp_path / "live.html").as_uri()) as page:
        assert "9 of 9, the latest" in page.inner_text("output")
        page.focus("#epoch")
        page.keyboard.press("Home")
        assert "1 of 9" in page.inner_text("output")
        readings = page.eval_on_selector_all(
            ".chart .number", "all => all.map(one => one.innerText)"
        )
        assert readings[:2] == ["1", "2"]
        page.click("text=go to the latest")
        assert "9 of 9, the latest" in page.inner_text("output")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_nobody_is_barred(browser, tmp_path, look):
    settings = {
        "light": {}, "dark": {"color_scheme": "dark"},
        "phone": {"viewport": {"width": 390, "height": 844}},
    }[look]  # fmt: skip
    live = cp.LivePage(tmp_path, serve=True)
    write_run(tmp_path, "another")
    with thread(live), looking(browser, live.address, **settings) as page:
        pressed(page, "pause", "button:text-is('go on')")
        pressed(page, "open the next step", ".said a")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
        if look == "phone":
            sizes = page.eval_on_selector_all(
                ".controls button", "all => all.map(one => one.getBoundingClientRect().height)"
            )
            assert min(sizes) >= 44
        page.evaluate(axe())
        assert serious_faults(page) == []


def test_hostile_names_are_only_shown(browser, tmp_path):
    """Names of runs, layers, metrics, networks: whatever they hold, nothing runs."""
    write_run(tmp_path, "run")
    html(tmp_path)
    with looking(browser, (tmp_path / "live.html").as_uri()) as page:
        for text in STRINGS:
            shown = [{"file": text, "anew": True, "known": 9, "lines": run_lines(text, text)}]
            data = {"version": 1, "time": 0.0, "served": True, "runs": shown}
            file = reopened(page, live_html(data, served=False))
            assert (file["scripts"], file["forbidden"]) == (2, 0), text
            assert page.evaluate("window.stolen ?? null") is None
            assert page.evaluate(
                "document.querySelectorAll('iframe, img, object, embed, link, base, video,"
                " plaintext, form').length"
            ) == 0  # fmt: skip
            links = page.eval_on_selector_all(
                "a", "all => all.map(one => one.getAttribute('href'))"
            )
            assert links == [], text
            page.problems.clear()  # a page from disk that says it is served asks in vain


def test_hostile_names_of_a_real_training(browser, tmp_path):
    rng = np.random.default_rng(0)
    name = f"</script><script>{RUN}</script><img src=x onerror={RUN}>"
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(rng.normal(size=(40, 2)), columns=[name, f"b{name}"])
    y = np.array([name, "plain"])[(frame[name] > 0).astype(int)]
    live = cp.LivePage(tmp_path, name=name, serve=True)
    presses = {3: [{"do": "step"}]}

    class Pressing(type(live)):
        def __call__(self, report):
            for command in presses.get(report.epoch, ()):
                self._obey({"run": "", **command})
            return super().__call__(report)

    live.__class__ = Pressing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cp.MLPClassifier((4,), max_iter=5, random_state=0).set_callbacks(live).fit(frame, y)
    (key,) = live._steps
    with looking(browser, live.address) as page:
        assert page.inner_text("h1") == f"MLPClassifier: {name}"
        page.goto(f"{live.address}step/{key}")
        page.wait_for_selector("svg.picture")
        assert name in page.inner_text("main, #clearprop")
        assert page.evaluate("window.stolen ?? null") is None
    live.close()


def run_lines(name, layer="dense1", epochs=4, factor=1.0):
    """Return the lines of a made-up run, with one text for everything that has a name."""
    head = {
        "kind": "head", "version": 1, "time": 1.0, "name": name, "model": "Net", "network": layer,
        "loss": layer, "optimizer": layer, "parameters": 9, "rows": 50, "batch_size": 10,
        "epochs": epochs, "steps": True, "stops": True, "best_by": "validation_loss",
        "restores": True,
    }  # fmt: skip
    found = [head]
    for number in range(1, epochs + 1):
        vitals = {"rows": 9, "layers": [
            {"path": layer, "kind": layer, "units": 3, "gradient": 0.1 * number, "ratio": 0.001},
            {"path": f"{layer}2", "kind": layer, "units": 3, "dead": 0.25, "dormant": 0.5},
        ]}  # fmt: skip
        found.append({
            "kind": "epoch", "epoch": number, "time": 1.0 + number, "loss": factor * number,
            "metrics": {"validation_loss": 2 * number, layer: 0.5}, "rate": 0.1, "seconds": 0.5,
            "best": 1, "vitals": vitals,
        })  # fmt: skip
    found.append({"kind": "command", "time": 5.0, "after": 1, "do": layer, "refused": layer})
    found.append(
        {"kind": "command", "time": 5.0, "after": 1, "do": "step", "step": 3, "key": layer}
    )
    names = ("check", "where", "what", "norm", "source", "advice")
    end = {"kind": "end", "time": 9.0, "reason": layer, "epochs": epochs, "best": 1}
    return [*found, {**end, "findings": [dict.fromkeys(names, layer)]}]


def write_run(folder, name, **how):
    from clearprop.live.record import record_path

    RecordWriter(record_path(folder / "live.html", name)).write(run_lines(name, **how))


def html(folder):
    from clearprop.live.folder import Folder
    from clearprop.live.written import WrittenPage

    WrittenPage(folder / "live.html", Folder(folder / "live.html")).write(whole=True)
