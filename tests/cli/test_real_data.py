"""The real sets beside the project, a few epochs of each."""

import clearprop as cp
from clearprop.data import read


def test_adult_with_its_own_test_file(run, real_data):
    train = real_data / "adult" / "adult-train.csv.gz"
    test = real_data / "adult" / "adult-test.csv.gz"
    done = run("train", train, "--test", test, "--epochs", 3, "--json", "--out", "adult.clearprop")
    assert done.code == 0
    found = done.json
    assert found["rows"] == {"train": 29305, "validation": 3256, "test": 16281}
    assert found["figures"]["accuracy"] > 0.845  # 14.5 % error: C4.5 has 15.5 %
    assert found["figures"]["baseline"] == "<=50K"
    assert (
        "Read the target '<=50K.', '>50K.' of adult-test.csv.gz without the full stop."
        in (found["notes"])
    )
    again = run("predict", "adult.clearprop", test, "--json", "--head", 1).json
    assert again["figures"]["accuracy"] == found["figures"]["accuracy"]


def test_titanic_with_its_names_and_holes(run, real_data):
    path = real_data / "titanic" / "titanic_openML.csv"
    found = run("train", path, "--target", "survived", "--epochs", 40, "--json").json
    assert found["figures"]["accuracy"] > 0.9
    assert any(
        note.startswith("left out 4 columns (identifiers or free") for note in found["notes"]
    )
    model, frame = cp.load("titanic_openML.clearprop"), read(path, "survived").X
    assert model.predict(frame.head(3)).dtype.kind == "i"


def test_letter_has_26_classes(run, real_data):
    path = real_data / "letter" / "LetterRecognition.csv.gz"
    done = run("train", path, "--target", "lettr", "--epochs", 5)
    assert done.code == 0
    assert "true by row, predicted by column:" in done.out
    assert cp.load("LetterRecognition.clearprop").test["accuracy"] > 0.7


def test_housing_is_a_regression(run, real_data):
    path = real_data / "california-housing" / "housing.csv.gz"
    found = run("train", path, "--target", "median_house_value", "--epochs", 8, "--json").json
    assert found["task"] == "regression"
    assert found["figures"]["rmse"] < 70_000 < found["figures"]["baseline"]["rmse"]


def test_mnist_images_find_their_labels(run, real_data):
    path = real_data / "mnist" / "t10k-images-idx3-ubyte.gz"
    found = run("train", path, "--epochs", 2, "--json", "--no-check-gradients").json
    assert found["figures"]["accuracy"] > 0.85
