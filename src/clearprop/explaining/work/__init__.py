"""Checking someone's own work against a step: numbers, or the function that makes them."""

from clearprop.explaining.work.answer import check_work
from clearprop.explaining.work.check import check
from clearprop.explaining.work.report import CheckReport, Finding

__all__ = ["CheckReport", "Finding", "check", "check_work"]
