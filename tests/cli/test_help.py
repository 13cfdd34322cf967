"""Help texts are whole, every option has one, and shells can complete."""

import json
import subprocess
import sys

import pytest
import typer

from clearprop.cli.app import app
from clearprop.cli.descend import LANDSCAPES
from clearprop.descent import landscapes

COMMANDS = typer.main.get_command(app).commands


@pytest.mark.parametrize("columns", ["72", "80", "200"])
def test_the_list_of_commands_cuts_no_sentence(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    shown = run("--help").out.partition("Commands:")[2]
    assert "..." not in shown
    for name in COMMANDS:
        assert f"\n  {name} " in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is(name):
    for option in COMMANDS[name].params:
        words = (option.help or "").partition("[default")[0].strip()
        assert len(words) > 5, f"{name} {option.name}"
        assert words[0].isupper() or words.startswith(("island", "digits")), f"{name}: {words}"


def test_landscapes_are_named_as_they_are():
    assert tuple(landscapes.named) == LANDSCAPES


@pytest.mark.parametrize(
    ("words", "offered"), [("clearprop de", ["descend"]), ("clearprop descend bo", ["bowl"])]
)
def test_a_shell_can_complete(words, offered):
    """As bash asks: by environment variables, of the program itself."""
    done = subprocess.run(
        [sys.executable, "-m", "clearprop"],
        capture_output=True, text=True, check=False,
        env={"_CLEARPROP_COMPLETE": "complete_bash", "COMP_WORDS": words,
             "COMP_CWORD": str(words.count(" ")), "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.stdout.split() == offered, done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("descend", "island", "--json", "--depth", 3), 2, "No such option: --depth"),
        (("descend", "matterhorn", "--json"), 2, "there is no landscape 'matterhorn'"),
        (("predict", "no.clearprop", "digits", "--json"), 4, "cannot read the model no.clearprop"),
        (("train", "digitz", "--json"), 3, "there is no file 'digitz'"),
        (("trian", "--json"), 2, "No such command 'trian'"),
    ],
)
def test_with_json_an_error_is_an_object_on_stderr(run, arguments, code, told):
    done = run(*arguments)
    assert (done.code, done.out) == (code, "")
    found = json.loads(done.err)
    assert sorted(found) == ["error", "exit_code"]
    assert told in found["error"]
    assert found["exit_code"] == code
    assert done.err.count("\n") == 1


def test_without_json_an_error_is_a_sentence_even_after_one_with_it(run):
    run("descend", "matterhorn", "--json")
    assert run("descend", "matterhorn").err.startswith("clearprop: ")
    # After -- there are no options: this is a landscape's name.
    assert run("descend", "--", "--json").err.startswith("clearprop: ")


def test_with_json_a_warning_is_an_object_on_stderr(run, capsys):
    from clearprop.cli.errors import say_warning

    run("descend", "matterhorn", "--json")
    say_warning(UserWarning("one\n  two"))
    assert json.loads(capsys.readouterr().err) == {"warning": "one two"}
    run("descend", "matterhorn")
    say_warning("three")
    assert capsys.readouterr().err == "clearprop: three\n"


@pytest.mark.parametrize(
    ("command", "endings"),
    [
        (("surface", "m.clearprop", "digits"), ".png, .svg, .pdf, .html, .htm"),
        (("descend", "beale", "--race"), ".png, .svg, .pdf, .html, .htm"),
        (("descend", "beale"), ".png, .svg, .pdf, .gif, .webp, .html, .htm"),
    ],
)
def test_only_what_can_be_written_is_offered(run, command, endings):
    done = run(*command, "--out", "s.xyz")
    assert done.code == 2
    assert done.err.startswith(
        f"clearprop: Invalid value for --out: s.xyz must end in one of {endings}. See"
    )
