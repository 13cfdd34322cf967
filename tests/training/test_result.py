"""What a result says of itself: the loss of the weights that it holds."""

import numpy as np
import pytest

import clearprop as cp
from tests.spies import linear, train

STEEP = {"optimizer": cp.SGD(0.9), "epochs": 6}
"""Steps so long that the validation loss goes down and then up."""


def watched(restore_best):
    net, params, x, t = linear()
    rule = cp.EarlyStopping(patience=100, restore_best=restore_best)
    held = x[:4] + 0.3, t[:4]
    return train(net, params, x, t, validation_data=held, early_stopping=rule, **STEEP), held


@pytest.mark.parametrize("restore_best", [True, False])
def test_the_final_loss_is_that_of_the_weights_that_were_kept(restore_best):
    result, (x, t) = watched(restore_best)
    losses = result.history.metrics["validation_loss"]
    best = int(np.argmin(losses))
    assert best < len(losses) - 1
    assert result.history.best_epoch == best + 1
    assert result.restored is restore_best
    assert result.final_loss == losses[best if restore_best else -1]
    assert result.final_loss == pytest.approx(np.sum((result.predict(x) - t) ** 2) / 2 / len(x))


def test_without_early_stopping_the_weights_are_the_last():
    result = train(*linear(), epochs=3)
    assert result.restored is False
    assert result.final_loss == result.history.loss[-1]
