"""The pages for those who come from another package: their code runs where it is installed."""

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "site" / "coming"


@pytest.mark.parametrize(("page", "package"), [("pytorch", "torch"), ("keras", "keras")])
def test_the_code_of_a_page(page, package, capsys):
    from tests.doors.needs import needed

    needed(package)
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    assert "assert" in code
    exec(compile(code, f"{page}.md", "exec"), {})
    assert "∂E/∂W₂[0,1]" in capsys.readouterr().out
