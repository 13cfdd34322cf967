"""The view in a notebook: a frame that may run its own script and reach nothing around it."""

import html
import re

import pytest

from clearprop import view
from tests.browser import Opened

from .conftest import small


def test_the_bundle_has_text_and_a_frame():
    bundle = view.mimebundle(small().to_dict(), "the step as text")
    assert bundle["text/plain"] == "the step as text"
    found = re.search(r'<iframe ([^>]*)srcdoc="([^"]*)"></iframe>', bundle["text/html"])
    assert 'sandbox="allow-scripts"' in found.group(1)
    assert "allow-same-origin" not in found.group(1)
    assert html.unescape(found.group(2)) == view.to_html(small().to_dict())


def test_two_frames_live_in_one_document(browser, tmp_path):
    frame = view.mimebundle(small().to_dict(), "")["text/html"]
    check(browser, tmp_path, f"<!doctype html><title>t</title>{frame}{frame}", 2)


def test_the_view_lives_in_what_nbconvert_makes(browser, tmp_path):
    nbconvert = pytest.importorskip("nbconvert")
    nbformat = pytest.importorskip("nbformat")
    bundle = view.mimebundle(small().to_dict(), "text")
    output = nbformat.v4.new_output("display_data", data=bundle)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("step", outputs=[output])])
    exporter = nbconvert.HTMLExporter(template_name="basic")
    check(browser, tmp_path, exporter.from_notebook_node(notebook)[0], 1)


def test_the_view_lives_in_an_output_that_is_a_frame_itself(browser, tmp_path):
    """As in Colab, where each output has a sandboxed frame of its own."""
    shown = view.mimebundle(small().to_dict(), "text")["text/html"]
    allowed = "allow-scripts allow-forms allow-popups allow-downloads"
    path = tmp_path / "notebook.html"
    path.write_text(
        f'<!doctype html><title>t</title><iframe sandbox="{allowed}" width="800" height="1000" '
        f'srcdoc="{html.escape(shown)}"></iframe>',
        encoding="utf-8",
    )
    opened = Opened(browser, path, wait="iframe")
    output = opened.page.locator("iframe").content_frame
    page = output.locator("iframe").content_frame
    page.locator(".station.now").press("ArrowRight")
    assert page.locator(".moment .when").text_content() == "loss 2 of 2"
    assert not output.locator(".clearprop-still").is_visible()
    opened.check()
    opened.context.close()


def test_where_the_frame_is_taken_away_the_picture_is_seen(browser, tmp_path):
    html = view.mimebundle(small().to_dict(), "text")["text/html"]
    frame = re.search(r"<iframe .*</iframe>", html, re.DOTALL).group()
    path = tmp_path / "notebook.html"
    untrusted = html.replace(frame, "")
    # A trusted output beside it, as when one cell of an untrusted notebook was run.
    path.write_text(f"<!doctype html><title>t</title><div>{untrusted}</div><div>{html}</div>")
    opened = Opened(browser, path, wait=".clearprop-still img")
    stills = opened.page.locator(".clearprop-still")
    assert [still.is_visible() for still in stills.all()] == [True, False]
    # marimo puts the frame into an element of its own.
    path.write_text(f"<!doctype html><title>t</title>{html.replace(frame, f'<div>{frame}</div>')}")
    opened.page.reload()
    assert not opened.page.locator(".clearprop-still").is_visible()
    opened.check()
    opened.context.close()


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-8"])
def test_a_document_of_another_encoding_changes_nothing(browser, tmp_path, encoding):
    """A page that names no encoding is read as either, as the browser guesses."""
    shown = view.mimebundle(small().to_dict(), "text")["text/html"]
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset={encoding}><title>t</title>{shown}", "utf-8")
    opened = Opened(browser, path, wait="iframe")
    page = opened.page.locator("iframe").content_frame
    assert page.locator("h1").text_content().startswith("2 → 3 sigmoid")
    opened.check()
    opened.context.close()


THEMES = {
    "data-vscode-theme-kind='vscode-light'": "light",
    "data-vscode-theme-kind='vscode-dark'": "dark",
    "data-vscode-theme-kind='vscode-high-contrast'": "dark",
    "data-vscode-theme-kind='vscode-high-contrast-light'": "light",
    "data-jp-theme-light='true'": "light",
    "data-jp-theme-light='false'": "dark",
}


@pytest.fixture
def notebook(browser, tmp_path):
    """Open a document that shows a step, its body marked as a notebook's."""
    pages = []

    def open_(marked, copies=1):
        shown = view.mimebundle(small().to_dict(), "")["text/html"] * copies
        path = tmp_path / "notebook.html"
        path.write_text(f"<!doctype html><title>t</title><body {marked}>{shown}", encoding="utf-8")
        # "null": an emulated scheme would override what a frame takes from around it.
        pages.append(
            Opened(browser, path, wait="iframe", color_scheme="null", reduced_motion="reduce")
        )
        for element in pages[-1].page.locator("iframe").all():
            element.scroll_into_view_if_needed()
            element.content_frame.locator("svg.picture").wait_for()
        return pages[-1].page

    yield open_
    for opened in pages:
        opened.check()
        opened.context.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.one_in(3)
def test_light_and_dark_are_the_notebooks(notebook, theme):
    frame = notebook(theme).frames[1]
    is_dark = frame.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert is_dark == (THEMES[theme] == "dark")


LISTEN = """() => {
  window.heard = [];
  window.told = 0;
  addEventListener("wheel", ({ deltaY, wheelDeltaY }) => heard.push([deltaY, wheelDeltaY]));
  addEventListener("message", ({ data }) => { told += data === "told"; });
}"""


FEEL = "() => { felt = false; addEventListener('wheel', () => { felt = true; }, { once: true }); }"


def turn(page, frame, by):
    """Turn the wheel over a frame, by so many pixels."""
    frame.evaluate(FEEL)
    page.mouse.wheel(0, by)
    frame.wait_for_function("() => felt")


def heard(page, frame):
    """Return what the document heard of the wheel since last asked, all messages delivered."""
    before = page.evaluate("told")
    frame.evaluate("parent.postMessage('told', '*')")
    page.wait_for_function("(before) => told > before", arg=before)
    return page.evaluate("heard.splice(0)")


def test_a_wheel_that_the_page_has_no_use_for_is_the_notebooks(notebook):
    """VS Code scrolls by a listener of its own, which hears nothing of what is over a frame."""
    page = notebook("data-vscode-theme-kind='vscode-light'", copies=2)
    page.evaluate(LISTEN)
    for frame in page.frames[1:]:
        frame.frame_element().evaluate("(frame) => { frame.style.height = '500px'; }")
        frame.frame_element().hover(position={"x": 40, "y": 300})
        for end, by in ((0, -40), (9999, 40)):
            frame.evaluate("(end) => scrollTo(0, end)", end)
            turn(page, frame, -by)
            assert heard(page, frame) == []
            frame.evaluate("(end) => scrollTo(0, end)", end)
            turn(page, frame, by)
            assert heard(page, frame) == [[by, -3 * by]]


def test_a_wheel_is_told_to_no_other_notebook(notebook):
    page = notebook("")
    page.evaluate(LISTEN)
    frame = page.frames[1]
    frame.frame_element().hover(position={"x": 40, "y": 300})
    turn(page, frame, -40)  # at the top already
    assert heard(page, frame) == []


def test_the_frame_can_be_pulled_longer(notebook):
    page = notebook("")
    page.set_viewport_size({"width": 1200, "height": 1300})
    frame = page.locator("iframe")
    assert frame.bounding_box()["height"] == 900
    around = page.locator(".clearprop-frame").bounding_box()
    corner = (around["x"] + around["width"] - 4, around["y"] + around["height"] - 4)
    page.mouse.move(*corner)
    page.mouse.down()
    page.mouse.move(corner[0], corner[1] + 200, steps=4)
    page.mouse.up()
    assert frame.bounding_box()["height"] == 1100


def check(browser, tmp_path, document, frames):
    path = tmp_path / "notebook.html"
    path.write_text(f"<svg class=picture></svg>{document}", encoding="utf-8")
    opened = Opened(browser, path)
    inner = [frame for frame in opened.page.frames if frame.parent_frame]
    assert len(inner) == frames
    assert opened.page.locator(".clearprop-still").count() == frames
    assert opened.page.locator(".clearprop-still:visible").count() == 0
    for frame in inner:
        frame.frame_element().scroll_into_view_if_needed()
        frame.wait_for_selector("main svg.picture")
        frame.locator(".step").last.click()
        assert frame.locator(".moment .when").text_content() == "loss 2 of 2"
        assert frame.evaluate("self.origin") == "null"
    opened.check()
    opened.context.close()
