"""The networks of a table estimator in a line."""

from __future__ import annotations

from typing import Any

from clearprop.explaining.titles import network_title


def members_title(estimator: Any) -> str:
    """Return the members and their layers: 8 × (59 → 64 silu → 64 silu → 1 sigmoid)."""
    members = range(len(estimator.members_))
    titles = {
        estimator.network(k).layers[0].inputs: network_title(
            estimator.network(k), estimator.member_loss
        )
        for k in members
    }
    rest = next(iter(titles.values())).partition(" → ")[2]
    return f"{len(members)} × ({' or '.join(map(str, titles))} → {rest})"
