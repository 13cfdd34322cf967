"""The record: whole lines only, whatever ends the process; what others write is read with care."""

import errno
import json

import pytest

from clearprop.live import record
from clearprop.live.folder import Folder, thinned
from clearprop.live.record import (
    RecordWriter,
    Tail,
    changes_lost,
    epochs_in,
    record_path,
)

HEAD = {"kind": "head", "name": "run"}


def epoch(number, **more):
    return {"kind": "epoch", "epoch": number, **more}


def test_lines_are_added_and_read_as_they_come(tmp_path):
    path = tmp_path / "live-run.jsonl"
    writer, tail = RecordWriter(path), Tail(path)
    tail.update()
    assert tail.lines == []
    for number in range(1, 4):
        writer.write([epoch(number, loss=0.5)])
        tail.update()
        assert [line["epoch"] for line in tail.lines] == list(range(1, number + 1))
    assert path.read_bytes().count(b"\n") == 3


@pytest.mark.parametrize("left", range(1, 30, 4))
def test_a_torn_line_is_taken_away_and_the_others_stay(tmp_path, left):
    path = tmp_path / "live-run.jsonl"
    RecordWriter(path).write([epoch(1), epoch(2)])
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"kind": "epoch", "epoch": 3, "loss": 0.25}'[:left])
    tail = Tail(path)
    tail.update()
    assert len(tail.lines) == 2
    RecordWriter(path).write([epoch(3)])
    assert path.read_bytes().startswith(whole)
    tail = Tail(path)
    tail.update()
    assert [line["epoch"] for line in tail.lines] == [1, 2, 3]


def test_what_is_no_line_is_left_out(tmp_path):
    path = tmp_path / "live-run.jsonl"
    bad = [b"", b"[]", b"{", b'{"kind": 3}', b'{"no": 1}', b'{"kind": "epoch", "loss": NaN}',
           b"\xff\xfe", b"[" * 5000]  # fmt: skip
    path.write_bytes(b"\n".join([*bad, json.dumps(HEAD).encode()]) + b"\n")
    tail = Tail(path)
    tail.update()
    assert tail.lines == [HEAD]


def test_a_file_that_became_shorter_is_read_anew(tmp_path):
    path = tmp_path / "live-run.jsonl"
    RecordWriter(path).write([HEAD, epoch(1), epoch(2)])
    tail = Tail(path)
    tail.update()
    path.unlink()
    RecordWriter(path).write([HEAD])
    tail.update()
    assert tail.lines == [HEAD]


def test_numbers_that_are_not_finite_are_words(tmp_path):
    path = tmp_path / "live-run.jsonl"
    RecordWriter(path).write([epoch(1, loss=float("nan"), metrics={"a": float("inf")})])
    line = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert (line["loss"], line["metrics"]["a"]) == ("NaN", "Infinity")


@pytest.mark.parametrize("name", ["../../x", "a/b", "", "..", "\x00", "<b>", "ü" * 300, "con\n"])
def test_any_name_becomes_a_file_beside_the_page(tmp_path, name):
    path = record_path(tmp_path / "live.html", name)
    assert path.parent == tmp_path
    assert path.name.startswith("live-")
    assert len(path.name) < 120
    RecordWriter(path).write([HEAD])


def test_a_resumption_takes_later_epochs_back():
    lines = [epoch(1), epoch(2), epoch(3), {"kind": "resume", "epochs": 1}, epoch(2, loss=7)]
    assert epochs_in(lines) == {1: epoch(1), 2: epoch(2, loss=7)}


def test_changes_that_a_checkpoint_lacks_are_found():
    lines = [
        {"kind": "command", "do": "rate", "after": 2, "factor": 0.5},
        {"kind": "command", "do": "rate", "after": 6, "factor": 0.1},
        {"kind": "command", "do": "rate", "after": 7, "refused": "no"},
        {"kind": "command", "do": "pause", "after": 8},
    ]
    assert changes_lost(lines, {3: 0.5}) == [6]
    assert changes_lost(lines, {3: 0.5, 7: 0.1}) == []


def test_few_epochs_are_all_there_and_many_are_thinned():
    lines = [
        HEAD,
        *(epoch(k, best=17, **({"vitals": {}} if k % 50 == 1 else {})) for k in range(1, 901)),
    ]
    assert thinned(lines, range(500)) == list(range(500))
    kept = thinned(lines, range(901), most=100, measured=5)
    numbers = {lines[place].get("epoch") for place in kept}
    assert {None, 17, 900, 851} <= numbers
    assert 95 <= len(kept) <= 108


def test_a_page_gets_what_it_lacks(tmp_path):
    page, path = tmp_path / "live.html", tmp_path / "live-run.jsonl"
    writer, folder = RecordWriter(path), Folder(page)

    def got(known):
        return json.loads(folder.document(True, known))["runs"]

    writer.write([HEAD, epoch(1)])
    first = got({})
    assert first == [
        {"file": path.name, "anew": True, "known": 2, "lines": [HEAD, epoch(1)]},
    ]
    writer.write([epoch(2)])
    assert got({path.name: 2})[0] == {
        "file": path.name, "anew": False, "known": 3, "lines": [epoch(2)],
    }  # fmt: skip
    writer.write([HEAD, epoch(1)])  # another training in the same file
    assert got({path.name: 3})[0] == {
        "file": path.name, "anew": True, "known": 5, "lines": [HEAD, epoch(1)],
    }  # fmt: skip
    assert got({path.name: 99})[0]["anew"]
    (tmp_path / "other-run.jsonl").write_text(json.dumps(HEAD) + "\n")
    assert len(got({})) == 1


def test_lines_that_had_no_room_are_written_with_the_next(tmp_path, monkeypatch):
    """A disk that takes a part of the second line, and has room again at the third."""
    path, write_all = tmp_path / "live-a.jsonl", record._write_all

    def full(file, data):
        file.write(data[:9])
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = RecordWriter(path)
    writer.write([{"kind": "head"}])
    monkeypatch.setattr(record, "_write_all", full)
    with pytest.raises(OSError, match="No space"):
        writer.write([{"kind": "epoch", "epoch": 1}])
    assert path.read_text() == '{"kind":"head"}\n'
    monkeypatch.setattr(record, "_write_all", write_all)
    writer.write([{"kind": "epoch", "epoch": 2}])
    assert [json.loads(line).get("epoch") for line in path.read_text().splitlines()] == [None, 1, 2]


def test_of_the_lines_on_health_the_last_counts():
    """They would be as many as epochs where a training changes its mind each time."""
    lines = [HEAD]
    for number in range(1, 6):
        lines += [epoch(number), {"kind": "health", "after": number, "findings": []}]
    assert thinned(lines, range(len(lines))) == [0, 1, 3, 5, 7, 9, 10]
