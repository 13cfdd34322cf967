"""What is built is whole: the schemas, the long description, what the README links to."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"!?\[([^\]]*)\]\(([^)]*)\)")


def long_description():
    text = README
    hook = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    for each in hook["substitutions"]:
        text = re.sub(each["pattern"], each["replacement"], text)
    return text


def test_every_schema_is_in_the_wheel():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    schemas = [f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.schema.json"))]
    assert len(schemas) >= 2
    assert wheel["force-include"] == {
        path: path.replace("docs/", "clearprop/schemas/") for path in schemas
    }


def test_what_the_readme_links_to_is_there():
    targets = [target for _, target in LINK.findall(README) if "://" not in target]
    assert len(targets) > 10
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_what_the_readme_names_as_tests_is_there():
    named = re.findall(r"`(tests/[^`]*)`", README)
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_long_description_has_no_link_that_breaks_outside_the_repository():
    text = long_description()
    assert [target for _, target in LINK.findall(text) if "://" not in target] == []
    # Pictures go; of every link the text stays.
    for label, target in re.findall(r"(?<!!)\[([^\]]*)\]\(([^)]*)\)", README):
        assert label in text, target
    assert text.startswith("# clearprop\n")
    assert "](" not in text


def test_all_is_every_extra_that_a_user_may_want_but_jax():
    extras = PROJECT["project"]["optional-dependencies"]
    users = {"cli", "jax", "notebook", "onnx", "plot", "stream", "sympy"}
    ours = {"all", "test", "fuzz", "lint", "bench", "docs", "doors"}
    assert set(extras) - ours == users
    # JAX is large, and only training beyond one processor needs it.
    assert extras["all"] == [f"clearprop[{','.join(sorted(users - {'jax'}))}]"]


def test_an_old_python_is_told_so_and_not_of_a_package_it_cannot_have():
    """The pip that comes with Python 3.10 looks for scikit-learn 1.9 first, if it is asked for."""
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    (asked,) = [one for one in PROJECT["project"]["dependencies"] if "scikit-learn" in one]
    assert asked.endswith("; python_version >= '3.11'")


@pytest.mark.parametrize("extra", ["plot", "notebook"])
def test_what_draws_movies_is_asked_for_itself(extra):
    """Pillow comes with matplotlib today, but `movie.py` imports it."""
    wanted = PROJECT["project"]["optional-dependencies"][extra]
    assert {"matplotlib", "pillow"} <= {one.partition(">")[0] for one in wanted}


WORKFLOWS = sorted((ROOT / ".github").rglob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_file_for_the_host_can_be_read(path):
    yaml = pytest.importorskip("yaml")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    if path.parent.name == "workflows":
        assert found["permissions"] == {"contents": "read"}
        assert all("runs-on" in job for job in found["jobs"].values())


def test_what_workflows_call_is_there():
    text = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"run: make ([\w-]+)", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for path in re.findall(r"[\s\"](\.ci/\w+|(?:tests|src)/[\w/]+\.py)", text):
        assert (ROOT / path).exists(), path
    extras = PROJECT["project"]["optional-dependencies"]
    assert set(re.findall(r"\.\[(\w+)\]", text)) <= set(extras)


def test_a_version_is_the_same_everywhere():
    version = re.search(
        r'__version__ = "(.*)"', (ROOT / "src/clearprop/version.py").read_text(encoding="utf-8")
    )[1]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE)[1] == version


def test_every_python_of_the_classifiers_is_tested():
    classifiers = " ".join(PROJECT["project"]["classifiers"])
    named = set(re.findall(r"Python :: (3\.\d+)", classifiers))
    tests = (ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    assert named <= set(re.findall(r'"(3\.\d+)"', tests))


def requirement(text):
    """Return the name and the bounds of a requirement, written as pip or as conda writes it."""
    name, bounds = re.match(r"([\w-]+)\s*([^;]*)", text).groups()
    return name.removesuffix("-base"), frozenset(bounds.strip().split(",")) - {""}


def test_the_conda_recipe_asks_for_what_the_package_asks_for():
    yaml = pytest.importorskip("yaml")
    recipe = yaml.safe_load((ROOT / "conda" / "recipe.yaml").read_text(encoding="utf-8"))
    project, asked = PROJECT["project"], recipe["requirements"]
    extras = project["optional-dependencies"]
    wanted = {requirement(one) for one in (*project["dependencies"], *extras["cli"])}
    assert {requirement(one) for one in asked["run"]} == wanted | {
        ("python", frozenset({project["requires-python"]}))
    }
    others = {requirement(one) for name in ("notebook", "plot", "sympy", "onnx", "stream", "jax")
              for one in extras[name]}  # fmt: skip
    assert {requirement(one) for one in asked["run_constraints"]} == others - wanted
    hosts = {requirement(one) for one in asked["host"]} - {("pip", frozenset())}
    assert hosts - {("python", frozenset({"3.11.*"}))} == {
        requirement(one) for one in PROJECT["build-system"]["requires"]
    }
    version = re.search(
        r'__version__ = "(.*)"', (ROOT / "src/clearprop/version.py").read_text(encoding="utf-8")
    )[1]
    assert recipe["context"]["version"] == version
