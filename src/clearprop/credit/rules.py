"""The rules: how the error at a layer's output becomes the error at its input.

All of them are the same sentence with different words in it: *some error signal* goes back through
*some matrix*. What a Dense layer does with the two is its own pullback, `dx = dy Wᵀ`, so a rule
says only which signal and which matrix. Rows are examples: where the chapter, which writes columns,
has ``who`` (outputs x hidden), we have W = ``who.T`` (hidden x outputs); its ``who.T @ e`` is our
``e @ W.T``.

Signs: what goes back here is dE/dy, the direction that *raises* the loss. The chapter's error
e = t - o points the other way; every rule is linear in the signal, so nothing else changes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clearprop.definitions.initializers import GlorotUniform, Initializer
from clearprop.definitions.layer import Tree
from clearprop.definitions.layers import Dense
from clearprop.readings import numpy as xp


@dataclass(frozen=True)
class Arrival:
    """The error where it has arrived on its way back: at one Dense layer.

    Attributes
    ----------
    name : str
        The layer's: "dense2".
    place : int
        How many Dense layers lie before it.
    layer : Dense
        The layer itself.
    params, saved
        Its parameters in the forward pass, and what it saved there: its input, (N, I).
    error : array (N, O)
        dE/da as it arrived, behind the layer's activations: the raw error.
    delta : array (N, O)
        dE/dz: the same times the activations' slopes.
    output_delta : array (N, K)
        The delta of the network's last Dense layer.
    gradients : dict
        The layer's own gradients, made with `delta`.
    rate : float or None
        The learning rate of the step, where the rule was told.
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

    @property
    def W(self) -> np.ndarray:  # noqa: N802 - the layer's name for it
        """The layer's weights in the forward pass, (I, O)."""
        return self.params["W"]


class CreditRule(ABC):
    """A way to send an error back through a network; one pure method."""

    @property
    def needs_rate(self) -> bool:
        """Whether the rule has to know the learning rate of the step."""
        return False

    @abstractmethod
    def send_back(self, here: Arrival) -> np.ndarray:
        """Return the error at the layer's input, (N, I), given what arrived at its output."""

    def note(self, W: np.ndarray) -> str:
        """Return what a reader should know of this rule at these weights; usually nothing."""
        return ""


@dataclass(frozen=True)
class Exact(CreditRule):
    """Backpropagation: dx = δ Wᵀ, δ = dE/dz, W as it was in the forward pass.

    Source: Rumelhart, Hinton and Williams 1986, eq. 6. It is the layer's own pullback, called and
    not restated.
    """

    def send_back(self, here: Arrival) -> np.ndarray:
        """Return the layer's pullback of delta."""
        return here.layer.pullback(xp, here.params, here.saved, here.delta)[0]


@dataclass(frozen=True)
class Spreading(CreditRule):
    """A rule that spreads each output's error over the weights that lead into it.

    Input i gets Σ_j share_ij e_j. Every one of the chapter's rules is of this kind; they differ in
    the shares.

    Parameters
    ----------
    raw_error : bool
        Whether the error e goes back as it arrived (as the chapter draws it), or
        δ = e · f'(z), which is what the derivative asks for. In a linear network both are the same.
    """

    raw_error: bool = True

    @abstractmethod
    def shares(self, W: np.ndarray, layer: str = "this layer") -> np.ndarray:
        """Return what part of output j's error input i answers for, (I, O).

        `layer` is the name an error message gives.
        """

    def send_back(self, here: Arrival) -> np.ndarray:
        """Return e sharesᵀ, or δ sharesᵀ."""
        return _through(self.shares(here.W, here.name), here, self._signal(here))

    def _signal(self, here: Arrival) -> np.ndarray:
        return here.error if self.raw_error else here.delta


@dataclass(frozen=True)
class Even(Spreading):
    """Even spreading: each of the I weights into an output answers for 1/I of its error.

    What the weights are plays no part. Biases get no share. No error is lost or added: the inputs'
    errors sum to the outputs'. But every input hears the same, the sum of the outputs' errors, and
    where one output is too high by as much as another is too low, that is nothing.

    Examples
    --------
    >>> import numpy as np
    >>> 0.08 * Even().shares(np.array([[0.6], [0.4], [0.1], [0.2]])).ravel()
    array([0.02, 0.02, 0.02, 0.02])
    """

    def shares(self, W: np.ndarray, layer: str = "this layer") -> np.ndarray:
        """Return 1 / I everywhere."""
        return np.full_like(W, 1.0 / W.shape[0])


class CancellingWeightsError(ArithmeticError):
    """Proportional shares of weights that sum to zero: there is nothing to divide by."""


@dataclass(frozen=True)
class Proportional(Spreading):
    """Proportional spreading: a weight answers for its part of the sum of weights.

    share_ij = w_ij / Σ_k w_kj. Each output has a denominator of its own. Biases get no share. As
    with even spreading the inputs' errors sum to the outputs'.

    The sum is signed. Where weights of both signs meet it may be small, and shares grow far beyond
    the whole error; it may change sign, and so do the shares, from one step to the next; where it
    is zero there is no share at all, and that is an error here, not an infinity or a guess.
    `note` says when shares are larger than the whole.

    Raises
    ------
    CancellingWeightsError
        From ``shares`` and ``send_back``, when the weights into an output sum to 0, to rounding:
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

    def shares(self, W: np.ndarray, layer: str = "this layer") -> np.ndarray:
        """Return W with each column divided by its sum."""
        sums = W.sum(axis=0)
        rounding = W.shape[0] * np.finfo(W.dtype).eps * np.abs(W).sum(axis=0)
        nothing = np.flatnonzero(np.abs(sums) <= rounding)
        if nothing.size:
            raise CancellingWeightsError(
                f"{layer}: the weights into output {nothing[0]} sum to 0, and proportional "
                "spreading divides by that sum; no share of this output's error can be told. "
                "TransposedWeights spreads the error without dividing."
            )
        return W / sums

    def note(self, W: np.ndarray) -> str:
        """Return which output's shares exceed the whole, and by how much."""
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

    With ``raw_error=False`` and ``after_update=False`` it is the exact rule. With both true it is
    what the course's ``NeuralNetwork`` class computes (:func:`~clearprop.credit.course_step`).

    Parameters
    ----------
    raw_error : bool
        Whether e goes back, rather than δ.
    after_update : bool
        Whether it goes back through the weights as the step has already changed them,
        W - η dW, rather than those of the forward pass. Needs the learning rate.
    """

    after_update: bool = False

    @property
    def needs_rate(self) -> bool:
        """True where the weights are updated first."""
        return self.after_update

    def shares(self, W: np.ndarray, layer: str = "this layer") -> np.ndarray:
        """Return W."""
        return W

    def send_back(self, here: Arrival) -> np.ndarray:
        """Return the signal through the weights, or through the updated ones."""
        W = here.W
        if self.after_update:
            assert here.rate is not None  # gradients() asks for it
            W = W - here.rate * here.gradients["W"]
        return _through(self.shares(W, here.name), here, self._signal(here))


@dataclass(frozen=True)
class FeedbackAlignment(CreditRule):
    """The error goes back through fixed random matrices: dx = δ Bᵀ, B drawn once for each layer.

    Training turns the weights until they agree with B well enough for the error to be of use.
    Source: Lillicrap, Cownden, Tweed and Akerman 2016, Nature Communications 7:13276.

    Parameters
    ----------
    seed : int
        B is a function of the seed, the layer's place and its shape, so it is the same in every
        step.
    init : Initializer
        Where B is drawn from; by default as Dense draws its weights.
    matrices : dict of name to array (I, O), optional
        B for layers by name, in place of random ones.
    """

    seed: int = 0
    init: Initializer = field(default_factory=GlorotUniform)
    matrices: Mapping[str, np.ndarray] | None = field(default=None, repr=False, compare=False)

    def send_back(self, here: Arrival) -> np.ndarray:
        """Return δ Bᵀ."""
        return _through(_fixed(self, here, here.W.shape), here, here.delta)


@dataclass(frozen=True)
class DirectFeedbackAlignment(CreditRule):
    """The output's error goes straight to every layer: dx = δ_K Bᵀ, B fixed and random.

    No layer's error passes through another layer. Each B is (I, K), K the network's outputs.
    Source: Nøkland 2016, "Direct feedback alignment provides learning in deep neural networks",
    NIPS 29, section 2.

    Parameters
    ----------
    seed, init, matrices
        As for :class:`FeedbackAlignment`; `matrices` have shape (I, K).
    """

    seed: int = 0
    init: Initializer = field(default_factory=GlorotUniform)
    matrices: Mapping[str, np.ndarray] | None = field(default=None, repr=False, compare=False)

    def send_back(self, here: Arrival) -> np.ndarray:
        """Return δ_K Bᵀ."""
        shape = here.W.shape[0], here.output_delta.shape[1]
        return _through(_fixed(self, here, shape), here, here.output_delta)


def _through(W: np.ndarray, here: Arrival, signal: np.ndarray) -> np.ndarray:
    """Return what a Dense layer with these weights sends back."""
    inputs, outputs = W.shape
    stand_in = Dense(inputs, outputs, bias=False)
    return stand_in.pullback(xp, {"W": W}, here.saved, signal)[0]


def _fixed(
    rule: FeedbackAlignment | DirectFeedbackAlignment, here: Arrival, shape: tuple[int, ...]
) -> np.ndarray:
    """Return the layer's feedback matrix, the given one or the same random one every time."""
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
