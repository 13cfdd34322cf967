"""The types that a file of skops holds of a fitted estimator: plain data, by full name."""

TRUSTED_TYPES: tuple[str, ...] = (
    *(
        f"clearprop.{name}"
        for name in (
            "data.columns.LeftOutColumn",
            "engines.base.TrainingState",
            "estimators.classifier.MLPClassifier",
            "estimators.regressor.MLPRegressor",
            "tables.classifier.TableClassifier",
            "tables.codes.category.CategoryCode",
            "tables.codes.date.DateCode",
            "tables.codes.number.NumberCode",
            "tables.codes.text.TextCode",
            "tables.findings.Finding",
            "tables.inputs.TableInputs",
            "tables.recipe.Recipe",
            "tables.regressor.TableRegressor",
            "tables.task.Member",
            "training.stopping.EarlyStoppingState",
        )
    ),
    *(
        f"clearprop.definitions.losses.{name}"
        for name in (
            "AbsoluteError", "BinaryCrossEntropy", "CrossEntropy", "Huber", "Poisson", "Quantile",
            "SquaredError",
        )
    ),
    *(
        f"clearprop.definitions.layers.activations.{name}"
        for name in (
            "ELU", "GELU", "Identity", "LeakyReLU", "Mish", "ReLU", "SELU", "Sigmoid", "SiLU",
            "Softplus", "Tanh",
        )
    ),
)  # fmt: skip
"""``skops.io.load(path, trusted=list(cp.TRUSTED_TYPES))``: estimators, losses and activations, and
the frozen data in them. None of these types runs code when it is made."""
