"""Dense rows as differences from each column's common value, those that are 0 left out."""

from clearprop.engines.compiled.kernel_files import kept


@kept
def count_uncommon(
    x,  # in (N, I)
    common,  # in (I,): the common value of each column
    starts,  # in, out (N + 1,): 0 first; then how many values up to each row are not common, int64
):
    """Count the values that differ from their column's common value, row after row."""
    for i in range(x.shape[0]):
        count = 0
        for j in range(x.shape[1]):
            count += x[i, j] != common[j]
        starts[i + 1] = starts[i] + count


@kept
def fill_uncommon(
    x,  # in (N, I)
    common,  # in (I,)
    starts,  # in (N + 1,): as `count_uncommon` leaves them
    values,  # out (nonzeros + 1,): differences from the common values; the last is of no use
    columns,  # out (nonzeros + 1,): their columns, int32
):
    """Write the differences from the common values, and their columns."""
    for i in range(x.shape[0]):
        at = starts[i]
        for j in range(x.shape[1]):
            # Written always and kept where it counts: nobody can predict a branch here.
            values[at] = x[i, j] - common[j]
            columns[at] = j
            at += x[i, j] != common[j]
