"""``cp.explain``: one training step on given rows, opened. What a reader does with a step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import Optimizer
from clearprop.definitions.penalty import L2
from clearprop.explaining.build import step_on
from clearprop.explaining.document import document_of, viewed
from clearprop.explaining.provenance import Why
from clearprop.explaining.render_latex import Latex
from clearprop.explaining.render_step import step_text
from clearprop.explaining.render_step_latex import latex_of
from clearprop.explaining.step import StepData
from clearprop.explaining.work import CheckReport, check
from clearprop.files.atomic import write_atomically
from clearprop.view import mimebundle, to_html

if TYPE_CHECKING:
    from clearprop.explaining.widget import StepWidget


class Step(StepData):
    """One true training step on given rows, opened. Immutable.

    ``print(step)`` shows it; ``step["dense1.dW"]`` is an array, ``step["dense1.dW[3,2]"]`` a
    number; ``step.why("dense1.dW[3,2]")`` says where a number came from; ``step.check({...})``
    compares your own numbers. Made by :func:`clearprop.explain` or an estimator's ``explain``.
    """

    @classmethod
    def of(cls, data: StepData) -> Step:
        """Return recorded data as a step to look at."""
        return cls(**{field.name: getattr(data, field.name) for field in fields(data)})

    def why(self, path: str) -> Why:
        """Return where one number came from: equation, numbers, and the cells behind it.

        Examples
        --------
        >>> import clearprop as cp, numpy as np
        >>> net = cp.Chain(cp.Dense(2, 1))
        >>> params = {"dense1": {"W": np.array([[0.5], [-1.0]]), "b": np.array([0.25])}}
        >>> step = cp.explain(net, cp.SquaredError(), params, [[2.0, 4.0]], [[1.0]])
        >>> print(step.why("dense1.dW[1,0]"))
        ∂E/∂W₁[1,0] = x[0,1] · δ₁[0,0]
                    = 4 · (−3.75)
                    = −15
        from x[0,1], dense1.dy[0,0]
        """
        return Why.of(self, path)

    def check(self, work: Mapping[str, Any], tolerance: float = 0.0) -> CheckReport:
        """Compare your own numbers with the step's: the first wrong one, and its likely cause.

        `work` holds quantities by path or name; see :func:`clearprop.explaining.work.check`.
        """
        return check(self, work, tolerance)

    def to_latex(self, path: str | None = None) -> str:
        """Return equations with their numbers in LaTeX, as MathJax, KaTeX and pandoc take it.

        Parameters
        ----------
        path : str, optional
            A number, such as ``"dense1.dW[3,2]"``, gives its equation filled in with numbers; an
            array its equation. Without it the whole step is one ``align*``, phase by phase: of
            each quantity the equation, the numbers where they are few, and the calculation of the
            largest.
        """
        if path is None:
            return latex_of(self)
        if "[" in path or not np.ndim(self[path]):
            return self.why(path).to_latex()
        return self.equation(path, Latex())

    def to_dict(self, slips: bool = False) -> dict[str, Any]:
        """Return the whole step as data for JSON, version 1; see ``docs/step.schema.json``.

        With `slips`, also what each known slip changes in the graph of the step.
        """
        return document_of(self, slips)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """Return the interactive page of the step, one file that needs no network; or save it.

        Parameters
        ----------
        path : path-like, optional
            The file to create or to replace, as a whole or not at all.
        """
        text = to_html(viewed(self))
        if path is not None:
            write_atomically(path, [text.encode("utf-8")])
        return text

    def widget(self) -> StepWidget:
        """Return the view as a notebook's widget, two-way: ``widget.selection``, ``widget.step``.

        See :class:`clearprop.explaining.widget.StepWidget`.

        Raises
        ------
        ModuleNotFoundError
            When anywidget is not installed, with the command that installs it.
        """
        from clearprop.explaining.widget import StepWidget

        return StepWidget(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return what a notebook shows: the page, or a picture or the text where it shows none."""
        return dict(mimebundle(viewed(self), str(self)))

    def __str__(self) -> str:
        return step_text(self)

    def __repr__(self) -> str:
        return f"<Step: {self.title}>"


def explain(
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    *,
    optimizer: Optimizer | None = None,
    state: dict[str, Any] | None = None,
    rate: float | None = None,
    sample_weight: Any = None,
    l2: float | L2 = 0.0,
    clip_norm: float | None = None,
    given: Any = None,
) -> Step:
    """Return one true training step on these rows, with every number's origin.

    The layers' own definitions are run on values that remember how they were made, so what is
    shown is what was computed; the new parameters equal the NumPy engine's bit by bit.

    Parameters
    ----------
    network, loss, params, x, t
        As in :func:`clearprop.backprop`; x (N, I).
    optimizer : Optimizer, optional
        Makes the update. Without one the step ends with its gradients.
    state : dict, optional
        The optimizer's state before the step; without it, that of a first step.
    rate : float, optional
        The learning rate of this step; without it, the optimizer's.
    sample_weight : array (N,), optional
        As in :func:`clearprop.backprop`.
    l2 : float or L2
        The penalty's strength.
    clip_norm : float, optional
        The length a gradient is shortened to where it is longer.
    given : optional
        Dropout masks or running statistics: ``network.draw`` or ``network.recall``.

    Returns
    -------
    Step

    Raises
    ------
    ValueError, TypeError
        What is wrong with x, t, the parameters or the weights, and where.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 2), cp.Tanh(), cp.Dense(2, 1))
    >>> params = net.init(np.random.default_rng(0))
    >>> step = cp.explain(net, cp.SquaredError(), params, [[0.5, -1.0]], [[0.2]],
    ...                   optimizer=cp.SGD(0.1))
    >>> step["dense1.dW"].shape, step["dense1.dW"] is step["dW1"]
    ((2, 2), True)
    >>> step.equation("dense1.dy"), step.equation("dense2.W.new")
    ('δ₁ = ∂E/∂a₁ ⊙ (1 − a₁²)', 'W₂ⁿᵉʷ = W₂ − η · ∂E/∂W₂')
    """
    return Step.of(
        step_on(
            network, loss, params, x, t, optimizer=optimizer, state=state, rate=rate,
            sample_weight=sample_weight, l2=l2, clip_norm=clip_norm, given=given,
        )
    )  # fmt: skip
