"""OpenML sets, from a cache written here and never from the network."""

import gzip
import hashlib
import json
import urllib.request
from urllib.error import HTTPError, URLError

import numpy as np
import pytest

from clearprop.data import DataError, fetch_openml

ARFF = """@relation tiny
@attribute id numeric
@attribute age numeric
@attribute job {clerk,smith}
@attribute class {no,yes}
@data
1,39,clerk,no
2,?,smith,yes
3,50,?,no
4,20,clerk,yes
"""


def feature(name, kind, target=False, row_identifier=False, missing=0):
    return {
        "name": name,
        "data_type": kind,
        "is_target": str(target).lower(),
        "is_ignore": "false",
        "is_row_identifier": str(row_identifier).lower(),
        "number_of_missing_values": str(missing),
    }


FEATURES = [
    feature("id", "numeric", row_identifier=True),
    feature("age", "numeric", missing=1),
    feature("job", "nominal", missing=1),
    feature("class", "nominal", target=True),
]


class Network:
    """An opener of addresses that only ever raises."""

    def __init__(self, error):
        self.error = error
        self.asked = []

    def open(self, request, data=None, timeout=None):
        self.asked.append(request.full_url)
        raise self.error(request.full_url)


@pytest.fixture
def network():
    """Cut the network: whatever asks for an address gets an error."""

    def install(error):
        opener = Network(error)
        urllib.request.install_opener(opener)
        return opener

    yield install
    urllib.request.install_opener(None)


@pytest.fixture
def cache(tmp_path, network):
    """Write the cache of one tiny set as scikit-learn lays it out, by the path of each address."""
    opener = network(lambda url: URLError("the network is cut"))

    def write_cache(features=FEATURES, versions=1, warning=None):
        def write(path, content):
            file = tmp_path / "openml" / "openml.org" / f"{path}.gz"
            file.parent.mkdir(parents=True, exist_ok=True)
            text = content if isinstance(content, str) else json.dumps(content)
            file.write_bytes(gzip.compress(text.encode()))

        found = [
            {"did": 7, "name": "tiny", "version": number + 1, "status": "active"}
            for number in range(versions)
        ]
        description = {
            "id": "7",
            "name": "tiny",
            "version": "1",
            "description": "Four people.",
            "format": "ARFF",
            "status": "active",
            "url": "https://www.openml.org/data/v1/download/7/tiny.arff",
            "md5_checksum": hashlib.md5(ARFF.encode()).hexdigest(),
        }
        if warning:
            description["warning"] = warning
        qualities = [{"name": "NumberOfInstances", "value": "4.0"}]
        search = "api/v1/json/data/list/data_name/tiny/limit/2"
        write(f"{search}/status/active/", {"data": {"dataset": found}})
        write(f"{search}/data_version/1", {"data": {"dataset": found[:1]}})
        write("api/v1/json/data/7", {"data_set_description": description})
        write("api/v1/json/data/features/7", {"data_features": {"feature": features}})
        write("api/v1/json/data/qualities/7", {"data_qualities": {"quality": qualities}})
        write("data/v1/download/7/tiny.arff", ARFF)
        return tmp_path

    yield write_cache
    assert opener.asked == []


@pytest.mark.parametrize("which", [("tiny",), ("Tiny", 1), (7,), ("7",)])
def test_a_set_is_read_from_the_cache(cache, which):
    dataset = fetch_openml(*which, data_home=cache())
    assert dataset.name == "tiny"
    assert dataset.feature_names == ("age", "job") == tuple(dataset.X.columns)
    np.testing.assert_array_equal(dataset.X["age"], [39, np.nan, 50, 20])
    assert dataset.X["job"].dropna().tolist() == ["clerk", "smith", "clerk"]
    assert dataset.y.tolist() == ["no", "yes", "no", "yes"]
    assert (dataset.target_name, dataset.task) == ("class", "classification")
    assert dataset.description.startswith("Four people.")
    assert dataset.notes == ()


@pytest.mark.parametrize("target", ["job", 1])
def test_another_target_can_be_chosen(cache, target):
    features = [dict(f, number_of_missing_values="0") for f in FEATURES]
    home = cache(features)
    with pytest.raises(DataError, match=r"the target 'job' is missing in 1 row \(row 3\)"):
        fetch_openml("tiny", target=target, data_home=home)
    assert fetch_openml("tiny", target="class", data_home=home).feature_names == ("age", "job")


def test_an_unknown_target_names_the_columns(cache):
    with pytest.raises(DataError) as caught:
        fetch_openml("tiny", target="jobs", data_home=cache())
    assert str(caught.value) == (
        "tiny has no column 'jobs'. Did you mean 'job'? Its columns are age, job, class."
    )


def test_what_scikit_learn_warns_about_is_noted(cache):
    home = cache(versions=2, warning="the ages are made up")
    notes = fetch_openml("tiny", data_home=home).notes
    assert len(notes) == 2
    assert notes[0].startswith("Multiple active versions of the dataset matching the name tiny")
    assert notes[1].endswith("Warning: the ages are made up")


def test_a_set_without_a_target_asks_for_one(cache):
    home = cache([dict(f, is_target="false") for f in FEATURES])
    with pytest.raises(DataError) as caught:
        fetch_openml("tiny", data_home=home)
    assert str(caught.value) == (
        "OpenML data set 'tiny' names no target; choose one column with target=."
    )


def test_a_set_of_two_targets_asks_for_one(cache):
    home = cache(
        [
            dict(
                f, is_target=str(f["data_type"] == "nominal").lower(), number_of_missing_values="0"
            )
            for f in FEATURES
        ]
    )
    with pytest.raises(DataError) as caught:
        fetch_openml("tiny", data_home=home)
    assert str(caught.value) == (
        "OpenML data set 'tiny' has the targets 'job', 'class'; choose one column with target=."
    )


def test_a_target_with_gaps_is_refused(cache):
    home = cache([dict(f, number_of_missing_values="1") for f in FEATURES])
    with pytest.raises(DataError, match="'tiny' cannot be used: Target column 'class' has 1 miss"):
        fetch_openml("tiny", data_home=home)


def test_a_number_has_no_version():
    with pytest.raises(DataError) as caught:
        fetch_openml(61, 2)
    assert str(caught.value) == (
        "OpenML data set 61 is one version of a set already; leave the version out."
    )


def test_without_a_network_the_message_says_so(tmp_path, network):
    opener = network(lambda url: URLError("no route to host"))
    with pytest.raises(ConnectionError) as caught:
        fetch_openml("tiny", data_home=tmp_path)
    assert str(caught.value) == (
        "OpenML data set 'tiny' is not in the cache and OpenML cannot be reached "
        "(<urlopen error no route to host>); check the network and try again."
    )
    assert len(opener.asked) == 2


@pytest.mark.parametrize(
    ("version", "code", "message"),
    [
        ("active", 412, "'tiny' cannot be used: No active dataset tiny found."),
        (3, 412, "'tiny' cannot be used: Dataset tiny with version 3 not found."),
        ("active", 404, "'tiny': OpenML answers that it has no data set of that name or number."),
        ("active", 503, "'tiny': OpenML answers that HTTP Error 503: busy."),
    ],
)
def test_what_openml_answers_is_one_sentence(tmp_path, network, version, code, message):
    network(lambda url: HTTPError(url, code, "busy", {}, None))
    with pytest.raises(DataError) as caught:
        fetch_openml("tiny", version, data_home=tmp_path)
    assert str(caught.value) == f"OpenML data set {message}"
