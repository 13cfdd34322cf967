"""Credit: which unit answers for how much of an error, by several rules side by side.

On the way back through a network the error at a layer's output has to become an error at its
input. Backpropagation has one answer, the exact one. The chapter this package grew out of arrives
there by way of simpler ones, and research has tried others; here they are all, interchangeable,
so that each can be trained with and held against the true gradient.
"""

from clearprop.credit.backward import gradients
from clearprop.credit.comparison import Comparison, Measured, compare
from clearprop.credit.course import course_network, course_step
from clearprop.credit.rules import (
    Arrival,
    CancellingWeightsError,
    CreditRule,
    DirectFeedbackAlignment,
    Even,
    Exact,
    FeedbackAlignment,
    Proportional,
    Spreading,
    TransposedWeights,
)
from clearprop.credit.training import CreditRun, train

__all__ = [
    "Arrival",
    "CancellingWeightsError",
    "Comparison",
    "CreditRule",
    "CreditRun",
    "DirectFeedbackAlignment",
    "Even",
    "Exact",
    "FeedbackAlignment",
    "Measured",
    "Proportional",
    "Spreading",
    "TransposedWeights",
    "compare",
    "course_network",
    "course_step",
    "gradients",
    "train",
]
