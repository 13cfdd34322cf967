"""`clearprop chapter`: one item, the walk, and what it does in a pipe and at a terminal."""

import builtins
import re
from functools import cache

import pytest

from clearprop import chapter
from clearprop.chapter import rules
from clearprop.cli import chapter as command
from clearprop.cli.show import Page

once = cache(chapter.item)


@pytest.fixture(autouse=True)
def computed_once(monkeypatch):
    """Compute each item once for all tests here, and the rules of item 7 at one rate."""
    monkeypatch.setattr(rules, "RATES", (1.0,))
    monkeypatch.setattr(chapter, "item", once)


@pytest.mark.parametrize("name", [name for name in chapter.NAMES if name != "7"])
@pytest.mark.one_in(4)
def test_an_item_is_printed_as_it_is_computed(run, name):
    done = run("chapter", name)
    assert done.code == 0
    assert done.out == f"{chapter.item(name)}\n\n"
    assert "\x1b" not in done.out


def test_case_does_not_matter(run):
    assert run("chapter", "ERRATA").code == 0


@pytest.mark.parametrize("name", ["0", "C3", "three"])
def test_an_unknown_item_is_a_wrong_use(run, name):
    done = run("chapter", name)
    assert done.code == 2 and done.out == ""
    assert f"there is no item '{name}'; the items are " in done.err


def test_in_a_pipe_all_items_are_printed_without_asking(run):
    done = run("chapter")
    assert done.code == 0
    for name in chapter.NAMES:
        assert f"{name:6}  {chapter.title(name)}\n" in done.out  # the contents
        assert f"\n{name}  {chapter.title(name)}\n\n" in done.out
    assert command.TURN not in done.out


@pytest.mark.parametrize(("answers", "shown"), [(["q"], 0), (["", " Q"], 1), (["", ""], 2)])
def test_at_a_terminal_it_asks_before_each_item(monkeypatch, capsys, answers, shown):
    left = iter(answers)

    def answer(question):
        assert question == command.TURN
        for given in left:
            return given
        raise EOFError

    monkeypatch.setattr(builtins, "input", answer)
    monkeypatch.setattr(command.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(Page, "__init__", at_a_terminal(Page.__init__))
    command.chapter(None)
    printed = capsys.readouterr().out
    assert [f"\n{name}  {chapter.title(name)}\n" in printed for name in chapter.NAMES[:3]] == [
        number < shown for number in range(3)
    ]


def at_a_terminal(init):
    def __init__(self, *arguments):  # noqa: N807
        init(self, *arguments)
        self.width = 80

    return __init__


def test_on_a_narrow_terminal_words_fold(run, monkeypatch):
    narrow = 60

    def init(self, *arguments, plain=Page.__init__):
        plain(self, *arguments)
        self.width = narrow

    monkeypatch.setattr(Page, "__init__", init)
    lines = run("chapter", "2").out.splitlines()
    assert max(len(line) for line in lines if not line.startswith("    ")) <= narrow


def test_the_whole_chapter_is_written_to_files(run, monkeypatch, folder):
    monkeypatch.setattr(chapter, "NAMES", ("2", "3", "4"))
    done = run("chapter", "--html", "chapter.html", "--markdown", "chapter.md")
    assert done.code == 0, done.err
    assert re.fullmatch(
        r"saved chapter.html \(.* kB\): 3 items\nsaved chapter.md \(.* kB\): 3 items\n", done.out
    )
    page, text = ((folder / f"chapter.{one}").read_text("utf-8") for one in ("html", "md"))
    assert page.startswith("<!doctype html>\n")
    for name in chapter.NAMES:
        assert f"## {name.capitalize()}. {chapter.title(name)}\n" in text
        assert f'<section id="item-{name}">' in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("3", "--html", "a.html"), "--html: it writes the whole chapter: leave 3 out"),
        (("--markdown", "nowhere/a.md"), "--markdown: there is no folder nowhere"),
        (("--html", "a.md", "--markdown", "./a.md"), "--markdown: a.md is also what --html writes"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_computed(run, folder, arguments, said):
    done = run("chapter", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not list(folder.iterdir())
