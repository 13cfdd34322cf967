"""Images and labels in IDX files, the format that MNIST is published in.

Two zero bytes, a code for the type of the numbers, the number of dimensions, each dimension as a
big-endian 32-bit integer, then the numbers, big-endian and in C order, up to the file's very end.
Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
"""

from __future__ import annotations

import math
import re
import struct
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.data.content import MOST_BYTES, content
from clearprop.data.dataset import Dataset, Table, image_of, numbered_names
from clearprop.data.target import infer_task
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

_MOST_DIMENSIONS = 32

_NAME = re.compile(r"[-.]idx\d+(-\w+)?(\.gz)?$|\.idx(\.gz)?$")


def is_idx_name(name: str) -> bool:
    """Return whether a file has a name like those of IDX files.

    >>> is_idx_name("train-images-idx3-ubyte.gz"), is_idx_name("images.csv")
    (True, False)
    """
    return _NAME.search(name) is not None


def parse_idx(data: bytes, name: str) -> NDArray[Any]:
    r"""Return the array in the bytes of an IDX file, in the machine's own byte order.

    Parameters
    ----------
    data
        The whole file, unpacked.
    name
        The file's name, for messages.

    Raises
    ------
    DataError
        When the file is not IDX, or not exactly as long as its header says.

    Examples
    --------
    >>> parse_idx(b"\0\0\x08\x01" + b"\0\0\0\x03" + b"\x05\x06\x07", "three")
    array([5, 6, 7], dtype=uint8)
    """
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _TYPES or data[3] == 0:
        raise DataError(
            f"{name} is not an IDX file: it begins with {data[:4].hex(' ') or 'nothing'}."
        )
    dimensions = data[3]
    if dimensions > _MOST_DIMENSIONS:
        raise DataError(
            f"{name} has {dimensions} dimensions, where images have three: the file is damaged."
        )
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise DataError(f"{name} ends within its header, after {len(data)} bytes.")
    shape = struct.unpack(f">{dimensions}I", data[4:start])
    dtype = np.dtype(_TYPES[data[2]])
    expected = start + math.prod(shape) * dtype.itemsize
    size = " x ".join(map(str, shape))
    if len(data) != expected:
        raise DataError(
            f"{name} holds {len(data)} bytes, where its header ({size}) asks for {expected}; "
            "was the download cut short?"
        )
    # NumPy multiplies the other lengths even where one is 0.
    if math.prod(length or 1 for length in shape) * dtype.itemsize > sys.maxsize:
        raise DataError(f"{name} cannot be {size} numbers: the file is damaged.")
    values = np.frombuffer(data, dtype=dtype, offset=start).reshape(shape)
    return values.astype(dtype.newbyteorder("="))


def read_idx(path: Path, target: str | int | None, limit: int = MOST_BYTES) -> Dataset:
    """Return the images in one IDX file, flattened, with the labels in the file beside it.

    Parameters
    ----------
    path
        A file whose name has "images" and "idx3" where that of the labels has "labels" and
        "idx1"; either may be packed by gzip.
    target
        Must be None: the labels' file is found by its name.
    limit
        The most bytes that a packed file may unpack to.

    Raises
    ------
    DataError
        When the labels are not found, do not fit, or a file is damaged.
    """
    if target is not None:
        raise DataError(
            f"{path.name}: the labels of images in IDX files are found by their file's name; "
            "leave the target out."
        )
    inputs = read_idx_inputs(path, limit)
    labels_path = _labels_path(path)
    y = parse_idx(content(labels_path, limit), labels_path.name)
    if y.ndim != 1 or len(y) != len(inputs.X):
        raise DataError(
            f"{labels_path.name} has the shape {y.shape}, where {path.name} has "
            f"{len(inputs.X)} images."
        )
    return Dataset(
        name=path.name,
        X=inputs.X,
        y=y,
        feature_names=inputs.feature_names,
        target_name="label",
        task=infer_task(y),
        notes=(f"The labels were read from {labels_path.name}.",),
        image=inputs.image,
    )


def read_idx_inputs(path: Path, limit: int = MOST_BYTES) -> Table:
    """Return the images in an IDX file, one row each.

    Raises
    ------
    DataError
        When the file is damaged or holds labels.
    """
    values = parse_idx(content(path, limit), path.name)
    if values.ndim < 2:
        raise DataError(
            f"{path.name} holds one number for each row, as labels do; give the file of images."
        )
    if not values.size:
        raise DataError(f"{path.name} holds no images: its shape is {values.shape}.")
    X = values.reshape(len(values), -1)
    return Table(path.name, X, numbered_names(X.shape[1]), image=image_of(values.shape))


def _labels_path(path: Path) -> Path:
    plain = path.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    if plain == path.name.removesuffix(".gz"):
        raise DataError(
            f"{path.name}: cannot tell where its labels are. Files called *-images-idx3-ubyte and "
            "*-labels-idx1-ubyte belong together."
        )
    candidates = [path.with_name(plain), path.with_name(f"{plain}.gz")]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise DataError(f"{path.name}: its labels, {plain} or {plain}.gz, are not beside it.")
