"""Dates in ONNX graphs: the calendar against Python's own, models against themselves."""

import datetime

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop import MLPRegressor, TableClassifier, TableRegressor
from clearprop.data import TableEncoder, TargetEncoder
from clearprop.data.date_column import CYCLES
from clearprop.doors.onnx_dates import CYCLE_LENGTHS, FIRST, LAST, Moment
from clearprop.doors.onnx_model_parts import whole
from clearprop.doors.onnx_nodes import Nodes
from clearprop.tables.codes.date import PARTS
from tests.doors.needs import needed
from tests.doors.tables import as_inputs, seconds

onnx = needed("onnx")
runtime = needed("onnxruntime")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
CLOSE = {"rtol": 1e-6, "atol": 1e-6}
EPOCH = datetime.datetime(1970, 1, 1)


def ran(graph, **given):
    session = runtime.InferenceSession(graph.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, given), strict=True))


def calendar():
    """Return the graph of everything that a moment shows."""
    nodes = Nodes()
    moment = Moment(nodes, "t")
    results = dict(moment.parts())
    for cycle in CYCLES:
        sine, cosine = moment.pair(cycle)
        results |= {f"{cycle} sin": sine, f"{cycle} cos": cosine}
    outputs = {name: (result, np.float64, 1) for name, result in results.items()}
    return whole(nodes, {"t": (np.float64, 1)}, outputs, {})


def given(moments):
    """Return moments of Python (N, 1) in seconds."""
    return np.array([[(moment - EPOCH).total_seconds()] for moment in moments])


def some_moments():
    """Return moments from year 1 to year 9999: leap days, ends of months and years, odd hours."""
    step = datetime.timedelta(days=211, hours=7, minutes=13, seconds=29)
    moments = [datetime.datetime(1, 1, 1)]
    while moments[-1] < datetime.datetime.max - step:
        moments.append(moments[-1] + step)
    for year in (4, 100, 400, 1600, 1900, 1970, 2000, 2023, 2024, 2100, 2400, 9999):
        for month, day in ((1, 1), (2, 28), (3, 1), (12, 31)):
            moments += [
                datetime.datetime(year, month, day),
                datetime.datetime(year, month, day, 23, 59, 59),
            ]
    leap = [year for year in (4, 400, 1600, 2000, 2024) if year % 100 or not year % 400]
    return [*moments, *(datetime.datetime(year, 2, 29, 12) for year in leap)]


@pytest.fixture(scope="module")
def shown():
    moments = some_moments()
    return moments, ran(calendar(), t=given(moments))


WANTED = {
    "days": lambda at: (at - EPOCH).total_seconds() / 86_400,
    "year": lambda at: at.year,
    "month": lambda at: at.month,
    "day of month": lambda at: at.day,
    "day of week": lambda at: at.weekday(),
    "hour": lambda at: at.hour + at.minute / 60,
}


@pytest.mark.parametrize("part", PARTS)
def test_the_calendar_is_pythons(shown, part):
    moments, found = shown
    wanted = [WANTED[part](at) for at in moments]
    np.testing.assert_allclose(found[part][:, 0], wanted, rtol=3e-16)


def test_cycles_are_turns_of_what_the_calendar_shows(shown):
    moments, found = shown
    turns = {
        "month": [(at.month - 1) / 12 for at in moments],
        "day of month": [(at.day - 1) / 31 for at in moments],
        "day of week": [at.weekday() / 7 for at in moments],
        "hour": [(at.hour * 60 + at.minute) / 1440 + at.second / 86_400 for at in moments],
    }
    assert list(turns) == list(CYCLES) == list(CYCLE_LENGTHS)
    for cycle, turn in turns.items():
        angle = 2 * np.pi * np.array(turn)
        np.testing.assert_allclose(found[f"{cycle} sin"][:, 0], np.sin(angle), atol=1e-12)
        np.testing.assert_allclose(found[f"{cycle} cos"][:, 0], np.cos(angle), atol=1e-12)


def test_what_is_missing_or_no_moment():
    found = ran(calendar(), t=np.array([[np.nan], [np.inf], [-1e30], [-0.5]]))
    assert np.isnan([found[part][0, 0] for part in PARTS]).all()
    assert [found[f"{cycle} {half}"][0, 0] for cycle in CYCLES for half in ("sin", "cos")] == [
        0
    ] * 8
    assert (found["year"][1, 0], found["year"][2, 0]) == (9999, 1)
    assert (found["year"][3, 0], found["day of month"][3, 0]) == (1969, 31)
    assert given([datetime.datetime(1, 1, 1)]) == FIRST
    assert given([datetime.datetime(9999, 12, 31, 23, 59, 59)]) == LAST


def dated(rows, seed=0, missing=0.1):
    """Return a table with dates, dates with times, times of day and a number, and targets."""
    rng = np.random.default_rng(seed)
    sold = pd.Timestamp("2019-03-01") + pd.to_timedelta(rng.integers(0, 1500, rows), "D")
    seen = pd.Timestamp("1968-01-01") + pd.to_timedelta(rng.integers(0, 10**8, rows), "s")
    frame = pd.DataFrame({"size": rng.normal(size=rows), "sold": sold, "seen": seen})
    frame.loc[rng.random(rows) < missing, ["sold", "seen"]] = pd.NaT
    minutes = rng.integers(0, 1440, rows)
    frame["clock"] = [datetime.time(*divmod(int(minute), 60)) for minute in minutes]
    y = frame["size"] + np.sin(sold.month / 2) + (seen.hour > 12) + minutes / 1440
    return frame, y.to_numpy()


def other_rows():
    """Return rows before, after and between those of training, some without dates."""
    frame, _ = dated(30, 9)
    frame.loc[0, "sold"] = pd.Timestamp("1700-02-28")
    frame.loc[1, "sold"] = pd.Timestamp("2200-12-31 23:59:59")
    frame.loc[2, ["sold", "seen"]] = pd.NaT
    return frame


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_a_table_classifier_with_dates(missing):
    frame, y = dated(160, missing=missing)
    y = pd.qcut(y, 3, labels=["low", "middle", "high"]).astype(str)
    model = TableClassifier("fast", max_epochs=3, random_state=0).fit(frame, y)
    graph = cp.to_onnx(model)
    for rows in (frame, other_rows()):
        found = ran(graph, **as_inputs(rows, graph))
        np.testing.assert_allclose(found["probabilities"], model.predict_proba(rows), **CLOSE)
        np.testing.assert_array_equal(found["label"], model.predict(rows))


def test_dates_alone_and_dates_with_a_zone():
    frame, y = dated(120)
    frame = frame[["seen"]].assign(seen=frame["seen"].dt.tz_localize("Asia/Tokyo"))
    model = TableRegressor("fast", max_epochs=2, random_state=0).fit(frame, y)
    graph = cp.to_onnx(model)
    assert [one.name for one in graph.graph.input] == ["seen"]
    found = ran(graph, **as_inputs(frame, graph))["prediction"]
    np.testing.assert_allclose(found[:, 0], model.predict(frame), **CLOSE)


def test_one_network_over_dates():
    frame, y = dated(120)
    encoder, target = TableEncoder.fit(frame), TargetEncoder.fit(y)
    net = MLPRegressor(hidden_layer_sizes=(5,), max_iter=5, random_state=0)
    net.fit(encoder.encode(frame, np.float32), target.encode(y))
    model = cp.TableModel(encoder, net, "y", target)
    graph = cp.to_onnx(model)
    for rows in (frame, other_rows().iloc[2:]):
        found = ran(graph, **as_inputs(rows, graph))["prediction"]
        np.testing.assert_allclose(found[:, 0], model.predict(rows), **CLOSE)


def test_the_file_says_what_its_dates_are():
    frame, y = dated(60)
    model = TableRegressor("fast", max_epochs=1, random_state=0).fit(frame, y)
    told = {prop.key: prop.value for prop in cp.to_onnx(model).metadata_props}
    assert told["dates"].split("\n") == ["sold", "seen", "clock"]
    assert "seconds since 1970-01-01" in told["a date is"]


def test_seconds_of_the_page_are_those_of_python():
    moments = [datetime.datetime(2024, 2, 29, 13, 7, 5), datetime.datetime(1969, 12, 31, 23, 0)]
    column = pd.Series(pd.to_datetime(moments))
    np.testing.assert_array_equal(seconds(column)[:, None], given(moments))
