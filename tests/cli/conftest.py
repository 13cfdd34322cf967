"""The program in this process, in an empty folder; and tables to give it."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from clearprop.cli.app import app

REAL_DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in an empty folder, with no wish of the user's own in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("CLEARPROP_DEBUG", "FORCE_COLOR", "COLUMNS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run():
    """Run a command and return its exit code, what it printed, and its JSON where it is some."""

    def run_command(*arguments):
        result = CliRunner().invoke(
            app,
            [str(argument) for argument in arguments],
            catch_exceptions=False,
            prog_name="clearprop",
        )
        told = json.loads(result.stdout) if "--json" in arguments and result.stdout else None
        return SimpleNamespace(
            code=result.exit_code, out=result.stdout, err=result.stderr, json=told
        )

    return run_command


@pytest.fixture(scope="session")
def real_data():
    """The folder of real data sets."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"real data sets are not beside the project: {REAL_DATA}")
    return REAL_DATA


def people(rows=120, seed=0):
    """Return a table of numbers, words and missing values, and whether each person is a member."""
    rng = np.random.default_rng(seed)
    age, job = rng.integers(18, 80, rows).astype(float), rng.choice(["baker", "clerk"], rows)
    member = np.where(age + 20 * (job == "clerk") > 55, "yes", "no")
    age[::11] = np.nan
    return pd.DataFrame({"age": age, "job": job, "town": "Ulm", "member": member})


@pytest.fixture
def table(folder):
    """A CSV file of people."""
    people().to_csv(folder / "people.csv", index=False)
    return "people.csv"


@pytest.fixture
def model(run, table):
    """A model of these people."""
    done = run("train", table, "--epochs", 40, "--quiet", "--no-check-gradients")
    assert done.code == 0, done.err
    return "people.clearprop"
