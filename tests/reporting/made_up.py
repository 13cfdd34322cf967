"""Two reports with numbers that were written down, not trained: the same on every machine.

No two numbers of a sentence are equal, so that a sentence cannot tell one for another.
"""

import jsonschema

import clearprop as cp
from tests.reporting.test_document import SCHEMA

EPOCHS, KEPT = 12, 8


def falling(start, rate):
    """Return a curve that falls and is flat at its end."""
    return [round(start * rate**epoch + 0.1, 4) for epoch in range(EPOCHS)]


def curves(**changes):
    validation = [
        round(value + 0.01 * max(0, epoch + 1 - KEPT), 4)
        for epoch, value in enumerate(falling(1.1, 0.55))
    ]
    layers = [{"layer": "dense1", "values": falling(0.8, 0.7)},
              {"layer": "dense2", "values": falling(1.6, 0.6)}]  # fmt: skip
    return {
        "unit": "epoch",
        "epochs": EPOCHS,
        "kept_epoch": KEPT,
        "best_epoch": KEPT,
        "best_by": "validation loss",
        "penalty": True,
        "loss": falling(1.2, 0.6),
        "validation_loss": validation,
        "metric": "accuracy",
        "training_metric": [round(0.95 - 0.5 * 0.6**epoch, 4) for epoch in range(EPOCHS)],
        "validation_metric": [round(0.97 - 0.6 * 0.5**epoch, 4) for epoch in range(EPOCHS)],
        "learning_rate": [round(0.01 * 0.9**epoch, 6) for epoch in range(EPOCHS)],
        "seconds": [10.3] * EPOCHS,
        "gradient_norm": {"rows": 90, "layers": layers},
    } | changes


def document(**parts):
    return {
        "format": "clearprop.report",
        "version": 1,
        "made_by": "clearprop",
        "measured_on": "test",
        "curves": curves(),
        "residuals": None,
        "confusion": None,
        "members": None,
        "calibration": None,
        "importance": None,
        "interval": None,
        "diagnosis": [],
        "findings": [],
        "notes": [],
        "settings": [
            {"name": "alpha", "value": 0.1, "usual": False},
            {"name": "max_iter", "value": EPOCHS, "usual": False},
            {"name": "batch_size", "value": "auto", "usual": True},
            {"name": "shuffle", "value": True, "usual": True},
        ],
        "seed": 7,
        "seconds": 119.6,
        "interrupted": False,
        "command": "clearprop explain flowers.clearprop flowers.csv",
        "versions": {"clearprop": "1.2.3", "numpy": "2.0.0"},
        "steps": {},
    } | parts


NAMES = ["setosa", "versicolor", "virginica"]
COUNTS = [[25, 0, 0], [0, 23, 2], [0, 5, 20]]
SURE = {51: ("virginica", "versicolor", 0.93), 44: ("versicolor", "virginica", 0.81),
        60: ("virginica", "versicolor", 0.64), 12: ("setosa", "setosa", 0.57)}  # fmt: skip
LOSSES = {51: 3.1416, 44: 1.7325, 60: 1.0924, 12: 0.5621}


def cells():
    first = 1
    for true, row in enumerate(COUNTS):
        for predicted, count in enumerate(row):
            if count:
                rows = list(range(first, first + count))
                yield {"true": true, "predicted": predicted, "count": count,
                       "rate": count / sum(row), "rows": rows}  # fmt: skip
                first += count


def figures_of(place, name):
    right, rows = COUNTS[place][place], sum(COUNTS[place])
    said = sum(row[place] for row in COUNTS)
    return {"class": name, "precision": right / said, "recall": right / rows,
            "f1": 2 * right / (said + rows), "rows": rows}  # fmt: skip


def probabilities(true, predicted, sure):
    return [
        sure if name == predicted else (1 - sure) * (0.9 if name == true else 0.1) for name in NAMES
    ]


def flowers(**parts):
    """Return the report on a classifier of three species."""
    by_number = {
        str(number): {"inputs": [5.1, 3.5 + number / 100], "target": true, "prediction": predicted,
                      "probabilities": probabilities(true, predicted, sure),
                      "loss": LOSSES[number]}
        for number, (true, predicted, sure) in SURE.items()
    }  # fmt: skip
    made = document(
        title={"source": "flowers", "target": "species", "task": "classification",
               "network": "4 → 6 tanh → 3 softmax", "parameters": 51,
               "optimizer": "Adam, η 0.01",
               "loss": "E = mean over rows of Eₙ;  Eₙ = −Σₖ tₖ ln pₖ, p = softmax(o)"},
        figures={"rows": 75, "accuracy": 68 / 75,
                 "accuracy_interval": [0.8197, 0.9541], "decimals": 2, "class_decimals": 2,
                 "baseline_accuracy": 1 / 3,
                 "baseline": "setosa", "constant_from": "training",
                 "classes": [figures_of(place, name) for place, name in enumerate(NAMES)],
                 "confusion_matrix": COUNTS},
        confusion={"names": NAMES, "cells": list(cells())},
        mistakes=list(SURE),
        rows={"columns": ["sepal length", "petal length"], "image": None, "range": None,
              "by_number": by_number},
        data={"source": "flowers", "target": "species", "columns": 9, "inputs": 21,
              "rows": {"training": 90, "validation": 30, "test": 75},
              "preparation": ["sepal length: standardised"]},
    )  # fmt: skip
    return reported(made | parts)


TRUE = [151.0, 75.0, 141.0, 206.0, 135.0, 97.0, 310.0, 59.0]
PREDICTED = [223.4, 81.2, 163.9, 158.3, 131.6, 96.1, 254.8, 88.7]


def homes(**parts):
    """Return the report on a regression of prices."""
    residuals = [round(p - t, 4) for p, t in zip(PREDICTED, TRUE, strict=True)]
    order = sorted(range(len(TRUE)), key=lambda place: -abs(residuals[place]))
    quantiles = {0: -55.2, 0.05: -52.6, 0.25: -14.48, 0.5: 2.65, 0.75: 24.6, 0.95: 57.4, 1: 72.4}
    by_number = {
        str(place + 1): {"inputs": [1.5, 2.5], "target": TRUE[place],
                         "prediction": PREDICTED[place], "loss": residuals[place] ** 2 / 2}
        for place in order
    }  # fmt: skip
    made = document(
        title={"source": "homes", "target": "price", "task": "regression",
               "network": "2 → 5 relu → 1", "parameters": 21, "optimizer": "SGD, η 0.1",
               "loss": "E = mean over rows of Eₙ;  Eₙ = ½ Σⱼ (tⱼ − oⱼ)²"},
        figures={"rows": 8, "r2": 0.7412, "rmse": 38.21, "mae": 29.94, "decimals": 2,
                 "constant_from": "training",
                 "baseline": {"rows": 8, "r2": -0.0123, "rmse": 75.68, "mae": 61.05}},
        curves=curves(metric="R²", validation_metric=[0.5 + epoch / 50 for epoch in range(EPOCHS)]),
        residuals={"rows": 8,
                   "points": {"rows": list(range(1, 9)), "true": TRUE, "predicted": PREDICTED},
                   "quantiles": [{"part": part, "residual": value}
                                 for part, value in quantiles.items()]},
        mistakes=[place + 1 for place in order],
        rows={"columns": ["rooms", "age"], "image": None, "range": None, "by_number": by_number},
        data={"source": "homes", "target": "price", "rows": {"training": 32, "test": 8},
              "columns": 2, "inputs": 2, "preparation": []},
    )  # fmt: skip
    return reported(made | parts)


def reported(made):
    jsonschema.validate(made, SCHEMA)
    return cp.Report(made, {})
