"""The chapter as HTML and as Markdown: whole, alone, and read by other programs as it is meant."""

import json
import re

import pytest

from clearprop import chapter
from clearprop.chapter import html, markdown
from clearprop.chapter.page import Equations, Product, Shown, Table, Words
from tests.browser import COLOURS, axe, opening, serious_faults
from tests.latex import katex_problems, pandoc


@pytest.fixture
def text(items):
    return markdown.markdown_of(items, chapter.HEADING)


@pytest.fixture
def page(items):
    return html.html_of(items, chapter.HEADING)


def blocks(items, *kinds):
    return [block for item in items for block in item.blocks if isinstance(block, kinds)]


def mathematics(text):
    shown = re.findall(r"^```math\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    return shown, re.findall(r"(?<!\\)\$(.+?)(?<!\\)\$", re.sub(r"```.*?```", "", text, flags=re.S))


def words(text):
    """Return a text's letters and digits, without what a notation adds."""
    return re.sub(r"[^\w−=·½σηδ°%]|_", "", text)


# Markdown.
@pytest.mark.slow
def test_katex_takes_the_mathematics_in_strict_mode(text, items):
    shown, inline = mathematics(text)
    equations = sum(len(block.each) for block in blocks(items, Equations))
    assert len(shown) == equations + len(blocks(items, Product))
    assert equations >= 10 and len(inline) > 20
    assert [problem for problem in katex_problems(shown + inline) if problem] == []


def test_github_s_markdown_is_read_as_it_is_meant(text, items):
    """No sign of a paragraph is taken for mark-up; pandoc reads GitHub's dialect.

    Older versions of pandoc do not know its fenced blocks of mathematics: they are code to them.
    """
    found = []

    def walk(node):
        if isinstance(node, dict):
            found.append(node)
            node = list(node.values())
        for part in node if isinstance(node, list) else ():
            walk(part)

    walk(json.loads(pandoc(text, "--from=gfm+tex_math_dollars", "--to=json"))["blocks"])
    kinds = [node.get("t") for node in found]
    shown, inline = mathematics(text)
    assert kinds.count("Math") + kinds.count("CodeBlock") == len(shown) + len(inline) + len(
        blocks(items, Shown)
    )
    assert kinds.count("Math") >= len(inline)
    assert kinds.count("Table") == len(blocks(items, Table))
    assert kinds.count("Para") >= len(blocks(items, Words))
    assert kinds.count("Header") == len(items) + 1
    assert kinds.count("Link") == len(items)
    unwanted = {"Emph", "Strong", "Strikeout", "RawInline", "RawBlock", "OrderedList", "BlockQuote"}
    assert not unwanted & set(kinds)


def test_links_of_the_contents_lead_to_headings(text):
    ids = re.findall(r'<h2 id="([^"]*)"', pandoc(text, "--from=gfm", "--to=html", "--mathml"))
    assert re.findall(r"^- \[.*\]\(#(.*)\)$", text, re.MULTILINE) == ids
    assert len(ids) == len(chapter.NAMES)


def test_every_paragraph_and_cell_is_in_the_markdown(text, items):
    all_words = words(text)
    for block in blocks(items, Words):
        assert words(re.sub(r"δ_(\w)", r"\\delta_\1", block.text)) in all_words
    for block in blocks(items, Table):
        for cell in (cell for row in block.rows for cell in row):
            assert markdown.escaped(cell) in text


# HTML.
@pytest.fixture
def opened(browser, tmp_path):
    def save(text, path):
        path.write_text(text, encoding="utf-8")

    with opening(browser, tmp_path, save, wait="main", shared=False) as open_:
        yield open_


def test_the_page_asks_for_nothing_and_runs_nothing(page):
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    assert "default-src 'none'; style-src 'sha256-" in page


def test_every_block_is_in_the_page(opened, page, items):
    shown = opened(page)
    assert shown.locator("section").count() == len(items)
    told = words(shown.locator("main").text_content())
    for block in blocks(items, Words):
        assert words(block.text) in told
    for kind, selector in ((Table, "table"), (Shown, "pre"), (Product, "mtable")):
        found = shown.locator(selector).count()
        assert found == len(blocks(items, kind)) or (kind is Product and found > 0)
    equations = [one for block in blocks(items, Equations) for one in block.each]
    assert shown.locator("[aria-label=equations] math").count() == len(equations)
    widths = "(all) => all.map((one) => one.getBoundingClientRect().width)"
    inline = shown.locator("p math").evaluate_all(widths)
    assert len(inline) > 20 and max(inline) < 100  # within their line, not a line of their own
    for link in shown.locator("nav a").all():
        assert shown.locator(link.get_attribute("href")).count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.one_in(4)
def test_the_page_fits_and_bars_nobody(opened, page, scheme, width):
    shown = opened(page, color_scheme=scheme, viewport={"width": width, "height": 740})
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert shown.evaluate(sideways) == 0
    shown.evaluate(axe())
    assert serious_faults(shown, rules=COLOURS if scheme == "dark" else None) == []


def test_dark_is_dark(opened, page):
    colours = """() => {
      const style = getComputedStyle(document.querySelector('.clearprop'));
      return [style.backgroundColor, style.color];
    }"""
    light, dark = opened(page), opened(page, color_scheme="dark")
    assert light.evaluate(colours) != dark.evaluate(colours)
