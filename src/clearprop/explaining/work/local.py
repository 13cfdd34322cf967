"""What a quantity would be, given someone's own earlier numbers: an error is counted once.

A quantity that follows from a wrong one is not wrong itself. The step's record says how each
quantity was made; it is made again here from the numbers that were given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from clearprop.explaining.record import Record
from clearprop.explaining.work.submitted import Submitted
from clearprop.readings.symbol import PRIMITIVES, Symbol


def follows(record: Record, work: Sequence[Submitted], place: int) -> np.ndarray | None:
    """Return quantity number `place` of the work, made from the earlier ones as they were given.

    None where it is not made of any of them, or is a single cell.
    """
    own: dict[int, np.ndarray] = {}
    for one in work[:place]:
        quantity = record.quantities.get(record.aliases.get(one.path, one.path))
        if quantity is not None and "[" not in one.path:
            own.setdefault(quantity.symbol.serial, one.values)
    path = work[place].path
    quantity = record.quantities.get(record.aliases.get(path, path))
    if quantity is None or quantity.symbol.serial in own or not own:
        return None
    made = made_from(quantity.symbol, own)
    return None if made is None else np.asarray(made, np.float64)


def made_from(symbol: Symbol, own: Mapping[int, np.ndarray]) -> np.ndarray | None:
    """Return a symbol's value with other values for some of what it is made of; None for none."""
    needed: dict[int, Symbol] = {}
    waiting, touched = [symbol], False
    while waiting:
        one = waiting.pop()
        if one.serial in needed:
            continue
        needed[one.serial] = one
        if one.serial in own:
            touched = True
        else:
            waiting.extend(one.args)
    if not touched:
        return None
    values: dict[int, object] = {}
    with np.errstate(all="ignore"):
        for serial in sorted(needed):  # arguments have smaller serials than what is made of them
            one = needed[serial]
            if serial in own:
                values[serial] = own[serial]
            elif one.op in PRIMITIVES:
                arguments = [values[arg.serial] for arg in one.args]
                values[serial] = PRIMITIVES[one.op](*arguments, **dict(one.attributes))
            else:
                values[serial] = one.value
    return np.asarray(values[symbol.serial], np.float64)
