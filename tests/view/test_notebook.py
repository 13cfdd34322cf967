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
