"""clearprop: neural networks trained by backpropagation that you can see through."""

import clearprop.starting  # noqa: F401 - before all that takes time

# isort: split
from importlib import import_module
from typing import TYPE_CHECKING

from clearprop import credit, readings
from clearprop.backprop import backprop
from clearprop.checking import check_gradients
from clearprop.definitions.initializers import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LeCunNormal,
    LeCunUniform,
    Orthogonal,
    TruncatedNormal,
    Zeros,
)
from clearprop.definitions.layer import Layer
from clearprop.definitions.layers import (
    ELU,
    GELU,
    SELU,
    Activation,
    BatchNorm,
    Chain,
    Dense,
    Dropout,
    Identity,
    LayerNorm,
    LeakyReLU,
    Mish,
    ReLU,
    Residual,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from clearprop.definitions.losses import (
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Loss,
    Poisson,
    Quantile,
    SquaredError,
)
from clearprop.definitions.optimizers import (
    LBFGS,
    SGD,
    Adam,
    AdamW,
    Optimizer,
    RMSProp,
    WeightDecay,
)
from clearprop.definitions.penalty import L2
from clearprop.definitions.schedules import (
    Adaptive,
    Constant,
    Cosine,
    InverseScaling,
    OneCycle,
    Schedule,
    StepDecay,
    Truncated,
    WarmUp,
)
from clearprop.derivatives import GradientReport
from clearprop.engines.choice import Jax
from clearprop.engines.processes import LostProcessError
from clearprop.training.checkpoint import Checkpoint, read_incident
from clearprop.training.following import RateChange
from clearprop.training.history import History
from clearprop.training.identity import ResumeError
from clearprop.training.result import TrainingResult
from clearprop.training.stopping import EarlyStopping
from clearprop.training.train import train
from clearprop.version import __version__ as __version__

__all__ = [
    "MLPClassifier",
    "MLPRegressor",
    "load",
    "ModelFileError",
    "to_onnx",
    "to_torch",
    "TorchModule",
    "export_c",
    "export_numpy",
    "open_model",
    "OpenedModel",
    "UnknownLayerError",
    "TRUSTED_TYPES",
    "TableModel",
    "TableClassifier",
    "TableRegressor",
    "LeakWarning",
    "compare",
    "Comparison",
    "EpochRecorder",
    "Report",
    "report",
    "LossCurveDisplay",
    "GradientFlowDisplay",
    "explain",
    "check_work",
    "CheckReport",
    "worksheet",
    "Worksheet",
    "learn",
    "Lesson",
    "credit",
    "descend",
    "landscapes",
    "basin_map",
    "race",
    "reach",
    "Walk",
    "Walks",
    "readings",
    "L2",
    "backprop",
    "GradientReport",
    "check_gradients",
    "TrainingResult",
    "train",
    "Stream",
    "Jax",
    "Layer",
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "BatchNorm",
    "Chain",
    "Dense",
    "Dropout",
    "Identity",
    "LayerNorm",
    "LeakyReLU",
    "Mish",
    "ReLU",
    "Residual",
    "Sigmoid",
    "SiLU",
    "Softplus",
    "Tanh",
    "AbsoluteError",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Huber",
    "Loss",
    "Poisson",
    "Quantile",
    "SquaredError",
    "LBFGS",
    "SGD",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSProp",
    "WeightDecay",
    "Adaptive",
    "Constant",
    "Cosine",
    "InverseScaling",
    "OneCycle",
    "Schedule",
    "StepDecay",
    "Truncated",
    "WarmUp",
    "Checkpoint",
    "read_incident",
    "EarlyStopping",
    "RateChange",
    "LivePage",
    "LostProcessError",
    "ResumeError",
    "History",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LeCunNormal",
    "LeCunUniform",
    "Orthogonal",
    "TruncatedNormal",
    "Zeros",
]

_LATER = {
    "explain": "clearprop.explaining",
    "check_work": "clearprop.explaining",
    "CheckReport": "clearprop.explaining",
    "worksheet": "clearprop.explaining",
    "Worksheet": "clearprop.explaining",
    "learn": "clearprop.learning",
    "Lesson": "clearprop.learning",
    "MLPClassifier": "clearprop.estimators",
    "MLPRegressor": "clearprop.estimators",
    "load": "clearprop.saving",
    "ModelFileError": "clearprop.files.container",
    "to_onnx": "clearprop.doors",
    "to_torch": "clearprop.doors",
    "TorchModule": "clearprop.doors",
    "export_c": "clearprop.doors",
    "export_numpy": "clearprop.doors",
    "open_model": "clearprop.doors",
    "OpenedModel": "clearprop.doors",
    "UnknownLayerError": "clearprop.doors",
    "TRUSTED_TYPES": "clearprop.doors",
    "TableModel": "clearprop.tables.model",
    "LeakWarning": "clearprop.tables.findings",
    "TableClassifier": "clearprop.tables.classifier",
    "TableRegressor": "clearprop.tables.regressor",
    "Stream": "clearprop.data.stream",
    "compare": "clearprop.tables.compare",
    "Comparison": "clearprop.tables.compare",
    "EpochRecorder": "clearprop.estimators.recorder",
    "LivePage": "clearprop.live.page",
    "Report": "clearprop.reporting",
    "report": "clearprop.reporting",
    "LossCurveDisplay": "clearprop.plotting",
    "GradientFlowDisplay": "clearprop.plotting",
    "descend": "clearprop.descent",
    "landscapes": "clearprop.descent",
    "basin_map": "clearprop.descent",
    "race": "clearprop.descent",
    "reach": "clearprop.descent",
    "Walk": "clearprop.descent",
    "Walks": "clearprop.descent",
}
"""Names that need more than NumPy, or are not needed to train: loaded when first asked for."""

if TYPE_CHECKING:
    # The same names for type checkers, which then know their types, and that there are no others.
    from clearprop.data.stream import Stream
    from clearprop.descent import Walk, Walks, basin_map, descend, landscapes, race, reach
    from clearprop.doors import (
        TRUSTED_TYPES,
        OpenedModel,
        TorchModule,
        UnknownLayerError,
        export_c,
        export_numpy,
        open_model,
        to_onnx,
        to_torch,
    )
    from clearprop.estimators import MLPClassifier, MLPRegressor
    from clearprop.estimators.recorder import EpochRecorder
    from clearprop.explaining import CheckReport, Worksheet, check_work, explain, worksheet
    from clearprop.files.container import ModelFileError
    from clearprop.learning import Lesson, learn
    from clearprop.live.page import LivePage
    from clearprop.plotting import GradientFlowDisplay, LossCurveDisplay
    from clearprop.reporting import Report, report
    from clearprop.saving import load
    from clearprop.tables.classifier import TableClassifier
    from clearprop.tables.compare import Comparison, compare
    from clearprop.tables.findings import LeakWarning
    from clearprop.tables.model import TableModel
    from clearprop.tables.regressor import TableRegressor
else:

    def __getattr__(name: str) -> object:
        if name == "data":  # cp.data.Stream
            return import_module("clearprop.data")
        if name not in _LATER:
            raise AttributeError(f"module 'clearprop' has no attribute {name!r}")
        return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_LATER])
