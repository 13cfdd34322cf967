"""Doors: models go out to other programs and languages, and others' models come in."""

from clearprop.doors.c_text import export_c
from clearprop.doors.numpy_text import export_numpy
from clearprop.doors.onnx_model import to_onnx
from clearprop.doors.opened import OpenedModel, UnknownLayerError
from clearprop.doors.opening import open_model
from clearprop.doors.torch_text import TorchModule, to_torch
from clearprop.doors.trusted import TRUSTED_TYPES

__all__ = [
    "to_onnx",
    "to_torch",
    "TorchModule",
    "export_c",
    "export_numpy",
    "open_model",
    "OpenedModel",
    "UnknownLayerError",
    "TRUSTED_TYPES",
]
