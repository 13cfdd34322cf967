"""Training reports: one document, and one page that shows it."""

from clearprop.reporting.build import Training, report
from clearprop.reporting.result import Report

__all__ = ["Report", "Training", "report"]
