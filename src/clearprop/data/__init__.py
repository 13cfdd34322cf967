"""Data sets: where they come from, and how a raw table becomes the inputs of a network.

:func:`open_dataset` takes an embedded name, a file's path or an OpenML name, and hands out a
:class:`Dataset`. :class:`TableEncoder` stands between its columns and a network. Whatever cannot
be used raises a :class:`DataError` that tells a person where it is wrong. pandas and scikit-learn
are imported when something is read that needs them, not before.
"""

from clearprop.data.dataset import Dataset, Table
from clearprop.data.embedded import EMBEDDED_NAMES, load
from clearprop.data.encoder import TableEncoder
from clearprop.data.files import read, read_inputs
from clearprop.data.openml import fetch_openml
from clearprop.data.reading import Reading, TextOptions
from clearprop.data.resolve import open_dataset, open_inputs
from clearprop.data.stream import Stream
from clearprop.data.target import TargetEncoder, infer_task
from clearprop.files.errors import DataError

__all__ = [
    "Stream",
    "open_dataset",
    "open_inputs",
    "load",
    "EMBEDDED_NAMES",
    "read",
    "read_inputs",
    "fetch_openml",
    "Dataset",
    "Table",
    "DataError",
    "Reading",
    "TextOptions",
    "TableEncoder",
    "TargetEncoder",
    "infer_task",
]
