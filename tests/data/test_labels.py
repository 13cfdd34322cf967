"""What is said of classes that a model does not know."""

import numpy as np
import pytest

from clearprop.data.labels import match

CLASSES = np.array(["a", "b"])


@pytest.mark.parametrize(
    ("values", "rows", "unknown"),
    [
        (["a", "c"], "1 row", "'c'"),
        (["c", "b", "c"], "2 rows", "'c'"),
        (["d", "b", "c", "d"], "3 rows", "'c', 'd'"),
    ],
)
def test_every_row_of_an_unknown_class_is_counted(values, rows, unknown):
    (note,) = match(np.array(values), CLASSES, "it").notes
    assert note == (
        f"{rows} of it with a class that training did not meet: {unknown}; each counts as an error."
    )
