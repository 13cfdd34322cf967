"""Whether a data set is for one network or for a table estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clearprop.data import Dataset

LESSONS = ("iris",)
"""Embedded sets on which lessons open a training step: of one network of few inputs."""


def why_one_network(dataset: Dataset, asked: str | None) -> str:
    """Return why one network is to be trained on a data set, "" for a table estimator.

    The pixels of pictures are too many for codes of numbers, and lessons need a small network.
    Everything else is a table.

    Parameters
    ----------
    dataset
        The data.
    asked
        What the arguments say: the reason, "" or None, as in ``TrainSettings.one_network``.
    """
    if asked is not None:
        return asked
    if dataset.image is not None:
        return "because these are pictures"
    return "as lessons use this data set" if dataset.name in LESSONS else ""
