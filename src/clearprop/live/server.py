"""The page served on this machine only, at an address that nobody can guess.

Pages of other origins can send requests to 127.0.0.1, and a name of theirs can lead there. So a
request needs the token in its path, a Host header that is this server's own, and no Origin but its
own; a command needs that Origin, and a type of content that other origins may not send.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from clearprop.live.commands import CommandError
from clearprop.live.record import json_object

LOCAL = "127.0.0.1"
MOST_BYTES = 64 * 1024
"""Of a request's body."""

POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Site:
    """What is served: the page, its data, the steps that were opened, and where commands go.

    Parameters
    ----------
    html : function
        Returns the page.
    document : function
        Returns the data, of each record without the lines that the page has already.
    step : function
        Returns the page of an opened step by its key; None for an unknown one.
    obey : function
        Takes a command as a page sent it; raises `CommandError`.
    """

    def __init__(
        self,
        html: Callable[[], str],
        document: Callable[[dict[str, int]], str],
        step: Callable[[str], str | None],
        obey: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self.html, self.document, self.step, self.obey = html, document, step, obey


class LiveServer:
    """Serves a site in a thread that ends with the process.

    Parameters
    ----------
    site : Site
        What is served.
    port : int
        Where; 0 for any free port.
    token : str
        The secret part of the address; a new one unless given.

    Raises
    ------
    OSError
        If the port is taken.
    """

    def __init__(self, site: Site, port: int = 0, token: str = "") -> None:
        self.token = token or secrets.token_urlsafe(24)
        handler = type("Handler", (_Handler,), {"site": site, "token": self.token})
        self._http = _Server((LOCAL, port), handler)
        self.port = int(self._http.server_address[1])
        self.address = f"http://{LOCAL}:{self.port}/{self.token}/"
        serve = threading.Thread(
            target=self._http.serve_forever, name="clearprop live page", daemon=True
        )
        serve.start()

    def close(self) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 16

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that break off."""


class _Handler(BaseHTTPRequestHandler):
    site: Site
    token: str
    timeout = 10
    server_version, sys_version = "clearprop", ""
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Send small answers at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        """Answer with the page, its data, or an opened step."""
        parts = self._allowed(needs_origin=False)
        if parts is None:
            return
        if parts == [""]:
            self._answer(HTTPStatus.OK, "text/html", self.site.html(), policy="")
        elif parts == ["data"]:
            self._answer(HTTPStatus.OK, "application/json", self.site.document({}))
        elif len(parts) == 2 and parts[0] == "step":
            text = self.site.step(parts[1])
            if text is None:
                self._refuse(HTTPStatus.NOT_FOUND, "this step is not kept any more: open it again")
            else:
                self._answer(HTTPStatus.OK, "text/html", text, policy="")
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")

    def do_POST(self) -> None:
        """Take a command, or a page's account of what it has, which is answered with the rest."""
        # All of it is read before the answer: a connection with something unread breaks off.
        text = self._text()
        parts = self._allowed(needs_origin=True)
        if parts is None:
            return
        body = self._body(text)
        if body is None:
            return
        if parts == ["data"]:
            known = {
                file: lines for file, lines in body.get("known", {}).items() if type(lines) is int
            }
            self._answer(HTTPStatus.OK, "application/json", self.site.document(known))
        elif parts == ["command"]:
            try:
                self.site.obey(body)
            except CommandError as error:
                self._refuse(HTTPStatus.CONFLICT, str(error))
            else:
                self._answer(HTTPStatus.OK, "application/json", '{"taken": true}')
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")

    def _allowed(self, needs_origin: bool) -> list[str] | None:
        """Return the parts of the path after the token; answer and return None if refused."""
        hosts = self.headers.get_all("Host", [])
        port = self.connection.getsockname()[1]
        if len(hosts) != 1 or hosts[0] not in (f"{LOCAL}:{port}", f"localhost:{port}"):
            self._refuse(HTTPStatus.FORBIDDEN, "this is not the host that was asked for")
            return None
        origins = self.headers.get_all("Origin", [])
        site = self.headers.get("Sec-Fetch-Site", "same-origin")
        is_navigation = self.headers.get("Sec-Fetch-Mode") == "navigate" and not needs_origin
        if (
            (needs_origin and not origins)
            or any(origin != f"http://{hosts[0]}" for origin in origins)
            or (site not in ("same-origin", "none") and not is_navigation)
        ):
            self._refuse(HTTPStatus.FORBIDDEN, "pages of other origins may not ask this")
            return None
        _, given, *parts = self.path.partition("?")[0].split("/")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode("ascii")):
            self._refuse(HTTPStatus.NOT_FOUND, "there is nothing here")
            return None
        return parts or ["nothing"]

    def _text(self) -> bytes | None:
        """Return the body of the request; None for one of unknown length, or too long."""
        length = self.headers.get("Content-Length", "")
        known = length.isascii() and length.isdecimal() and len(length) < 10
        return self.rfile.read(int(length)) if known and int(length) <= MOST_BYTES else None

    def _body(self, text: bytes | None) -> dict[str, Any] | None:
        if text is None or self.headers.get_content_type() != "application/json":
            why = f"a command is JSON of a known length, at most {MOST_BYTES} bytes"
            self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, why)
            return None
        body = json_object(text)
        if body is None:
            self._refuse(HTTPStatus.BAD_REQUEST, "that is no JSON object")
        return body

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self.close_connection = True
        self._answer(status, "application/json", json.dumps({"error": why}))

    def _answer(self, status: HTTPStatus, kind: str, text: str, policy: str = POLICY) -> None:
        body = text.encode("utf-8")
        self.send_response(status)
        for name, value in {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            # A page has a policy of its own in it, to which this adds that nobody may frame it.
            "Content-Security-Policy": policy or "frame-ancestors 'none'",
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing: standard error is the training's."""
