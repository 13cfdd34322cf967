"""Learning by doing: the page on which a network trains with the package's own definitions."""

from clearprop.learning.lesson import Lesson, learn

__all__ = ["Lesson", "learn"]
