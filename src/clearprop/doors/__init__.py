"""Doors: models go out to other programs and languages, and others' models come in."""

from clearprop.doors.c_text import export_c
from clearprop.doors.numpy_text import export_numpy
from clearprop.doors.onnx_model import to_onnx

__all__ = ["to_onnx", "export_c", "export_numpy"]
