"""From a raw table to the inputs of networks: the code of every column, centred and scaled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from clearprop.data.columns import LeftOutColumn
from clearprop.files.document import a_list, a_number, a_text, checked
from clearprop.files.errors import DataError
from clearprop.tables.codes.category import CategoryCode
from clearprop.tables.codes.date import DateCode
from clearprop.tables.codes.kinds import PIECE, WORD
from clearprop.tables.codes.number import NumberCode
from clearprop.tables.codes.text import TextCode
from clearprop.writing.sentences import listed, quoted, suggestion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.data.values import Column

ColumnCode: TypeAlias = NumberCode | CategoryCode | DateCode | TextCode | LeftOutColumn

CODES: dict[str, type[ColumnCode]] = {
    kind.kind: kind for kind in (NumberCode, CategoryCode, DateCode, TextCode, LeftOutColumn)
}


@dataclass(frozen=True, eq=False)
class TableInputs:
    """What each column of a raw table becomes on its way into a network.

    Input j is (code_j - center_j) · factor_j. Each row is encoded by itself: a row's inputs never
    depend on the rows beside it. The inputs of texts come last and are not centred, so that they
    stay sparse.

    Attributes
    ----------
    columns
        The code of each column, in the order of the training table.
    center, factor
        Of each input that is not of a text (D,).
    """

    columns: tuple[ColumnCode, ...]
    center: NDArray[np.float32] = field(repr=False)
    factor: NDArray[np.float32] = field(repr=False)

    @property
    def dense(self) -> list[Any]:
        """The codes whose inputs are a dense array."""
        return [c for c in self.columns if not isinstance(c, LeftOutColumn | TextCode)]

    @property
    def texts(self) -> list[TextCode]:
        """The codes whose inputs are sparse."""
        return [code for code in self.columns if isinstance(code, TextCode)]

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return tuple(name for code in [*self.dense, *self.texts] for name in code.input_names)

    @property
    def input_kinds(self) -> NDArray[Any]:
        """What each input is, one of the words in :mod:`clearprop.tables.codes.kinds`."""
        kinds = [kind for code in [*self.dense, *self.texts] for kind in code.input_kinds]
        return np.array(kinds, dtype=str)

    @property
    def input_columns(self) -> NDArray[Any]:
        """The name of the column that each input comes from."""
        codes = [*self.dense, *self.texts]
        return np.array([code.name for code in codes for _ in code.input_names], dtype=object)

    def without_pieces(self) -> NDArray[np.intp]:
        """Return the places of the inputs that are no pieces of a piecewise-linear code."""
        return np.flatnonzero(self.input_kinds != PIECE)

    def plain(self) -> TableInputs:
        """Return the same codes without pieces: with the inputs at :meth:`without_pieces` only."""
        kept = self.without_pieces()
        kept = kept[kept < len(self.center)]  # the inputs of texts have no center
        columns = tuple(map(_without_pieces, self.columns))
        return TableInputs(columns, self.center[kept], self.factor[kept])

    def encode(self, columns: Mapping[str, Column], rows: int) -> tuple[Any, list[str]]:
        """Return the inputs (N, D), float32, and sentences on what training had not met.

        Parameters
        ----------
        columns
            The columns of the table by name; others than training had are ignored.
        rows
            N.

        Returns
        -------
        inputs : ndarray or csr_array of shape (N, D)
            Sparse where there are texts.
        notes : list of str
            Sentences.

        Raises
        ------
        DataError
            When a column is lacking or a value cannot be used.
        """
        notes: list[str] = []
        values = {}
        for code in [*self.dense, *self.texts]:
            if code.name not in columns:
                raise no_column(code.name, columns)
            values[code.name] = code.read(columns[code.name], code.name)
        return self.of_values(values, rows, notes), notes

    def of_values(
        self,
        values: Mapping[str, Any],
        rows: int,
        notes: list[str] | None = None,
        instead: Mapping[str, NDArray[Any]] | None = None,
    ) -> Any:
        """Return the inputs (N, D) for columns that are read already.

        `instead` has, for columns of training, the means of the target that leave out each row's
        own target.
        """
        inputs = coded(self.dense, values, rows, notes, instead)
        inputs -= self.center
        inputs *= self.factor
        if not self.texts:
            return inputs
        import scipy.sparse as sp

        blocks = [code.sparse(values[code.name]) for code in self.texts]
        return sp.csr_array(
            sp.hstack([sp.csr_array(inputs), *blocks], format="csr"), dtype=np.float32
        )

    def describe(self) -> list[str]:
        """Return sentences on how each kind of column was read."""
        from clearprop.tables.telling import told

        return told(self)

    def to_document(self) -> dict[str, Any]:
        """Return the codes as strict JSON, from which :meth:`from_document` makes them again."""
        return {
            "columns": [{"kind": code.kind, **_lists(asdict(code))} for code in self.columns],
            "center": [float(number) for number in self.center],
            "factor": [float(number) for number in self.factor],
        }

    @classmethod
    def from_document(cls, document: object, where: str = "the inputs") -> TableInputs:
        """Return the codes that a document describes; they encode exactly as the saved ones.

        Raises
        ------
        DataError
            When the document is not one of :meth:`to_document`.
        """
        fields = checked(
            document, where, {"columns": a_list, "center": _numbers, "factor": _numbers}
        )
        codes = tuple(map(_code, fields["columns"]))
        names = [code.name for code in codes]
        if len(set(names)) != len(names):
            raise DataError(f"{where}: two columns have the same name")
        found = cls(codes, fields["center"], fields["factor"])
        width = int((found.input_kinds != WORD).sum())
        if not len(found.center) == len(found.factor) == width or not len(found.input_kinds):
            raise DataError(f"{where}: {len(found.center)} centers for {width} inputs")
        return found


def _without_pieces(code: Any) -> Any:
    if isinstance(code, NumberCode):
        return replace(code, edges=(), hats=())
    if isinstance(code, DateCode):
        return replace(code, parts=tuple(replace(part, edges=()) for part in code.parts))
    return code


def no_column(name: str, columns: Mapping[str, Any]) -> DataError:
    """Return the error of a table that lacks a column of training."""
    return DataError(
        f"the table has no column {name!r}, which the training table had."
        f"{suggestion(name, list(columns))} Its columns are {listed(list(columns), 30)}."
    )


def coded(
    codes: list[Any],
    values: Mapping[str, Any],
    rows: int,
    notes: list[str] | None = None,
    instead: Mapping[str, NDArray[Any]] | None = None,
) -> NDArray[np.float32]:
    """Return the codes (N, D) of columns, neither centred nor scaled; see `of_values`."""
    ends = np.cumsum([0, *(len(code.input_kinds) for code in codes)])
    inputs = np.zeros((rows, int(ends[-1])), np.float32)
    for code, start, stop in zip(codes, ends, ends[1:], strict=False):
        told = code.write(inputs[:, start:stop], values[code.name])
        if notes is not None:
            notes += told
        if instead and code.name in instead:
            means = instead[code.name]
            inputs[:, stop - means.shape[1] : stop] = means
    return inputs


def _lists(value: Any) -> Any:
    """Return tuples as lists, as JSON has them; optional fields that are empty are left out."""
    if isinstance(value, dict):
        return {
            name: _lists(item)
            for name, item in value.items()
            if item or name not in NumberCode.optional
        }
    return [_lists(item) for item in value] if isinstance(value, tuple | list) else value


def _code(document: object) -> ColumnCode:
    where = "a column of the inputs"
    kind = document.get("kind") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind not in CODES:
        raise DataError(f"{where}: kind must be one of {quoted(CODES)}, not {kind!r:.40}")
    optional = getattr(CODES[kind], "optional", None)
    fields = checked(document, where, {"kind": a_text, **CODES[kind].checks}, optional)
    del fields["kind"]
    return CODES[kind](**fields)


def _numbers(value: object, where: str) -> NDArray[np.float32]:
    return np.array([a_number(number, where) for number in a_list(value, where)], np.float32)
