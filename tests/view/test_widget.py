"""The widget's Python side: what may be assigned, what is kept, what is said where it is not there.

How it lives in a notebook is in test_jupyterlab.py.
"""

import builtins
import sys

import pytest

from clearprop.explaining.document import viewed
from clearprop.view.page import asset
from clearprop.view.payload import payload_of

from .conftest import classes, small

traitlets = pytest.importorskip("traitlets")
pytest.importorskip("anywidget")


@pytest.fixture
def widget():
    made = classes().widget()
    yield made
    made.close()


def test_it_holds_what_the_page_holds(widget):
    state = widget.get_state()
    assert state["_payload"] == payload_of(viewed(widget.step))
    assert state["_esm"] == asset("widget.js")
    assert state["_style"] == asset("view.css")
    assert (state["selection"], state["row"]) == ("", 0)


@pytest.mark.parametrize(
    ("assigned", "kept"),
    [
        ("dense2.dW[3,1]", "dense2.dW[3,1]"),
        ("dW2[ 3, 1 ]", "dense2.dW[3,1]"),
        ("delta1", "dense1.dy"),
        ("E", "E"),
        ("", ""),
    ],
)
@pytest.mark.one_in(5)
def test_a_selection_is_kept_as_the_address_it_means(widget, assigned, kept):
    widget.selection = assigned
    assert widget.selection == kept
    if kept:
        widget.step[widget.selection]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("selection", "dW9", "the step has no quantity 'dW9'; did you mean dW2"),
        ("selection", "dW1[9,9]", r"dW1 is 4 × 6: it has no cell \[9,9\]"),
        ("selection", "dW1[", "is no path"),
        ("selection", 5, "selection"),
        ("row", 5, "row: the step has rows 0 to 4, not 5"),
        ("row", -1, "row: the step has rows 0 to 4, not -1"),
        ("row", "first", "row"),
        ("step", {"format": "clearprop.step"}, "expected a Step"),
    ],
)
@pytest.mark.one_in(4)
def test_what_the_step_does_not_have_is_one_clear_error(widget, name, value, words):
    before = (widget.step, widget.selection, widget.row)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(widget, name, value)
    assert (widget.step, widget.selection, widget.row) == before


def test_another_step_is_shown_at_the_same_number_where_it_has_it(widget):
    widget.selection, widget.row = "dense1.dW[1,2]", 3
    other = small()
    widget.step = other
    assert (widget.selection, widget.row) == ("dense1.dW[1,2]", 0)
    assert widget._payload == payload_of(viewed(other))
    widget.step = classes()
    widget.selection = "dense1.dW[3,5]"
    widget.step = other
    assert widget.selection == ""


def test_where_no_widget_runs_there_are_a_picture_and_the_text(widget):
    data, _ = widget._repr_mimebundle_()
    assert data["text/plain"] == str(widget.step)
    assert {"application/vnd.jupyter.widget-view+json", "image/png"} < set(data)


def test_without_anywidget_it_says_how_to_install_it(monkeypatch):
    found = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "anywidget":
            raise ModuleNotFoundError("No module named 'anywidget'", name="anywidget")
        return found(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "clearprop.explaining.widget", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'clearprop\[notebook\]'"):
        small().widget()
