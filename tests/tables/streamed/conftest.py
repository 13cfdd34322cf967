import pytest

from clearprop.tables.streamed import sample


@pytest.fixture
def small_sample(monkeypatch):
    """Samples of 512 rows, so that small tables are trained on block by block."""
    monkeypatch.setattr(sample, "SAMPLE_ROWS", 512)
    monkeypatch.setattr(sample, "FEWEST_ROWS", 512)
