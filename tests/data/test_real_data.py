"""The real sets beside the project: read as they are, encoded as scikit-learn would."""

import json

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from clearprop.data import TableEncoder, read, read_inputs

ADULT = [
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation"),
    *("relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week"),
    *("native-country", "income"),
]

SETS = {
    "adult": ("adult/adult-train.csv.gz", {"columns": ADULT}, (32561, 14), 108),
    "letter": ("letter/LetterRecognition.csv.gz", {"target": "lettr"}, (20000, 16), 16),
    "housing": (
        "california-housing/housing.csv.gz",
        {"target": "median_house_value"},
        (20640, 9),
        13,
    ),
    "telco": ("telco-churn/telco-customer-churn-by-IBM.csv.gz", {}, (7043, 20), 45),
    "titanic": ("titanic/titanic_openML.csv", {"target": "survived"}, (1309, 13), 410),
    "satimage": ("satimage/sat.tst", {}, (2000, 36), 36),
    "wine": ("wine-quality/winequality-white.csv", {}, (4898, 11), 11),
    "flowers": ("strange-flowers/strange_flowers.txt", {}, (795, 4), 4),
    "yacht": ("uci-regression/yacht/data.txt", {}, (308, 6), 6),
}


def oracle_inputs(encoder, frame):
    """The same table through scikit-learn's transformers, column by column in our order."""
    numeric = make_pipeline(StandardScaler(), SimpleImputer(strategy="median"))
    pieces = []
    for column in encoder.columns:
        values = frame[[column.name]]
        if column.kind == "number":
            pieces.append(numeric.fit_transform(values.to_numpy(np.float64)))
        elif column.kind == "category":
            one_hot = make_column_transformer((OneHotEncoder(sparse_output=False), [column.name]))
            pieces.append(one_hot.fit_transform(values))
    return np.hstack(pieces)


@pytest.mark.parametrize("name", SETS)
def test_a_real_set_is_encoded_as_scikit_learn_would(real_data, name):
    path, options, shape, width = SETS[name]
    dataset = read(real_data / path, **options)
    assert dataset.X.shape == shape
    encoder = TableEncoder.fit(dataset.X)
    inputs, _notes = encoder.encode_with_notes(dataset.X)
    assert encoder.width == width
    np.testing.assert_allclose(inputs, oracle_inputs(encoder, dataset.X), rtol=1e-9, atol=1e-9)
    again = TableEncoder.from_document(json.loads(json.dumps(encoder.to_document())))
    assert again.encode(dataset.X).tobytes() == inputs.tobytes()


def test_adult_is_read_with_and_without_its_names(real_data):
    path = real_data / "adult" / "adult-train.csv.gz"
    named, unnamed = read(path, columns=ADULT), read(path)
    assert named.notes == (
        (
            "Read 4262 cells as missing (empty, '?' or a word such as NA): workclass (1836), "
            "occupation (1843), native-country (583)."
        ),
    )
    assert unnamed.target_name == "x15"
    assert unnamed.notes[0].startswith("The first row holds numbers (39, 77516, 13 and 3 more)")
    assert (named.X.to_numpy()[:, 0] == unnamed.X.to_numpy()[:, 0]).all()
    assert np.unique(named.y).tolist() == ["<=50K", ">50K"]
    test = read(real_data / "adult" / "adult-test.csv.gz", columns=ADULT)
    inputs, notes = TableEncoder.fit(named.X).encode_with_notes(test.X)
    assert (inputs.shape, notes) == ((16281, 108), [])


def test_blanks_in_telco_are_missing_numbers(real_data):
    dataset = read(real_data / SETS["telco"][0])
    assert dataset.X["TotalCharges"].isna().sum() == 11
    assert "Read 11 cells as missing" in dataset.notes[0]
    described = TableEncoder.fit(dataset.X).describe()
    assert "left out 1 column (identifiers or free text): customerID (7043 different)" in described


def test_missing_rooms_in_housing_are_told(real_data):
    dataset = read(real_data / SETS["housing"][0], "median_house_value")
    assert dataset.task == "regression"
    assert (
        "filled 207 missing numbers with the column's median: total_bedrooms (207)"
        in TableEncoder.fit(dataset.X).describe()
    )


def test_a_row_in_a_file_of_its_own_has_the_same_inputs(real_data, tmp_path):
    path = real_data / "titanic" / "titanic.csv"
    table = read_inputs(path)
    encoder = TableEncoder.fit(table.X)
    inputs = encoder.encode(table.X)
    header, *lines = path.read_text().splitlines()
    for row in range(0, len(lines), 40):
        alone = tmp_path / "one.csv"
        alone.write_text(f"{header}\n{lines[row]}\n")
        np.testing.assert_array_equal(encoder.encode(read_inputs(alone).X), inputs[[row]])


def test_mnist_is_read_whole(real_data):
    train = read(real_data / "mnist" / "train-images-idx3-ubyte.gz")
    assert (train.X.shape, train.X.dtype, train.task) == ((60000, 784), np.uint8, "classification")
    assert np.bincount(train.y).tolist() == [
        *(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    ]
    assert abs(train.X.mean() / 255 - 0.1307) < 1e-4
    test = read(real_data / "mnist" / "t10k-images-idx3-ubyte.gz")
    assert test.X.shape == (10000, 784)
    encoder = TableEncoder.fit(train.X[::10])
    assert np.isfinite(encoder.encode(test.X, np.float32)).all()


def test_a_row_that_lacks_a_cell_is_named(real_data, tmp_path):
    lines = (real_data / "titanic" / "titanic.csv").read_text().splitlines()
    lines[413] = lines[413].rsplit(",", 1)[0]
    path = tmp_path / "cut.csv"
    path.write_text("\n".join(lines))
    with pytest.raises(
        ValueError, match=r"^cut\.csv, line 414: 14 cells, where line 1 has 15\. Fill"
    ):
        read(path)
