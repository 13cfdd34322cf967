"""What reads LaTeX: TeX itself, KaTeX in strict mode, pandoc. Each skips where it is missing."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import IN_CI

KATEX = Path(__file__).parents[1] / "view" / "node_modules" / "katex" / "dist" / "katex.js"

RUN = """
const katex = require(process.argv[1]);
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const problems = texts.map((text) => {
  try {
    katex.renderToString(text, { displayMode: true, strict: "error", throwOnError: true });
    return null;
  } catch (error) {
    return String(error);
  }
});
process.stdout.write(JSON.stringify(problems));
"""


def compiled(document, folder):
    """Compile a document with pdflatex; return the errors it reports."""
    _needed("pdflatex", "texlive-latex-base")
    (folder / "steps.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-no-shell-escape", "steps.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    problems = re.findall(r"^! .*(?:\n.*){0,4}", done.stdout, re.MULTILINE)
    assert problems or (done.returncode == 0 and (folder / "steps.pdf").exists()), done.stdout
    return problems


def katex_problems(texts):
    """Return what KaTeX says of each text as displayed mathematics; None if it takes it."""
    if not (KATEX.exists() and shutil.which("node")) and not IN_CI:
        pytest.skip("KaTeX is not installed: cd view && npm ci")
    command = ["node", "-e", RUN, str(KATEX)]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def pandoc(text, *options):
    """Return what pandoc makes of a text; anything that it cannot read is an error."""
    _needed("pandoc", "pandoc")
    command = ["pandoc", "--fail-if-warnings", *options]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _needed(program, packages):
    if shutil.which(program) is None:
        assert not IN_CI, f"{program} is not installed"
        pytest.skip(f"{program} is not installed: apt-get install {packages}")
