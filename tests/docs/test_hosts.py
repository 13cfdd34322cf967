"""The commands of `docs/hosts.md` run as they stand there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop as cp
from tests.engines.jax.joined import environment, free_port

PAGE = Path(__file__).parents[2] / "docs" / "hosts.md"
BLOCKS = re.findall(r"^```bash\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
ADDRESS = re.compile(r"127\.0\.0\.1:\d+")


def said_by(block, folder):
    """Run the commands of a block in a shell, at a port that is free; return what they print."""
    commands = ADDRESS.sub(f"127.0.0.1:{free_port()}", block)
    program = f'set -e\nclearprop() {{ "{sys.executable}" -m clearprop "$@"; }}\n{commands}'
    done = subprocess.run(
        ["bash", "-c", program],
        cwd=folder, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_the_commands_of_the_page_run(tmp_path):
    pytest.importorskip("jax", reason="JAX is not installed: pip install clearprop[jax]")
    trains, of_a_folder, goes_on = BLOCKS
    assert "in 2 processes" in said_by(trains, tmp_path)
    assert cp.load(tmp_path / "two.clearprop").test["accuracy"] > 0.8
    assert len((tmp_path / "predicted.csv").read_text().splitlines()) == 179
    rows = [f"{n % 7},{n % 5},{'ab'[n % 7 > 3]}" for n in range(240)]
    (tmp_path / "rows").mkdir()
    for part in range(2):
        text = "\n".join(["first,second,kind", *rows[part * 120 : (part + 1) * 120]])
        (tmp_path / "rows" / f"{part}.csv").write_text(f"{text}\n")
    assert "saved rows.clearprop" in said_by(of_a_folder, tmp_path)
    assert "saved wine.clearprop" in said_by(goes_on, tmp_path)
