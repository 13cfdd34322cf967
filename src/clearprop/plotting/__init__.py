"""Figures of a training for your own layout: scikit-learn's Displays, drawn by matplotlib."""

from clearprop.plotting.gradient_flow import GradientFlowDisplay
from clearprop.plotting.loss_curve import LossCurveDisplay

__all__ = ["GradientFlowDisplay", "LossCurveDisplay"]
