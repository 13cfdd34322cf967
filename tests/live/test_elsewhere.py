"""A training shown elsewhere: in a notebook, in TensorBoard's files, from the command line."""

import sys
import types
import warnings
from typing import ClassVar

import pytest

import clearprop as cp
from clearprop.cli.optional_values import with_values
from clearprop.live import notebook
from clearprop.live.notebook import bundle_of, curve, told_of
from tests.view.test_hostile import STRINGS

from .made import kinds, lines, train
from .test_browser import run_lines


class Shell:
    """Stands for IPython in a Jupyter kernel."""

    kernel = object()


@pytest.fixture
def shown(monkeypatch):
    """Give all that a notebook's cell is told to show."""
    display = pytest.importorskip("IPython.display")
    import IPython

    said = []

    class Handle:
        def update(self, bundle, raw):
            said.append(("again", bundle, raw))

    def show(bundle, raw, display_id):
        said.append(("first", bundle, raw and display_id))
        return Handle()

    monkeypatch.setattr(IPython, "get_ipython", Shell)
    monkeypatch.setattr(display, "display", show)
    return said


def test_a_notebook_shows_the_training_in_one_output(tmp_path, shown, monkeypatch):
    monkeypatch.setattr(notebook, "SECONDS", 0.0)
    train(cp.LivePage(tmp_path))
    assert [kind for kind, _, _ in shown] == ["first", *["again"] * (len(shown) - 1)]
    assert len(shown) == 7  # begin, five epochs, end
    assert all(raw is True for _, _, raw in shown)
    first, last = shown[0][1], shown[-1][1]
    assert "no epoch is done yet" in first["text/plain"]
    assert "run: epoch 5 of 5, loss 0." in last["text/plain"]
    assert "all epochs are done" in last["text/html"]
    assert last["text/html"].count("<polyline") == 2
    assert "<script" not in last["text/html"]


def test_a_notebook_is_not_told_twice_a_second(tmp_path, shown):
    train(cp.LivePage(tmp_path), epochs=30)
    assert len(shown) < 30


def test_where_there_is_no_notebook_a_clear_word_says_so(tmp_path):
    with pytest.warns(UserWarning, match="no notebook shows this training: Python does not run in"):
        page = cp.LivePage(tmp_path, display=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(page, epochs=1)
        cp.LivePage(tmp_path)  # not asked for: not missed


def test_hostile_names_in_a_notebook(tmp_path):
    for text in STRINGS:
        html = bundle_of([run_lines(text, text)], tmp_path / "live.html", None)["text/html"]
        assert html.count("<") == bundle_of([run_lines("a")], tmp_path / "live.html", None)[
            "text/html"
        ].count("<"), text


def test_a_notebook_links_to_the_served_page(tmp_path):
    bundle = bundle_of([run_lines("a")], tmp_path / "live.html", "http://127.0.0.1:9/x/")
    assert (
        'href="http://127.0.0.1:9/x/" target="_blank" rel="noopener noreferrer"'
        in bundle["text/html"]
    )


def test_what_is_not_finite_is_told_and_left_out_of_the_curve():
    told = run_lines("a")
    told[2]["loss"] = "NaN"
    told[-4]["loss"] = "Infinity"
    name, sentence = told_of(told)
    assert name == "a"
    assert "epoch 4 of 4" in sentence
    assert "nan" not in curve(told).lower()
    assert curve(told[:2]) == "" or curve(told[:2]).count("polyline") == 2


# TensorBoard.


class Writer:
    """Stands for a SummaryWriter."""

    made: ClassVar = []

    def __init__(self, folder):
        self.folder, self.numbers, self.closed = folder, [], False
        self.made.append(self)

    def add_scalar(self, tag, value, step):
        assert not self.closed
        self.numbers.append((tag, value, step))

    def close(self):
        self.closed = True


def test_numbers_go_to_the_writer_that_is_there(tmp_path, monkeypatch):
    module = types.ModuleType("tensorboardX")
    module.SummaryWriter, Writer.made = Writer, []
    monkeypatch.setitem(sys.modules, "tensorboardX", module)
    result = train(cp.LivePage(tmp_path, name="a", tensorboard=tmp_path / "tb"))
    (writer,) = Writer.made
    assert writer.folder == str(tmp_path / "tb" / "a")
    assert writer.closed
    losses = [value for tag, value, _ in writer.numbers if tag == "loss/training"]
    assert losses == pytest.approx(result.history.loss, rel=1e-6)
    steps = [step for tag, _, step in writer.numbers if tag == "loss/validation_loss"]
    assert steps == [1, 2, 3, 4, 5]
    assert ("ratio/dense1", 1) in {(tag, step) for tag, _, step in writer.numbers}


def test_without_a_writer_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    for name in ("tensorboardX", "torch.utils.tensorboard"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match="pip install tensorboardX"):
        cp.LivePage(tmp_path, tensorboard=tmp_path)


def test_the_example_with_mlflow_skips_with_a_clear_word(monkeypatch, capsys):
    import runpy
    from pathlib import Path

    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(Path(__file__).parents[2] / "examples" / "live" / "mlflow_run.py"))
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("skipped: this example needs MLflow")


# The command line.


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (["--live"], ["--live", "live"]),
        (["--live", "-q"], ["--live", "live", "-q"]),
        (["--live", "runs", "-q"], ["--live", "runs", "-q"]),
        (["--live=runs"], ["--live=runs"]),
        (["--out", "x"], ["--out", "x"]),
    ],
)
def test_a_value_may_be_left_out(given, taken):
    assert with_values(given) == taken


def test_the_command_follows_one_network(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    from clearprop.cli import main

    monkeypatch.setattr(
        sys, "argv", ["clearprop", "train", "iris", "--epochs", "3", "--live", "-q"]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert "live page: live/live.html, with buttons at http://127.0.0.1:" in capfd.readouterr().err
    assert kinds(tmp_path / "live" / "live-run.jsonl") == ["head", *["epoch"] * 3, "end"]
    assert lines(tmp_path / "live" / "live-run.jsonl")[0]["model"] == "MLPClassifier"
    assert (tmp_path / "live" / "live.html").exists()


def test_the_command_follows_the_networks_of_a_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from clearprop.cli import main

    command = ["clearprop", "train", "wine", "--live", "page.html", "--preset", "fast", "-q"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert len(list(tmp_path.glob("page-network-*.jsonl"))) > 2
    assert (tmp_path / "page.html").exists()


def test_a_file_that_is_no_page_is_refused(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    from clearprop.cli import main

    (tmp_path / "precious").write_text("x")
    monkeypatch.setattr(sys, "argv", ["clearprop", "train", "iris", "--live", "precious"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "precious is a file: name a folder, or a page" in capfd.readouterr().err
