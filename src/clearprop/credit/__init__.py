"""Credit: how much of an error each unit is responsible for, by several rules side by side.

On the way back through a network the error at a layer's output has to become an error at its
input. Backpropagation has one answer, the exact one. The chapter this package grew out of reaches
it by way of simpler ones, and research has tried others. Here all of them are interchangeable:
networks can be trained with each, and each can be compared with the true gradient.
"""

from clearprop.credit.backward import gradients
from clearprop.credit.comparison import RuleComparison, RuleMeasurement, compare
from clearprop.credit.course import course_network, course_step
from clearprop.credit.rules import (
    CancellingWeightsError,
    CreditRule,
    DirectFeedbackAlignment,
    ErrorAtLayer,
    Even,
    Exact,
    FeedbackAlignment,
    Proportional,
    Spreading,
    TransposedWeights,
)
from clearprop.credit.training import CreditRun, train

__all__ = [
    "ErrorAtLayer",
    "CancellingWeightsError",
    "RuleComparison",
    "CreditRule",
    "CreditRun",
    "DirectFeedbackAlignment",
    "Even",
    "Exact",
    "FeedbackAlignment",
    "RuleMeasurement",
    "Proportional",
    "Spreading",
    "TransposedWeights",
    "compare",
    "course_network",
    "course_step",
    "gradients",
    "train",
]
