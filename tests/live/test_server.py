"""The server answers its own page, and nobody else. Requests are written byte by byte here."""

import json
import socket
import stat

import pytest

import clearprop as cp

from .made import Asking, lines, train


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    with cp.LivePage(folder, serve=True, display=False) as served:
        train(served, epochs=2)
        yield served


def parts(page):
    """Return port and token of a served page."""
    port, token = page.address.removeprefix("http://127.0.0.1:").rstrip("/").split("/")
    return int(port), token


def asked(port, request, body=b""):
    """Return status, headers and body of the answer to a request of bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode() + body)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    start, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = start.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, body.decode()


def get(page, path, host=None, more=""):
    port, token = parts(page)
    host = f"127.0.0.1:{port}" if host is None else host
    path = path.replace("TOKEN", token)
    return asked(port, f"GET {path} HTTP/1.1\nHost: {host}\n{more}Connection: close\n\n")


def post(page, path, body, origin="OWN", kind="application/json", more=""):
    port, token = parts(page)
    own = f"http://127.0.0.1:{port}"
    origin = f"Origin: {own if origin == 'OWN' else origin}\n" if origin else ""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = (
        f"POST {path.replace('TOKEN', token)} HTTP/1.1\nHost: 127.0.0.1:{port}\n{origin}"
        f"Content-Type: {kind}\nContent-Length: {len(text)}\n{more}Connection: close\n\n"
    )
    return asked(port, request, text)


def test_the_page_is_served(page):
    status, headers, text = get(page, "/TOKEN/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "connect-src 'self'" in text
    assert "script-src 'sha256-" in text
    assert "unsafe" not in text[:2000]
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert (headers["X-Frame-Options"], headers["Cache-Control"]) == ("DENY", "no-store")
    assert "Access-Control-Allow-Origin" not in headers


def test_data_is_served_once(page):
    status, headers, text = post(page, "/TOKEN/data", {"known": {}})
    (run,) = json.loads(text)["runs"]
    assert (status, run["known"], len(run["lines"])) == (200, 4, 4)
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    _, _, text = post(page, "/TOKEN/data", {"known": {run["file"]: 3, "other": "x"}})
    assert [line["kind"] for line in json.loads(text)["runs"][0]["lines"]] == ["end"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:PORT", "127.0.0.1", "localhost", "[::1]:PORT",
             "127.0.0.1:1", "0.0.0.0:PORT", "", "127.0.0.1:PORT\nHost: evil.example"],
)  # fmt: skip
def test_another_host_is_refused(page, host):
    port, _ = parts(page)
    for path in ("/TOKEN/", "/TOKEN/data"):
        status, _, text = get(page, path, host.replace("PORT", str(port)))
        assert status == 403
        assert "main" not in text


def test_a_request_without_a_host_is_refused(page):
    port, token = parts(page)
    assert asked(port, f"GET /{token}/ HTTP/1.0\n\n")[0] == 403


@pytest.mark.parametrize(
    "path", ["/", "/data", "/WRONG/", "/TOKE/", "/TOKENx/", "/live.html",
             "/live-run.jsonl", "/../live.html", "/TOKEN", "/ü/", "/TOKEN/../TOKEN/",
             "/TOKEN/live.html", "/TOKEN/live-run.jsonl", "/TOKEN/step", "/TOKEN/step/",
             "/TOKEN/step/../data", "/TOKEN/step/0", "/TOKEN//", "/TOKEN/command",
             "/TOKEN/%2e%2e/"],
)  # fmt: skip
def test_nothing_else_is_there(page, path):
    status, _, text = get(page, path)
    assert status == 404
    assert set(json.loads(text)) == {"error"}


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1", ""]
)
def test_commands_of_another_origin_are_refused(page, origin):
    assert post(page, "/TOKEN/command", {"run": "", "do": "stop"}, origin)[0] == 403
    assert post(page, "/TOKEN/data", {}, origin)[0] == 403


def test_reading_from_another_site_is_refused_but_a_link_to_the_page_is_followed(page):
    elsewhere = "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: {}\n"
    assert get(page, "/TOKEN/data", more=elsewhere.format("no-cors"))[0] == 403
    assert get(page, "/TOKEN/", more=elsewhere.format("cors"))[0] == 403
    assert get(page, "/TOKEN/", more=elsewhere.format("navigate"))[0] == 200
    assert get(page, "/TOKEN/", more="Origin: http://evil.example\n")[0] == 403
    cross = elsewhere.format("navigate")
    assert post(page, "/TOKEN/command", {"run": "", "do": "stop"}, more=cross)[0] == 403


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"do=stop", "application/x-www-form-urlencoded", 415),
        (b'{"do": "stop"}', "text/plain", 415),
        (b"[1]", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{}, "kind": "x"', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 9000, "application/json", 400),
        (b'{"run": "", "do": "exec"}', "application/json", 409),
        (b'{"run": "", "do": "rate"}', "application/json", 409),
        (b'{"run": "", "do": "rate", "rate": 0}', "application/json", 409),
        (b'{"run": "", "do": "rate", "rate": "1"}', "application/json", 409),
        (b'{"run": "", "do": "rate", "rate": true}', "application/json", 409),
        (b'{"run": "", "do": "rate", "rate": 1e999}', "application/json", 409),
        (b'{"run": "", "do": ["pause"]}', "application/json", 409),
    ],
)
def test_what_is_no_command_is_refused(page, body, kind, status):
    assert post(page, "/TOKEN/command", body, kind=kind)[0] == status


@pytest.mark.parametrize("length", ["", "-1", "1e3", "+5", "\u0665", "70000", "9" * 5000])
def test_a_body_of_unknown_length_is_refused(page, length):
    port, token = parts(page)
    request = (
        f"POST /{token}/command HTTP/1.1\nHost: 127.0.0.1:{port}\n"
        f"Origin: http://127.0.0.1:{port}\nContent-Type: application/json\n"
        f"Content-Length: {length}\n\n"
    )
    assert asked(port, request)[0] == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT"])
def test_other_methods_are_refused(page, method):
    port, token = parts(page)
    request = f"{method} /{token}/ HTTP/1.1\nHost: 127.0.0.1:{port}\nConnection: close\n\n"
    assert asked(port, request)[0] == 501


def test_an_ended_run_takes_no_commands(page):
    status, _, text = post(page, "/TOKEN/command", {"run": "live-run.jsonl", "do": "pause"})
    assert status == 409
    assert json.loads(text) == {"error": "this run has ended, or is another process's"}


def test_only_this_machine_is_served(page):
    server = page._server._http
    assert server.server_address[0] == "127.0.0.1"


def test_too_many_commands_are_refused(tmp_path):
    from clearprop.live.commands import Command, CommandError, Mailbox

    mail = Mailbox()
    for _ in range(Mailbox.MOST):
        mail.put(Command("step"))
    with pytest.raises(CommandError, match="100 commands wait already"):
        mail.put(Command("step"))


def test_an_opened_step_is_served_until_others_take_its_place(tmp_path):
    with Asking(tmp_path, {1: [{"do": "step"}]}, serve=True) as page:
        train(page, epochs=1)
        (key,) = page._steps
        status, headers, text = get(page, f"/TOKEN/step/{key}")
    assert status == 200
    assert headers["X-Frame-Options"] == "DENY"
    assert "one training step" in text


def test_a_training_that_was_cut_off_is_served_at_the_same_address(tmp_path):
    class CutError(Exception):
        pass

    def die(report):
        raise CutError

    page = cp.LivePage(tmp_path, serve=True)
    kept = tmp_path / ".live.address"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    address, content = page.address, kept.read_bytes()
    page.close()
    assert not kept.exists()  # closed as it should be: the next one has another address
    kept.write_bytes(content)  # a killed process leaves it
    again = cp.LivePage(tmp_path, serve=True)
    assert again.address == address
    train(again, epochs=1)
    assert not kept.exists()
    again.close()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"port": 80, "token": "a"}', '{"port": 5000, "token": ""}',
                '{"port": "x", "token": 5}', '{"port": 99999999, "token": "' + "a" * 40 + '"}'],
)  # fmt: skip
def test_a_damaged_address_is_not_used(tmp_path, content):
    (tmp_path / ".live.address").write_text(content)
    with cp.LivePage(tmp_path, serve=True) as page:
        assert get(page, "/TOKEN/")[0] == 200
        assert len(parts(page)[1]) == 32


def test_two_pages_of_one_folder_have_two_addresses(tmp_path):
    with cp.LivePage(tmp_path, serve=True) as one, cp.LivePage(tmp_path, serve=True) as two:
        assert parts(one)[0] != parts(two)[0]
        assert get(two, "/TOKEN/")[0] == 200


def test_ctrl_c_ends_a_training_that_is_paused(tmp_path):
    import signal

    from .test_browser import training

    record = tmp_path / "live-run.jsonl"
    with training(tmp_path, "served") as (process, address):
        port, token = address.removeprefix("http://127.0.0.1:").rstrip("/").split("/")
        text = b'{"run": "", "do": "pause"}'
        request = (
            f"POST /{token}/command HTTP/1.1\nHost: 127.0.0.1:{port}\n"
            f"Origin: http://127.0.0.1:{port}\nContent-Type: application/json\n"
            f"Content-Length: {len(text)}\nConnection: close\n\n"
        )
        while asked(int(port), request, text)[0] != 200:  # it has not begun yet
            assert process.poll() is None
        while not record.exists() or b'"pause"' not in record.read_bytes():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    *_, last = lines(record)
    assert (last["kind"], last["reason"]) == ("end", "interrupted")
