"""The table of checks, and a training examined by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import overload

from clearprop.health import of_rows, of_steps, of_units
from clearprop.health.finding import Finding, Opener
from clearprop.health.record import TrainingRecord
from clearprop.health.signs import Look, Sign


@dataclass(frozen=True)
class Check:
    """One row of the table.

    Attributes
    ----------
    name : str
        What is wrong, in two or three words.
    look : Look
        Yields its signs in a training.
    norm, source : str
        What the number should be, and who says so.
    advice : str
        What to try.
    hides : tuple of str
        The checks whose findings follow from this one; they are not told beside it.
    at_end : bool
        Whether it says something only when the training has ended, or costs more than a look at a
        running one may.
    """

    name: str
    look: Look
    norm: str
    source: str
    advice: str
    hides: tuple[str, ...] = ()
    at_end: bool = False


SAGEMAKER = "Amazon SageMaker Debugger, built-in rules"
OURS = "ours"
LECUN = "LeCun, Bottou, Orr and Müller 1998, section 5.1; with momentum Cohen et al. 2021"
UNITS = ("dead units", "saturated units", "dormant units")
CURVES = ("small updates", "loss grows", "noisy gradient", "flat activation", "wrong labels")

CHECKS: tuple[Check, ...] = (
    Check(
        "not finite", of_steps.not_finite, "every number is finite", "IEEE 754",
        "A smaller learning rate, inputs and targets scaled to about -1..1, or clip_norm.",
        ("large updates", "learning rate", *UNITS, *CURVES),
    ),
    Check(
        "equal units", of_units.alike, "weights differ by 1e-9 or more",
        "Goodfellow, Bengio and Courville 2016, section 8.4",
        "They get the same gradient and stay alike: start from drawn weights.",
        ("dead units", "dormant units", "vanishing signal", *CURVES),
    ),
    Check(
        "vanishing signal", of_steps.vanishing, "1/1000 or more of the last layer's",
        f"Glorot and Bengio 2010, section 4.2, ask for 1; the limit of 1000 is {OURS}",
        "He's or Glorot's first weights, ReLU instead of sigmoid, normalisation or shortcuts.",
        CURVES,
    ),
    Check(
        "exploding signal", of_steps.exploding, "1000 times the last layer's or less",
        f"Glorot and Bengio 2010, section 4.2, ask for 1; the limit of 1000 is {OURS}",
        "Smaller first weights (He's or Glorot's), normalisation, or clip_norm.",
        ("first loss", "large updates", "saturated units", *CURVES),
    ),
    Check(
        "dead units", of_units.dead, "at most 50 % of a layer",
        f"{SAGEMAKER}: DeadRelu",
        "LeakyReLU, a smaller learning rate from the start, or other first biases.",
        ("dormant units", "vanishing signal", *CURVES),
    ),
    Check(
        "saturated units", of_units.saturated, "at most 50 % of a layer",
        f"{SAGEMAKER}: SaturatedActivation",
        "Standardise the inputs, or start from smaller weights.",
        ("flat activation", "first loss", "vanishing signal", *CURVES),
    ),
    Check(
        "flat activation", of_units.flat, "5 % or more passes, or the loss still falls",
        f"Glorot and Bengio 2010, section 3; 5 % is {OURS}",
        "Standardise the inputs, or start from smaller weights.", CURVES,
    ),
    Check(
        "dormant units", of_units.dormant, "at most 50 % of a layer",
        f"Sokar et al. 2023, definition 3.1 (0.025); {SAGEMAKER} (50 %)",
        "A smaller learning rate, less weight decay, or a smaller layer.",
    ),
    Check(
        "first loss", of_steps.first_loss, "at most ten times that of chance",
        f"Karpathy, cs231n notes, -ln(1/C); ten times is {OURS}",
        "Smaller first weights, in the last layer above all, or standardised inputs.",
    ),
    Check(
        "learning rate", of_steps.steep, "η at most 2 / curvature", LECUN,
        "A smaller learning rate.", ("large updates", *CURVES),
    ),
    Check(
        "large updates", of_steps.large_updates, "about 0.001, told above 0.1",
        f"Karpathy, cs231n notes, 1e-3; 100 times is {OURS}",
        "A smaller learning rate, or clip_norm.", CURVES,
    ),
    Check(
        "small updates", of_steps.small_updates, "about 0.001, told below 0.00001",
        f"Karpathy, cs231n notes, 1e-3; 1/100 is {OURS}",
        "A larger learning rate, or Adam.", ("wrong labels",),
    ),
    Check(
        "noisy gradient", of_steps.noisy, "a batch of the noise scale, where the loss jumps",
        "McCandlish, Kaplan and Amodei 2018, section 2.2",
        "A larger batch, or a smaller learning rate.", ("loss grows", "wrong labels"),
    ),
    Check(
        "loss grows", of_steps.grows, "below 1.5 times its lowest, without jumps",
        OURS, "A smaller learning rate, a schedule that lowers it, or clip_norm.",
        ("wrong labels", *UNITS),
    ),
    Check(
        "overfitting", of_rows.overfits, "the validation loss within 1.15 of its lowest",
        "Prechelt 1998, generalization loss, α = 15",
        "Early stopping, a larger penalty, dropout, a smaller network, or more rows.",
    ),
    Check(
        "wrong labels", of_rows.wrong_labels, "below 1 % of the rows",
        f"after Northcutt, Jiang and Chuang 2021, eq. 2; 1 % is {OURS}",
        "Look at these rows: are their labels right?", at_end=True,
    ),
)  # fmt: skip
"""All checks, causes before what follows from them."""

WHILE_TRAINING = tuple(check for check in CHECKS if not check.at_end)
"""Those that look at a training while it runs."""


class Health(Sequence[Finding]):
    """What is wrong with a training: a sequence of findings, empty if nothing is.

    >>> len(Health(())), str(Health(()))
    (0, 'nothing looks wrong')
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._findings = tuple(findings)

    @overload
    def __getitem__(self, place: int) -> Finding: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, place: int | slice) -> Finding | tuple[Finding, ...]:
        return self._findings[place]

    def __len__(self) -> int:
        return len(self._findings)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Health) and self._findings == other._findings

    def __hash__(self) -> int:
        return hash(self._findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self._findings)) or "nothing looks wrong"

    def __repr__(self) -> str:
        names = ", ".join(finding.check for finding in self._findings)
        return f"<Health: {names or 'nothing looks wrong'}>"


def examined(record: TrainingRecord, checks: Sequence[Check] = CHECKS) -> Health:
    """Return what is wrong with a training, causes first, without what follows from them."""
    found = [(check, list(check.look(record))) for check in checks]
    hidden = {name for check, signs in found if signs for name in check.hides if name != check.name}
    return Health(
        tuple(
            finding
            for check, signs in found
            if check.name not in hidden
            for finding in _findings(record, check, signs)
        )
    )


def _findings(record: TrainingRecord, check: Check, signs: Sequence[Sign]) -> Iterator[Finding]:
    for sign in signs:
        yield Finding(
            check.name, sign.where, sign.what, sign.measured, check.norm, check.source,
            check.advice, _opener(record, sign),
        )  # fmt: skip


def _opener(record: TrainingRecord, sign: Sign) -> Opener | None:
    """Return what opens the step behind a sign."""
    incident = record.incident
    if sign.at == "incident" and incident is not None and not incident.unkept:
        opener: Opener = incident.explain
        return opener
    position = record.start if sign.at == "start" else record.end if sign.at else None
    return None if position is None else partial(record.step, position, sign.rows)
