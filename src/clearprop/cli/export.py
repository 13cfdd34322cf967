"""`clearprop export`: a saved model for other programs and languages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from clearprop.cli.options import AsJson, ModelFile


def export(
    model: ModelFile,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The file to write; - is standard output.")
    ],
    to: Annotated[
        Literal["onnx", "torch", "c", "numpy"] | None,
        typer.Option(
            help="ONNX; a PyTorch module with its weights beside it; a C file; or a Python file "
            "that needs NumPy only.  [default: by FILE's ending, .onnx or .c]"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a saved model as a file that other programs predict with.

    ONNX takes any model. The others take one network over a table of numbers, such as pictures.
    """
    # scikit-learn, pandas and rich take a second to import, which --help and --version need not.
    from clearprop.cli.exporting import run

    run(model, out, to, as_json)
