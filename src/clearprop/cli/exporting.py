"""What `clearprop export` does: a model file becomes a file of another kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from clearprop.cli.encoding import say_json
from clearprop.cli.overwriting import refuse_overwriting
from clearprop.cli.show import Page
from clearprop.data.content import STANDARD_INPUT
from clearprop.data.optional import require
from clearprop.doors import export_c, export_numpy, to_onnx, to_torch
from clearprop.doors.torch_text import weights_path
from clearprop.files.atomic import write_atomically
from clearprop.files.container import ModelFileError
from clearprop.saving import load

if TYPE_CHECKING:
    from collections.abc import Callable

ENDINGS = {".onnx": "onnx", ".c": "c"}
"""What a file's ending says alone; .py may be NumPy's or PyTorch's."""

TOLD = {
    "onnx": "an ONNX graph",
    "torch": "a PyTorch module",
    "c": "a C file; compile it with -lm",
    "numpy": "a Python file that needs NumPy only",
}


def run(path: Path, out: Path, to: str | None, as_json: bool) -> None:
    """Load the model, and write it as it is asked for."""
    kind = to or ENDINGS.get(out.suffix.lower())
    if kind is None:
        raise typer.BadParameter(
            f"{out} does not say what to write: give --to onnx, torch, c or numpy",
            param_hint="--out",
        )
    to_stdout = str(out) == STANDARD_INPUT
    if to_stdout and as_json:
        raise typer.BadParameter("the file itself goes to standard output", param_hint="--json")
    weights = _weights(path, out, to_stdout) if kind == "torch" else None
    if kind == "onnx":
        require("onnx", "clearprop export --to onnx", "onnx")
    try:
        model = load(path)
    except OSError as error:
        raise ModelFileError(f"cannot read the model {path}: {error.strerror}.") from error
    try:
        content = WRITERS[kind](model)
    except (TypeError, ValueError) as error:
        raise ModelFileError(f"{path}: {error}.") from error
    if to_stdout:
        _to_stdout(content)
        return
    if weights is not None:
        content.save(out)
        size = out.stat().st_size + weights.stat().st_size
    else:
        write_atomically(out, [content])
        size = len(content)
    files = [str(out)] + ([str(weights)] if weights else [])
    if as_json:
        say_json({"model": str(path), "to": kind, "files": files, "bytes": size})
    Page(silent=as_json).line(f"saved {' and '.join(files)}: {TOLD[kind]} ({size:,} bytes)")


def _weights(path: Path, out: Path, to_stdout: bool) -> Path:
    """Return the file of the weights of a PyTorch module, which is written too."""
    if to_stdout:
        raise typer.BadParameter("a PyTorch module has its weights in a file beside it: name one")
    try:
        weights = weights_path(out)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--out") from error
    refuse_overwriting({"model": path, "out": weights})
    return weights


def _to_stdout(content: bytes) -> None:
    import sys

    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


WRITERS: dict[str, Callable[[Any], Any]] = {
    "onnx": lambda model: to_onnx(model).SerializeToString(),
    "torch": to_torch,
    "c": lambda model: export_c(model).encode(),
    "numpy": lambda model: export_numpy(model).encode(),
}
"""What is written for each --to: bytes, or a TorchModule."""
