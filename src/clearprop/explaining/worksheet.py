"""``cp.worksheet``: a step's numbers with blanks, for pupils; the key; and the marks."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import Optimizer
from clearprop.explaining.blanks import usual_blanks
from clearprop.explaining.marking import Marks, marked, readable
from clearprop.explaining.opened import Step, explain
from clearprop.explaining.rebuilding import code_of
from clearprop.explaining.worksheet_pages import (
    Item,
    item_of,
    latex_document,
    latex_page,
    markdown_page,
    notebook_page,
    notebook_text,
)
from clearprop.files.atomic import write_atomically

ENDINGS = (".md", ".tex", ".ipynb")


@dataclass(frozen=True, eq=False, repr=False)
class Worksheet:
    """A page of numbers to compute, made of one training step. Immutable.

    Attributes
    ----------
    step : Step
        The step that the numbers are of.
    blanks : tuple of str
        The address of each number to compute, ``"dense1.y[0,1]"``, or of a whole quantity,
        ``"dense1.dW"``.
    seed : int or None
        What the weights were drawn with; None for a step that was given.
    """

    step: Step
    blanks: tuple[str, ...]
    seed: int | None = None

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """The items, numbered from 1."""
        return tuple(
            item_of(self.step, self.blanks, place) for place in range(1, len(self.blanks) + 1)
        )

    def to_markdown(self, key: bool = False) -> str:
        """Return the page in Markdown; with `key`, the answer key."""
        return markdown_page(self.step.title, self.step.task.loss.convention, self.items, key)

    def to_latex(self, key: bool = False) -> str:
        """Return the items as one ``align*``, as MathJax, KaTeX and LaTeX take it."""
        return latex_page(self.items, key)

    def to_notebook(self, key: bool = False) -> dict[str, Any]:
        """Return a Jupyter notebook, version 4: a cell for each answer, and one that marks them.

        Its first cell makes the very step again, so that it runs alone.

        Raises
        ------
        ValueError
            The step has a layer, loss or optimizer that is not clearprop's own.
        """
        code = code_of(self.step, self.seed)
        convention = self.step.task.loss.convention
        return notebook_page(self.step.title, convention, code, self.items, self.blanks, key)

    def save(self, path: str | os.PathLike[str], key: bool = False) -> None:
        """Write the page to a file, as a whole or not at all; the ending says in which form.

        Raises
        ------
        ValueError
            The ending is none of .md, .tex, .ipynb.
        OSError
            The file cannot be written.
        """
        ending = ending_of(path)
        if ending == ".md":
            text = self.to_markdown(key)
        elif ending == ".tex":
            text = latex_document(self.step.title, self.to_latex(key))
        else:
            text = notebook_text(self.to_notebook(key))
        write_atomically(path, [text.encode("utf-8")])

    def mark(self, answers: Mapping[Any, Any]) -> Marks:
        """Return the marks of answers, a point for each item.

        An answer that is right given your earlier, wrong ones has its point too.

        Parameters
        ----------
        answers : mapping
            Numbers by item number or by address; arithmetic as text, ``"(0.4512 - 1)/6"``, is
            computed. A whole quantity is an array or nested lists. Numbers need three significant
            digits.

        Raises
        ------
        KeyError
            An answer to what is no item.
        ValueError
            An answer that is no number, or an array of another shape.
        """
        return marked(self.step, self.blanks, answers)

    def require(self, answers: Mapping[Any, Any], *items: int | str) -> None:
        """Raise unless some items, or all, have their points; for the test cells of autograders.

        nbgrader and Otter-Grader give no points to a test that raises. It returns nothing, as a
        number would be partial credit to nbgrader; for that, end a cell with
        ``sheet.mark(answers).total``.

        Parameters
        ----------
        answers : mapping
            As in `mark`. All of them, so that an error carried forward counts once. Of items that
            are not asked for, an answer that is no number counts as blank.
        *items : int or str
            Item numbers or addresses.

        Raises
        ------
        AssertionError
            With a sentence for each item that has no point.
        KeyError, ValueError
            As in `mark`; also for an item that the sheet does not have.
        """
        known = {str(place): place for place in range(1, len(self.blanks) + 1)}
        known |= {address: place for place, address in enumerate(self.blanks, 1)}
        asked = [str(item).replace(" ", "") for item in items or known]
        unknown = [item for item in asked if item not in known]
        if unknown:
            raise KeyError(f"the sheet has no item {unknown[0]}; it has 1 to {len(self.blanks)}")
        marks = self.mark(readable(self.step, self.blanks, answers, asked)).items
        wanted = sorted({known[item] for item in asked})
        missed = [marks[place - 1].told for place in wanted if not marks[place - 1].points]
        if missed:
            raise AssertionError("\n".join(missed))

    def __str__(self) -> str:
        return self.to_markdown()

    def __repr__(self) -> str:
        return f"<Worksheet: {len(self.blanks)} items, {self.step.title}>"


def ending_of(path: str | os.PathLike[str]) -> str:
    """Return the ending of a worksheet's file; raise ValueError for one of no form."""
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise ValueError(
            f"{os.fspath(path)}: a worksheet is saved as {', '.join(ENDINGS)}, by the ending"
        )
    return ending


def worksheet(
    step: Step | Layer,
    loss: Loss | None = None,
    x: Any = None,
    t: Any = None,
    *,
    blanks: Sequence[str] | None = None,
    seed: int | None = None,
    optimizer: Optimizer | None = None,
) -> Worksheet:
    """Return a worksheet of a step: numbers to compute, the key, and marking.

    Parameters
    ----------
    step : Step or Layer
        A step of :func:`clearprop.explain`; or a network, whose weights `seed` draws.
    loss, x, t, optimizer
        As in :func:`clearprop.explain`, for a network.
    blanks : sequence of str, optional
        Addresses of the numbers to compute, ``"dense1.y[0,1]"``, or of whole quantities. Without
        them, at most 12 numbers that go once through the step.
    seed : int, optional
        For a network: another seed draws other weights, such as one for each pupil; 0 without.

    Raises
    ------
    TypeError
        A network without loss, x or t; or a step with them.
    ValueError, KeyError, IndexError
        A blank that is no number of the step, is given, or is asked for twice.

    Examples
    --------
    >>> import clearprop as cp
    >>> net = cp.Chain(cp.Dense(2, 2), cp.Tanh(), cp.Dense(2, 1))
    >>> sheet = cp.worksheet(net, cp.SquaredError(), [[0.5, -1.0]], [[0.2]], seed=3,
    ...                      blanks=["dense1.y[0,0]", "tanh1.y[0,0]"])
    >>> print(sheet.mark({1: 3.0, 2: 0.9951}).items[1].verdict)
    right given your earlier answers
    """
    data = {"loss": loss, "x": x, "t": t}
    if isinstance(step, Layer):
        missing = [name for name, value in data.items() if value is None]
        if missing:
            raise TypeError(f"a worksheet of a network needs {', '.join(missing)} too")
        seed = 0 if seed is None else seed
        params = step.init(np.random.default_rng(seed))
        made = explain(step, loss, params, x, t, optimizer=optimizer)  # type: ignore[arg-type]
    else:
        given = {**data, "seed": seed, "optimizer": optimizer}
        unused = [name for name, value in given.items() if value is not None]
        if unused:
            raise TypeError(f"{', '.join(unused)} go with a network; the step has its own")
        made = step
    chosen = usual_blanks(made) if blanks is None else tuple(blanks)
    return Worksheet(made, _checked(made, chosen), seed)


def _checked(step: Step, blanks: Sequence[str]) -> tuple[str, ...]:
    """Return the blanks as the step writes their addresses."""
    if isinstance(blanks, str) or not blanks:
        raise ValueError("a worksheet needs a list of blanks, such as ['dense1.y[0,1]', 'E']")
    found: list[str] = []
    for blank in blanks:
        quantity, index = step.find(blank)
        if not quantity.symbol.args:
            raise ValueError(f"{blank} is given, not computed; choose another blank")
        where = f"[{','.join(map(str, index))}]" if index else ""
        address = f"{quantity.path}{where}"
        if address in found:
            raise ValueError(f"{blank} is asked for twice")
        found.append(address)
    return tuple(found)
