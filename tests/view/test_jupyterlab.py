"""The view in a live JupyterLab: trusted, not trusted, and as a widget that shares what is seen."""

import subprocess
import sys

import pytest

from clearprop.view import image
from clearprop.view.notebook import mimebundle
from tests.browser import Opened, axe, serious_faults

from .conftest import small
from .jupyterlab import Lab, Notebook

pytestmark = pytest.mark.slow

STEP = "from tests.view.conftest import classes, small\nstep = classes()"
ASK = "print(widget.selection, widget.row)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """One server for the tests of this file that a worker runs."""
    pytest.importorskip("jupyterlab")
    running = Lab(tmp_path_factory.mktemp("lab"))
    yield running
    running.close()


@pytest.fixture
def open_(lab, browser):
    opened = []

    def open_(name, **settings):
        opened.append(Notebook(lab, browser, name, **settings))
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.close()


def wait_for_python(notebook, expected):
    """Ask Python until it knows what the view shows: its messages may still be on their way."""
    for _ in range(50):
        said = notebook.run(1, ASK)
        if said == expected:
            return
    raise AssertionError(f"Python has {said}, the view {expected}")


def now(view):
    """Return the moment that a view shows."""
    return view.locator(".station.now").get_attribute("data-key").removeprefix("station ")


def test_an_executed_notebook_shows_a_picture_and_when_trusted_the_view(lab, open_, browser):
    lab.write("executed.ipynb", f"{STEP}\nstep")
    path = lab.notebooks / "executed.ipynb"
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--execute", "--to=notebook", "--inplace", path],
        env=lab.environment,
        check=True,
        capture_output=True,
    )
    notebook = open_("executed.ipynb")
    page, output = notebook.page, notebook.cells.first.locator(".jp-OutputArea-output")
    still = output.locator(".clearprop-still")
    still.wait_for()
    assert still.is_visible()
    assert still.locator("img").evaluate("(image) => image.naturalWidth") == 1000
    assert "E + R" in still.locator("img").get_attribute("alt")
    assert "trust this notebook" in still.text_content()
    assert output.locator("iframe, style").count() == 0

    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:trust')")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    frame = output.locator("iframe").content_frame
    frame.locator("svg.picture").wait_for()
    assert not still.is_visible()
    assert now(frame) == "p"
    frame.locator(".station.now").press("ArrowRight")
    assert now(frame) == "row_loss"
    assert notebook.cells.count() == 1

    nbconvert = pytest.importorskip("nbconvert")
    html = lab.notebooks / "executed.html"
    made, _ = nbconvert.HTMLExporter(template_name="basic").from_filename(str(path))
    html.write_text(f"<!doctype html><title>t</title>{made}", encoding="utf-8")
    opened = Opened(browser, html, wait="iframe")
    frame = opened.page.locator("iframe").content_frame
    frame.locator("svg.picture").wait_for()
    assert not opened.page.locator(".clearprop-still").is_visible()
    opened.check()
    opened.context.close()


def test_the_view_is_dark_where_jupyterlab_is(lab, open_):
    lab.write("theme.ipynb", f"{STEP}\nstep")
    notebook = open_("theme.ipynb", color_scheme="null")  # one emulated would reach into the frame
    notebook.run(0)
    frame = notebook.cells.first.locator("iframe").content_frame
    paper = frame.locator(".clearprop")
    expect = pytest.importorskip("playwright.sync_api").expect
    for theme, colour in (("Light", "rgb(253, 253, 252)"), ("Dark", "rgb(19, 21, 23)")):
        notebook.page.evaluate(
            "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
            f"JupyterLab {theme}",
        )
        expect(paper).to_have_css("background-color", colour)


def test_without_matplotlib_an_untrusted_notebook_shows_the_text(lab, open_):
    hostile = "</pre><img src=x onerror=document.title='stolen'><b>loss</b>"
    data = small().to_dict()
    data["title"]["model"] = hostile
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image, "find_spec", lambda name: None)
        bundle = mimebundle(data, hostile)
    lab.write("text.ipynb", "step", outputs=[bundle])
    opened = open_("text.ipynb")
    still = opened.cells.first.locator(".clearprop-still")
    still.wait_for()
    assert still.locator("pre").text_content() == hostile
    assert still.locator("img, b").count() == 0
    assert "stolen" not in opened.page.title()


def test_the_widget_and_python_share_what_is_looked_at(lab, open_):
    lab.write("widget.ipynb", f"{STEP}\nwidget = step.widget()\nwidget", "")
    notebook = open_("widget.ipynb")
    notebook.run(0)
    view = notebook.cells.first.locator(".jp-OutputArea .view")
    view.locator("svg.picture").wait_for()
    wait_for_python(notebook, "p[0,2] 0")

    view.locator("[data-key='station dense1.dW']").click()
    number = view.locator("button.number[data-address='dense1.dW[3,2]']")
    number.click()
    wait_for_python(notebook, "dense1.dW[3,2] 0")
    exact = number.get_attribute("data-exact").replace("−", "-")
    assert float(notebook.run(1, "print(step[widget.selection])")) == float(exact)

    # Its keys are the view's, and the notebook's shortcuts rest: no cell comes, none goes.
    view.locator("[data-key='station dense1.dW']").focus()
    for key in ("ArrowRight", "b", "d", "d", "a", "ArrowDown", "ArrowRight"):
        notebook.page.keyboard.press(key)
    assert now(view) == "dense1.dx"
    assert notebook.cells.count() == 2
    wait_for_python(notebook, "dense1.dx[0,3] 0")  # of the weight's input

    notebook.run(1, "widget.selection = 'delta1[4,0]'")
    view.locator("button.number.focus[data-address='dense1.dy[4,0]']").wait_for()
    assert now(view) == "dense1.dy"
    wait_for_python(notebook, "dense1.dy[4,0] 4")
    notebook.run(1, "widget.row = 2")
    view.locator("button.number.focus[data-address='dense1.dy[2,0]']").wait_for()

    notebook.run(1, "widget.step = small()")
    view.locator("h1", has_text="2 → 3 sigmoid → 1 sigmoid").wait_for()
    wait_for_python(notebook, "row_loss[0] 0")
    notebook.run(1, "widget.selection = 'dense9.W'")
    assert "the step has no quantity 'dense9.W'" in notebook.cells.nth(1).text_content()


def test_neither_the_notebooks_style_nor_the_widgets_reaches_the_other(lab, open_):
    lab.write("style.ipynb", f"{STEP}\nwidget = step.widget()\nwidget")
    notebook = open_("style.ipynb")
    measure = "() => getComputedStyle(document.body).cssText"
    before = notebook.page.evaluate(measure)
    notebook.page.add_style_tag(content="button, h1, math { color: red !important }")
    notebook.run(0)
    view = notebook.cells.first.locator(".jp-OutputArea .view")
    view.locator("svg.picture").wait_for()
    assert notebook.page.evaluate(measure) == before
    for part in ("h1", ".equation math", "button.step"):
        colour = view.locator(part).first.evaluate("(one) => getComputedStyle(one).color")
        assert colour != "rgb(255, 0, 0)"
    notebook.page.evaluate(axe())
    assert serious_faults(notebook.page, ".jp-OutputArea-output") == []
    # A cell is narrower than the window: the view is laid out for the cell.
    columns = "(one) => getComputedStyle(one).gridTemplateColumns.split(' ').length"
    stage = view.locator(".stage")
    assert stage.evaluate(columns) == 2
    notebook.page.set_viewport_size({"width": 900, "height": 800})
    notebook.page.wait_for_function(f"(one) => ({columns})(one) === 1", arg=stage.element_handle())
