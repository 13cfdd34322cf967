"""A learner's program: its file imported, what to check found in it, its class instantiated."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import random
import sys
import traceback
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

from clearprop.data import DataError
from clearprop.explaining.work.calling import RATE
from clearprop.explaining.work.objects import METHODS
from clearprop.writing.sentences import listed, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

SIZES = ("sizes", "layers", "layersizes", "layerdims", "dims", "units", "shape", "architecture")
"""Names of a constructor's argument that takes all layer sizes as one list."""

HIDDEN, LEARNING_RATE, SEED = 3, 0.1, 0
"""What a constructor is given where nothing else is said, and the seed of its random weights."""


@contextlib.contextmanager
def running(path: Path) -> Iterator[None]:
    """Run a learner's code: what it prints goes to stderr, an error becomes a sentence with a line.

    Modules beside the file can be imported, and no compiled file is written there.
    """
    folder, bytecode = str(path.resolve().parent), sys.dont_write_bytecode
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except SyntaxError as error:
        name = error.filename or path.name
        raise DataError(f"{name}, line {error.lineno}: {error.msg}. Python cannot read it.") from (
            error
        )
    except SystemExit as error:
        raise DataError(
            f"{path.name} ended the program (sys.exit) when it was run; put that under "
            'if __name__ == "__main__":'
        ) from error
    except Exception as error:
        line = _line_in(path, error)
        if line is None:
            raise
        raise DataError(
            f"{path.name}, line {line}: your code raised {type(error).__name__}: {error}"
        ) from error
    finally:
        sys.dont_write_bytecode = bytecode
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)


def _line_in(path: Path, error: Exception) -> int | None:
    """Return the last line of a file that an error went through, None if it did not."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return lines[-1] if lines else None


@contextlib.contextmanager
def imported(path: Path) -> Iterator[ModuleType]:
    """Import a file as a module for a while, with the random numbers seeded."""
    if not path.is_file():
        raise DataError(f"there is no file {path}.")
    name = f"checked_{path.stem}"
    loader = SourceFileLoader(name, str(path))
    spec = importlib.util.spec_from_loader(name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002 - learners draw from this generator
    sys.modules[name] = module  # where dataclasses look
    try:
        with running(path):
            loader.exec_module(module)
        yield module
    finally:
        del sys.modules[name]


def found_in(module: ModuleType, path: Path, use: str | None) -> tuple[str, Any]:
    """Return the name and the class, object or function of a program that is to be checked."""
    if use is not None:
        return use, _named(module, path, use)
    own = {
        name: value
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__
    }
    classes = {
        name: value
        for name, value in own.items()
        if inspect.isclass(value) and any(callable(getattr(value, m, None)) for m in METHODS)
    }
    functions = {
        name: value for name, value in own.items() if inspect.isfunction(value) and name in METHODS
    }
    for kind, found in (("classes", classes), ("functions", functions)):
        if len(found) > 1:
            raise DataError(
                f"{path.name} has {len(found)} {kind} with a training step, {listed(list(found))}: "
                "choose one with --use NAME."
            )
        if found:
            return next(iter(found.items()))
    there = [name for name, value in own.items() if inspect.isclass(value) or callable(value)]
    raise DataError(
        f"{path.name} has no class with a method, and no function, of these names: "
        f"{', '.join(METHODS)}. It has {listed(there) if there else 'no class and no function'}; "
        "choose with --use NAME."
    )


def _named(module: ModuleType, path: Path, use: str) -> Any:
    owner: Any = module
    for part in use.split("."):
        if not hasattr(owner, part):
            names = [name for name in vars(module) if not name.startswith("_")]
            raise typer.BadParameter(
                f"{path.name} has no {use!r}{suggestion(use, names)}", param_hint="--use"
            )
        owner = getattr(owner, part)
    return owner


def instance_of(made: type, path: Path, sizes: Sequence[int], rate: float) -> tuple[Any, str]:
    """Return an instance of a class, and a sentence that says how it was made.

    Its constructor is called without arguments where it needs none; else with the layer sizes,
    as numbers or as one list, and the learning rate.
    """
    needed = [
        one
        for one in inspect.signature(made).parameters.values()
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    of_sizes = [one for one in needed if _word(one.name) not in RATE]
    if len(of_sizes) == 1 and _word(of_sizes[0].name) in SIZES:
        values: list[Any] = [list(sizes)]
    elif len(of_sizes) in (0, len(sizes)):
        values = list(sizes)
    else:
        asked = ", ".join(one.name for one in needed)
        raise DataError(
            f"{made.__name__}({asked}) cannot be made: its constructor may ask for nothing, for "
            "(inputs, hidden, outputs) or for a list of sizes, each with a learning rate or "
            f"without; make an object in {path.name} and choose it with --use NAME."
        )
    given = {
        one.name: rate if _word(one.name) in RATE else values[of_sizes.index(one)] for one in needed
    }
    keywords = {one.name for one in needed if one.kind is one.KEYWORD_ONLY}
    with running(path):
        instance = made(
            *(value for name, value in given.items() if name not in keywords),
            **{name: given[name] for name in keywords},
        )
    told = ", ".join(f"{name}={value}" for name, value in given.items())
    seeded = f"; random numbers have seed {SEED}"
    return instance, f"made your object as {made.__name__}({told}){seeded}"


def _word(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
