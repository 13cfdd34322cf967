"""What becomes of a Markdown page on its way into the site."""

from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the extra [docs] is not installed: make docs")

from extensions.markdown import fenced, prepared

DOCS = Path(__file__).parents[2] / "docs"


def test_an_example_gets_fences_and_ends_at_an_empty_line():
    page = "Text.\n\n>>> print(1)\n1\n<BLANKLINE>\n2\n\nMore.\n\n>>> 3\n3"
    assert fenced(page) == (
        "Text.\n\n```pycon\n>>> print(1)\n1\n\n2\n```\n\nMore.\n\n```pycon\n>>> 3\n3\n```"
    )


def test_what_stands_in_a_fence_stays():
    page = "```\n>>> 1\n1\n```\n"
    assert fenced(page) == page


@pytest.mark.parametrize(
    ("link", "instead"),
    [
        ("[a](../benchmarks/results/tables.md)", "[a](/_made/benchmarks/tables.md)"),
        ("[a](../examples/doors)", "[a](/_made/examples/doors.md)"),
        ("[a](../src/clearprop/tables/findings.py)", "a"),
        ("[a](docs/tables.md)", "[a](/tables.md)"),
        ("[a](tables.md)", "[a](tables.md)"),
        ("`docs/tables.md`", "[`docs/tables.md`](/tables.md)"),
        ("`docs/absent.md`", "`docs/absent.md`"),
    ],
)
def test_links_to_other_places(link, instead):
    assert prepared(link, DOCS) == instead
