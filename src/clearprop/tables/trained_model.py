"""The model that a training makes, for its file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clearprop.files.fingerprint import fingerprint
from clearprop.tables.members_model import MembersModel
from clearprop.tables.model import TableModel
from clearprop.tables.prepare_folder import PreparedFolder

if TYPE_CHECKING:
    from clearprop.tables.fit import Trained
    from clearprop.tables.prepare import PreparedTable
    from clearprop.tables.settings import TrainSettings
    from clearprop.tables.trained_table import TrainedTable


def model_of(settings: TrainSettings, prepared: PreparedTable, trained: Trained) -> TrainedTable:
    """Return the model of a training, not yet tested."""
    if prepared.encoder is not None:
        return TableModel(
            encoder=prepared.encoder,
            estimator=trained.estimator,
            target_name=prepared.dataset.target_name,
            target=prepared.target,
            source=prepared.dataset.name,
            settings=settings.record(),
            fingerprint=prepared.fingerprint,
            held_out=prepared.held_out,
        )
    members = MembersModel(
        estimator=trained.estimator,
        target_name=prepared.dataset.target_name,
        reading=prepared.dataset.reading,
        source=prepared.dataset.name,
        settings=settings.record_of_rows(),
        held_out=prepared.held_out,
    )
    if isinstance(prepared, PreparedFolder):
        return members  # nothing tells again which rows were trained on
    return replace(members, fingerprint=fingerprint(members.encode(prepared.dataset.X)[0]))
