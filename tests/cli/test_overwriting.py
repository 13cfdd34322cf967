"""No option that writes may name a file that the command reads, by whatever name."""

import itertools
import os
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import typer

from clearprop.cli.app import app
from clearprop.cli.overwriting import READ, WRITTEN, Command

COMMANDS = typer.main.get_command(app).commands
FUNCTIONS = dict(zip(COMMANDS, (each.callback for each in app.registered_commands), strict=True))
LINKS = {
    "the same name": lambda path: path,
    "another spelling": lambda path: Path("folder") / ".." / path,
    "from the root": lambda path: path.resolve(),
    "a symbolic link": lambda path: linked(os.symlink, path),
    "a hard link": lambda path: linked(os.link, path),
    "a link in a linked folder": lambda path: linked_folder(path),
}


def linked(link, path):
    link(path.name, f"other-{path.name}")
    return Path(f"other-{path.name}")


def linked_folder(path):
    Path("elsewhere").symlink_to(".", target_is_directory=True)
    return Path("elsewhere") / path.name


def kinds_of(command):
    """Return the parameters of a command that read a file, and those that write one."""
    names = [parameter.name for parameter in command.params]
    return [n for n in names if n in READ], [n for n in names if n in WRITTEN]


def pairs():
    """Return command, read parameter and written parameter, wherever there are both."""
    for name, command in COMMANDS.items():
        for read, written in itertools.product(*kinds_of(command)):
            yield pytest.param(name, read, written, id=f"{name} {read} {written}")


def arguments(command, given):
    """Return the command line that gives these parameters, and a file for every argument."""
    line = [command]
    for parameter in COMMANDS[command].params:
        value = given.get(parameter.name)
        if parameter.param_type_name == "argument":
            line.append(str(value or "another-file"))
        elif value is not None:
            line += [parameter.opts[0], str(value)]
    return line


@pytest.fixture
def files(folder):
    """Two files and an empty folder."""
    Path("folder").mkdir()
    Path("precious").write_text("what must not be lost")
    Path("another-file").write_text("another")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_parameter_that_is_a_path_is_known_to_be_read_or_written(name):
    """A new option has to be put into one of the two tables."""
    command = COMMANDS[name]
    assert isinstance(command, Command)
    types = get_type_hints(FUNCTIONS[name])
    for parameter in command.params:
        is_path = Path in (types[parameter.name], *get_args(types[parameter.name]))
        says_so = parameter.metavar in ("FILE", "MODEL", "SOURCE")
        writes = (parameter.help or "").lower().startswith(("write", "save", "where to save"))
        if is_path or says_so or writes:
            assert (parameter.name in READ) != (parameter.name in WRITTEN), parameter.name
        if parameter.name in WRITTEN:
            assert parameter.opts == [WRITTEN[parameter.name]]


def test_the_commands_that_write_are_found():
    written = {name: kinds_of(command)[1] for name, command in COMMANDS.items()}
    assert written == written | {
        "train": ["checkpoint", "out", "report", "live"], "predict": ["out"], "explain": ["html"],
        "surface": ["out"], "descend": ["out"], "worksheet": ["out", "key"], "learn": ["out"],
    }  # fmt: skip
    assert len(list(pairs())) >= 10


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(("command", "read", "written"), list(pairs()))
def test_a_file_that_is_read_is_not_written_over(run, files, command, read, written, link):
    before = Path("precious").read_text()
    target = LINKS[link](Path("precious"))
    done = run(*arguments(command, {read: "precious", written: target}))
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"clearprop: Invalid value for {WRITTEN[written]}: {target} is the file that this command "
        f"reads as {READ[read]}: name another. See clearprop {command} --help.\n"
    )
    assert Path("precious").read_text() == before


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("link", ["the same name", "another spelling", "a link in a linked folder"])
def test_two_outputs_are_not_written_to_one_file(run, table, folder, link, there):
    Path("folder").mkdir()
    if there:
        Path("page.html").write_text("a page")
    target = LINKS[link](Path("page.html"))
    done = run("train", table, "--out", "page.html", "--report", target)
    assert done.code == 2
    assert f"--report: {target} is also what --out writes: name another" in done.err
    assert not there or Path("page.html").read_text() == "a page"
    assert Path("page.html").exists() == there


def test_the_model_that_is_explained_is_not_replaced_by_a_page(run, model, table, folder):
    before = (folder / model).read_bytes()
    done = run("explain", model, table, "--html", model)
    assert done.code == 2
    assert (folder / model).read_bytes() == before


def test_a_model_that_no_option_names_is_guarded_too(run, table, folder):
    """Without --out the model takes the name of the table."""
    (folder / "people").write_bytes((folder / table).read_bytes())
    (folder / "people.clearprop").symlink_to("people")
    done = run("train", "people", "--epochs", 1)
    assert done.code == 2
    assert "--out: people.clearprop is the file that this command reads as SOURCE" in done.err


def test_the_name_of_an_embedded_data_set_is_no_file(run):
    assert run("train", "iris", "--epochs", 1, "--out", "iris", "--quiet").code == 0
