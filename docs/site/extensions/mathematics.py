"""The directive `definitions`: the equations of every definition, as MathML with their LaTeX.

MathML is what browsers draw by themselves. The LaTeX beside it is for copying. Both are written
from one formula, by the package's own writers.
"""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from clearprop.explaining.render import Style
from clearprop.explaining.render_latex import Latex
from clearprop.explaining.render_mathml import MathML

from .definitions import Section, missing, parts
from .programs import Branch, Condition, Equation, ProgramWriter, name_of


class Definitions(SphinxDirective):
    """Every definition of one kind: ``.. definitions:: Layers``."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return a section for each definition, with a link to its place in the reference."""
        return [node for one in parts()[self.arguments[0]] for node in self._section(one)]

    def _section(self, section: Section) -> list[nodes.Node]:
        title = section.name.rpartition(".")[2]
        made = nodes.section(ids=[nodes.make_id(f"equations-{title}")], names=[title])
        made += nodes.title("", title)
        if section.name != "clip_norm":
            made += self._linked(f":py:obj:`clearprop.{section.name}`")
        made += nodes.raw("", html_of(section), format="html")
        return [made]

    def _linked(self, text: str) -> list[nodes.Node]:
        box = nodes.Element()
        self.state.nested_parse(StringList([text], source=self.get_location()), 0, box)
        return box.children


def html_of(section: Section) -> str:
    """Return the equations of a definition as HTML: branch by branch, the LaTeX behind a click."""
    title = section.name.rpartition(".")[2]
    blocks = []
    for heading, branch in section.branches:
        words = _when(heading, branch)
        rows = "".join(_row(one) for one in branch.equations)
        table = f'<math display="block"><mtable displaystyle="true">{rows}</mtable></math>'
        blocks.append(
            f"{words}<div class='equations' role='group' tabindex='0' "
            f"aria-label='Equations of {title}'>{table}</div>"
        )
    latex = escape("\n\n".join(latex_of(branch) for _, branch in section.branches))
    return (
        f"{''.join(blocks)}<details class='latex'><summary>LaTeX of {title}</summary>"
        f"<pre tabindex='0'>{latex}</pre></details>"
    )


def latex_of(branch: Branch) -> str:
    r"""Return a branch as one ``align*``."""
    lines = [" &= ".join(_sides(one, Latex())) for one in branch.equations]
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _row(equation: Equation) -> str:
    left, right = _sides(equation, MathML())
    return f"<mtr><mtd>{left}</mtd><mtd><mo>=</mo></mtd><mtd>{right}</mtd></mtr>"


def _sides(equation: Equation, style: Style) -> tuple[str, str]:
    return style.name(equation.name), ProgramWriter(style, name_of).write(equation.formula)


def _when(heading: str, branch: Branch) -> str:
    """Return in words where a branch is the one that is used."""
    words = [heading] if heading else []
    conditions = " and ".join(_condition(one) for one in branch.conditions)
    if conditions:
        words.append(f"{'where' if words else 'Where'} {conditions}")
    return f"<p class='branch'>{', '.join(words)}:</p>" if words else ""


def _condition(condition: Condition) -> str:
    if condition.switch:
        return f"<code>{condition.switch}={condition.holds}</code>"
    return f"<math>{condition.written(MathML())}</math>"


def _complete(app: Sphinx, *_: Any) -> None:
    left_out = missing(section for sections in parts().values() for section in sections)
    if left_out:
        raise ExtensionError(f"the page of equations lacks {', '.join(left_out)}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive, and the check that no definition is left out."""
    app.add_directive("definitions", Definitions)
    app.connect("env-before-read-docs", _complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
