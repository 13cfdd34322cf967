"""What is said of a training, and that nothing is said of a healthy one."""

import numpy as np
import pytest
from sklearn.datasets import make_classification

import clearprop as cp
from clearprop.estimators.diagnosis import Course, Figure, course_of, diagnosed

EPOCHS = np.arange(60)
FALLING = 1.2 * 0.8**EPOCHS + 0.2
"""Falls and is flat at its end."""


def kinds(**course):
    made = {"loss": FALLING, "validation_loss": FALLING + 0.05, "limit": 200, "kept": 60}
    return [one.kind for one in diagnosed(Course(**made | course))]


def sentence(**course):
    made = {"loss": FALLING, "validation_loss": None, "limit": 60, "kept": 60}
    (found,) = diagnosed(Course(**made | course))
    return found.sentence


def test_a_healthy_training_is_not_talked_about():
    assert kinds() == []
    assert kinds(limit=60) == []  # to the limit, and flat there
    assert kinds(validation_loss=None, limit=60) == []
    rng = np.random.default_rng(0)
    for noise in (0.005, 0.02):
        held = FALLING + 0.05 + noise * rng.standard_normal(60)
        assert kinds(validation_loss=held) == []


def test_a_loss_that_falls_at_the_limit_could_fall_further():
    steady = 0.97**EPOCHS
    assert kinds(validation_loss=steady, limit=60) == ["improving"]
    assert kinds(validation_loss=steady, limit=61) == []  # it ended for another reason
    assert sentence(loss=steady).startswith(
        "Still improving at the last epoch: the last 10 lowered the training loss by 26 %"
    )
    assert "the last iteration" in sentence(loss=steady, unit="iteration")


def turning(rise, at=15):
    """Return losses of which the second rises from an epoch, counted from 1, on."""
    held = FALLING.copy()
    held[at:] = held[at - 1] + rise * np.arange(1, 60 - at + 1)
    return 0.9**EPOCHS, held


def test_a_validation_loss_that_rises_while_the_other_falls_is_overfitting():
    loss, held = turning(0.01)
    told = sentence(loss=loss, validation_loss=held, kept=15)
    assert told == (
        f"Overfitting since epoch 15: the validation loss rose from {held[14]:.4f} to "
        f"{held[-10:].mean():.4f} while the training loss went on falling; the weights of epoch 15 "
        "are kept."
    )
    assert "those of epoch 60; early stopping" in sentence(loss=loss, validation_loss=held)


def test_a_rise_that_is_small_short_or_shared_is_none():
    loss, held = turning(0.0005)
    assert kinds(loss=loss, validation_loss=held) == []
    loss, held = turning(0.2, at=56)
    assert kinds(loss=loss, validation_loss=held) == []
    _, held = turning(0.01)
    assert kinds(loss=held, validation_loss=held) == []  # both rise: nothing is memorised
    tiny = np.concatenate([[1.0], np.full(40, 1e-4), np.full(19, 3e-4)])
    assert kinds(loss=0.9**EPOCHS, validation_loss=tiny) == []


@pytest.mark.parametrize(
    ("metric", "validation", "test", "said"),
    [
        ("R²", Figure(0.74, 35), Figure(0.27, 88), True),
        ("R²", Figure(0.74, 35), Figure(0.60, 88), False),
        ("R²", Figure(0.74, 9), Figure(0.0, 88), False),
        ("R²", Figure(0.9, 500), Figure(-0.5, 500), True),
        ("accuracy", Figure(1.0, 12), Figure(1.0, 30), False),
        ("accuracy", Figure(0.98, 140), Figure(0.97, 359), False),
        ("accuracy", Figure(0.98, 1_000), Figure(0.94, 1_000), True),
    ],
)
def test_validation_and_test_are_compared_by_what_their_rows_can_tell(
    metric, validation, test, said
):
    found = kinds(metric=metric, validation=validation, test=test)
    assert found == (["apart"] if said else [])


def test_two_figures_of_the_same_rows_seldom_are_apart():
    rng = np.random.default_rng(0)
    draws = rng.binomial(60, 0.9, size=(1_000, 2)) / 60
    said = [bool(kinds(validation=Figure(a, 60), test=Figure(b, 60))) for a, b in draws]
    assert np.mean(said) < 0.01


def test_what_is_apart_is_told_with_its_rows():
    told = sentence(metric="R²", validation=Figure(0.7412, 35), test=Figure(0.27, 88))
    assert told.startswith("The validation rows have R² 0.74, the test rows 0.27: further apart")
    assert "35 and 88 rows" in told


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_trainings_are_judged_as_they_went():
    """A network that learns noise by heart, one that was cut short, one that is done."""
    X, y = make_classification(200, 20, flip_y=0.3, random_state=0)
    common = {"random_state": 0, "learning_rate_init": 0.01}
    learned = cp.MLPClassifier((64,), max_iter=80, n_iter_no_change=np.inf, alpha=0.0, **common)
    learned.fit(X[:100], y[:100], validation_data=(X[100:], y[100:]))
    assert [one.kind for one in diagnosed(course_of(learned))] == ["overfitting"]
    short = cp.MLPClassifier((8,), max_iter=15, **common).fit(X, y)
    assert [one.kind for one in diagnosed(course_of(short))] == ["improving"]
    done = cp.MLPClassifier((), solver="lbfgs", alpha=0.1, random_state=0).fit(X, y)
    assert diagnosed(course_of(done)) == ()
