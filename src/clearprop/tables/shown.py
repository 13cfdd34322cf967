"""The networks of a table estimator in a line."""

from __future__ import annotations

from collections import Counter
from typing import Any

from clearprop.explaining.titles import network_title


def members_title(estimator: Any) -> str:
    """Return how many members have which layers: 8 × (59 → 64 silu → 64 silu → 1 sigmoid)."""
    titles = Counter(
        network_title(estimator.network(k), estimator.member_loss)
        for k in range(len(estimator.members_))
    )
    return " and ".join(f"{members} × ({title})" for title, members in titles.items())
