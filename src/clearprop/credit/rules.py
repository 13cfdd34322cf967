"""The rules: how the error at a layer's output becomes the error at its input.

Each rule sends *some error signal* back through *some matrix*. A Dense layer combines the two in
its own pullback, `dx = dy Wᵀ`, so a rule only chooses signal and matrix. Rows are examples. The
chapter writes examples as columns: its ``who`` (outputs x hidden) is our W.T, W being
(hidden x outputs), and its ``who.T @ e`` is our ``e @ W.T``.

Signs: dE/dy is sent back, the direction that *increases* the loss. The chapter's error e = t - o
has the opposite sign. Every rule is linear in the signal, so nothing else changes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from clearprop.definitions.initializers import GlorotUniform, Initializer
from clearprop.definitions.layer import Namespace, Tree
from clearprop.definitions.layers import Dense
from clearprop.readings import numpy as numpy_reading


@dataclass(frozen=True)
class ErrorAtLayer:
    """The error that has arrived at one Dense layer, and what a rule may use to send it on.

    Attributes
    ----------
    name : str
        The name of the layer, such as "dense2".
    place : int
        The number of Dense layers before it.
    layer : Dense
        The layer itself.
    params, saved
        Its parameters in the forward pass, and what it saved: its input, (N, I).
    error : array (N, O)
        dE/da at the output of the layer's activations: the raw error.
    delta : array (N, O)
        dE/dz: the raw error times the slopes of the activations.
    output_delta : array (N, K)
        The delta of the network's last Dense layer.
    gradients : dict
        The layer's own gradients, computed from `delta`.
    rate : float or None
        The learning rate of the step, if the rule was given it.
    xp : namespace
        The reading that the arrays belong to.
    """

    name: str
    place: int
    layer: Dense
    params: Tree
    saved: Any
    error: np.ndarray
    delta: np.ndarray
    output_delta: np.ndarray
    gradients: dict[str, Any]
    rate: float | None = None
    xp: Namespace = numpy_reading

    @property
    def W(self) -> np.ndarray:  # noqa: N802 - the layer's name for it
        """The layer's weights in the forward pass, (I, O)."""
        return self.params["W"]


class CreditRule(ABC):
    """A way to send an error back through a network; one pure method."""

    @property
    def needs_rate(self) -> bool:
        """Whether the rule needs the learning rate of the step."""
        return False

    @abstractmethod
    def send_back(self, here: ErrorAtLayer) -> np.ndarray:
        """Return the error at the layer's input, (N, I), from what arrived at its output."""

    def note(self, W: np.ndarray) -> str:
        """Return a remark on this rule at these weights (I, O); usually the empty text."""
        return ""


@dataclass(frozen=True)
class Exact(CreditRule):
    """Backpropagation: dx = δ Wᵀ, δ = dE/dz, W as it was in the forward pass.

    It calls the layer's own pullback. Source: Rumelhart, Hinton and Williams 1986, eq. 6.
    """

    def send_back(self, here: ErrorAtLayer) -> np.ndarray:
        """Return the layer's pullback of delta."""
        return here.layer.pullback(here.xp, here.params, here.saved, here.delta)[0]


@dataclass(frozen=True)
class Spreading(CreditRule):
    """A rule that distributes each output's error over the weights that lead into it.

    Input i gets Σ_j share_ij e_j. All of the chapter's rules are of this kind; they differ in the
    shares.

    Parameters
    ----------
    raw_error : bool
        Whether the error e is sent back as it arrived (as the chapter draws it), or
        δ = e · f'(z), as in the derivative. In a linear network both are the same.
    """

    raw_error: bool = True

    @abstractmethod
    def shares(
        self, W: np.ndarray, layer: str = "this layer", xp: Namespace = numpy_reading
    ) -> np.ndarray:
        """Return input i's share of output j's error as [i, j], (I, O).

        `layer` is the name of the layer in an error message.
        """

    def send_back(self, here: ErrorAtLayer) -> np.ndarray:
        """Return e sharesᵀ, or δ sharesᵀ."""
        return _through(self.shares(here.W, here.name, here.xp), here, self._signal(here))

    def _signal(self, here: ErrorAtLayer) -> np.ndarray:
        return here.error if self.raw_error else here.delta


@dataclass(frozen=True)
class Even(Spreading):
    """Even spreading: each of the I weights into an output gets 1/I of its error.

    The values of the weights do not matter. Biases get no share. No error is lost or added: the
    inputs' errors sum to the outputs'. But every input gets the same, the sum of the outputs'
    errors divided by I, which is zero if one output is too high by as much as another is too low.

    Examples
    --------
    >>> import numpy as np
    >>> 0.08 * Even().shares(np.array([[0.6], [0.4], [0.1], [0.2]])).ravel()
    array([0.02, 0.02, 0.02, 0.02])
    """

    def shares(
        self, W: np.ndarray, layer: str = "this layer", xp: Namespace = numpy_reading
    ) -> np.ndarray:
        """Return 1 / I everywhere."""
        shares: np.ndarray = xp.ones_like(W) * (1.0 / W.shape[0])
        return shares


class CancellingWeightsError(ArithmeticError):
    """Proportional shares are undefined: the weights into an output sum to zero."""


@dataclass(frozen=True)
class Proportional(Spreading):
    """Proportional spreading: each weight gets its fraction of the sum of the weights.

    share_ij = w_ij / Σ_k w_kj. Each output has its own denominator. Biases get no share. As with
    even spreading, the inputs' errors sum to the outputs'.

    The sum is signed. With weights of both signs it may be small, and shares may be much larger
    than the whole error. It may change sign from one step to the next, and the shares with it. If
    it is zero, the shares are undefined, which raises an error. `note` tells of shares that are
    larger than the whole.

    Raises
    ------
    CancellingWeightsError
        From ``shares`` and ``send_back``, if the weights into an output sum to 0 up to rounding:
        |Σ w| <= I · 2.2e-16 · Σ |w| (in float64).

    Examples
    --------
    >>> import numpy as np
    >>> weights = np.array([[0.6], [0.4], [0.1], [0.2]])
    >>> (0.08 * Proportional().shares(weights)).ravel().round(4)
    array([0.0369, 0.0246, 0.0062, 0.0123])
    >>> Proportional().shares(np.array([[0.6], [-0.6]]))
    Traceback (most recent call last):
    clearprop.credit.rules.CancellingWeightsError: this layer: the weights into output 0 sum
    to 0, and proportional spreading divides by that sum; no share of this output's error can be
    told. TransposedWeights spreads the error without dividing.
    """

    def shares(
        self, W: np.ndarray, layer: str = "this layer", xp: Namespace = numpy_reading
    ) -> np.ndarray:
        """Return W with each column divided by its sum."""
        sums = xp.sum(W, axis=0)
        if xp is numpy_reading:  # a formula that is only read has no numbers to judge
            self._refuse_cancelling(W, sums, layer)
        shares: np.ndarray = W / sums
        return shares

    @staticmethod
    def _refuse_cancelling(W: np.ndarray, sums: np.ndarray, layer: str) -> None:
        rounding = W.shape[0] * np.finfo(W.dtype).eps * np.abs(W).sum(axis=0)
        nothing = np.flatnonzero(np.abs(sums) <= rounding)
        if nothing.size:
            raise CancellingWeightsError(
                f"{layer}: the weights into output {nothing[0]} sum to 0, and proportional "
                "spreading divides by that sum; no share of this output's error can be told. "
                "TransposedWeights spreads the error without dividing."
            )

    def note(self, W: np.ndarray) -> str:
        """Return for which output a share exceeds the whole, and by how much."""
        try:
            shares = self.shares(W)
        except CancellingWeightsError:
            return "the weights into an output sum to 0"
        row, column = np.unravel_index(int(np.abs(shares).argmax()), shares.shape)
        if abs(shares[row, column]) <= 1:
            return ""
        total = W[:, column].sum()
        told = (
            f"one weight is charged {shares[row, column]:.3g} times the error of output {column}, "
            f"whose weights sum to {total:.3g}"
        )
        return told.replace("-", "−")


@dataclass(frozen=True)
class TransposedWeights(Spreading):
    """The chapter's rule: e_in = e Wᵀ, its ``who.T @ e``; proportional without the denominators.

    With ``raw_error=False`` and ``after_update=False`` it is the exact rule. With both true it
    computes what the course's ``NeuralNetwork`` class does (:func:`~clearprop.credit.course_step`).

    Parameters
    ----------
    raw_error : bool
        Whether e is sent back, rather than δ.
    after_update : bool
        Whether it is sent back through the weights after the step, W - η dW, rather than those of
        the forward pass. Needs the learning rate.
    """

    after_update: bool = False

    @property
    def needs_rate(self) -> bool:
        """Whether the weights are updated first."""
        return self.after_update

    def shares(
        self, W: np.ndarray, layer: str = "this layer", xp: Namespace = numpy_reading
    ) -> np.ndarray:
        """Return W."""
        return W

    def send_back(self, here: ErrorAtLayer) -> np.ndarray:
        """Return the signal through the weights, or through the updated ones."""
        W = here.W
        if self.after_update:
            assert here.rate is not None  # gradients() asks for it
            W = W - here.rate * here.gradients["W"]
        return _through(self.shares(W, here.name, here.xp), here, self._signal(here))


@dataclass(frozen=True)
class FeedbackAlignment(CreditRule):
    """The error is sent back through fixed random matrices: dx = δ Bᵀ, B drawn once for each layer.

    Training aligns the weights with B, so that the error becomes useful.
    Source: Lillicrap, Cownden, Tweed and Akerman 2016, Nature Communications 7:13276.

    Parameters
    ----------
    seed : int
        B is a function of the seed, the layer's place and its shape; it is the same in all steps.
    init : Initializer
        The distribution of B; by default that of the weights of Dense.
    matrices : dict of name to array (I, O), optional
        B for layers by name, instead of random ones.
    """

    seed: int = 0
    init: Initializer = field(default_factory=GlorotUniform)
    matrices: Mapping[str, np.ndarray] | None = field(default=None, repr=False, compare=False)

    def send_back(self, here: ErrorAtLayer) -> np.ndarray:
        """Return δ Bᵀ."""
        return _through(self.feedback(here), here, here.delta)

    def feedback(self, here: ErrorAtLayer) -> np.ndarray:
        """Return the layer's B, (I, O)."""
        return _fixed(self, here, here.W.shape)


@dataclass(frozen=True)
class DirectFeedbackAlignment(CreditRule):
    """The output's error is sent directly to every layer: dx = δ_K Bᵀ, B fixed and random.

    The error of a layer does not pass through the others. Each B is (I, K), where K is the number
    of the network's outputs. Source: Nøkland 2016, "Direct feedback alignment provides learning in
    deep neural networks", NIPS 29, section 2.

    Parameters
    ----------
    seed, init, matrices
        As for :class:`FeedbackAlignment`; `matrices` have shape (I, K).
    """

    seed: int = 0
    init: Initializer = field(default_factory=GlorotUniform)
    matrices: Mapping[str, np.ndarray] | None = field(default=None, repr=False, compare=False)

    def send_back(self, here: ErrorAtLayer) -> np.ndarray:
        """Return δ_K Bᵀ."""
        return _through(self.feedback(here), here, here.output_delta)

    def feedback(self, here: ErrorAtLayer) -> np.ndarray:
        """Return the layer's B, (I, K)."""
        return _fixed(self, here, (here.W.shape[0], here.output_delta.shape[1]))


def _through(W: np.ndarray, here: ErrorAtLayer, signal: np.ndarray) -> np.ndarray:
    """Return the pullback of `signal` (N, O) through a Dense layer with weights W (I, O)."""
    stand_in = replace(here.layer, bias=False)  # its pullback does not ask for sizes
    return stand_in.pullback(here.xp, {"W": W}, here.saved, signal)[0]


def _fixed(
    rule: FeedbackAlignment | DirectFeedbackAlignment, here: ErrorAtLayer, shape: tuple[int, ...]
) -> np.ndarray:
    """Return the layer's feedback matrix of this shape: the given one, or the one of its seed."""
    if rule.matrices is None:
        rng = np.random.default_rng([rule.seed, here.place])
        return rule.init(rng, shape, here.W.dtype)
    if here.name not in rule.matrices:
        raise ValueError(f"{type(rule).__name__}: matrices has none for {here.name}")
    matrix = np.asarray(rule.matrices[here.name], here.W.dtype)
    if matrix.shape != shape:
        raise ValueError(
            f"{type(rule).__name__}: the matrix of {here.name} must have shape {shape}, "
            f"got {matrix.shape}"
        )
    return matrix
