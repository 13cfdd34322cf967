"""Functions of the pages' program, `view/src`, called in Node: no browser, no page."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import IN_CI

VIEW = Path(__file__).parents[1] / "view"
ESBUILD = VIEW / "node_modules" / ".bin" / "esbuild"

RUN = """
const program = { ...require(process.argv[1]), keys: (name) => Object.keys(at(name)) };
const at = (name) => name.split(".").reduce((from, part) => from[part], program);
const { name, calls } = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(calls.map((args) => at(name)(...args))));
"""


RUN_SCRIPT = """
const program = require(process.argv[1]);
const data = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify((%s)(program, data)));
"""


class Program:
    """Modules of `view/src`, bundled once: {"words": "report/words"} gives `words.duration`."""

    def __init__(self, folder, modules):
        if not (ESBUILD.exists() and shutil.which("node")) and not IN_CI:
            pytest.skip("esbuild is not installed: cd view && npm ci")
        self.path = folder / "program.cjs"
        entry = "".join(f'export * as {name} from "./{at}";\n' for name, at in modules.items())
        options = ["--bundle", "--format=cjs", "--platform=node", f"--outfile={self.path}"]
        self._run([ESBUILD, *options, "--log-level=error"], entry, VIEW / "src")

    def call(self, name, *calls):
        """Return what a function gives for each tuple of arguments."""
        asked = json.dumps({"name": name, "calls": calls})
        return json.loads(self._run(["node", "-e", RUN, self.path], asked))

    def run(self, script, data):
        """Return what a function of JavaScript gives for the modules and some data."""
        return json.loads(
            self._run(["node", "-e", RUN_SCRIPT % script, self.path], json.dumps(data))
        )

    def _run(self, command, text, folder=None):
        done = subprocess.run(command, input=text, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout
