"""A real HTTP server in the place of the SMS gateway."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

_BODY = b'{"success": true, "details": [{"messageid": "ref-1"}]}'


class Gateway:
    """An HTTP server in the gateway's place: keeps what it receives, answers what it is told to."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.authorization: list[str | None] = []
        self.answers: list[int] = []  # what to answer next; 200 when empty
        self.slow = threading.Event()  # set: hold every request until it is cleared
        self.half_way = threading.Event()  # likewise, after the head of the answer
        self.headers: dict[str, str] = {}  # of the answer, before what it would say itself
        self.body = _BODY
        handler = type("Handler", (_GatewayHandler,), {"gateway": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/sms"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def forget(self) -> None:
        """Be as at first."""
        for event in (self.slow, self.half_way):
            event.clear()
        for kept in (self.received, self.authorization, self.answers, self.headers):
            kept.clear()
        self.body = _BODY

    def close(self) -> None:
        self.forget()
        self._server.shutdown()
        self._server.server_close()


class _GatewayHandler(BaseHTTPRequestHandler):
    gateway: Gateway

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["content-length"])).decode()
        self.gateway.authorization.append(self.headers["authorization"])
        status = self.gateway.answers.pop(0) if self.gateway.answers else 200
        self.gateway.received.append({key: value[0] for key, value in parse_qs(form).items()})
        _wait_for_end_of(self.gateway.slow)
        body = self.gateway.body
        try:
            self.send_response(status)
            for header in ({"content-length": str(len(body))} | self.gateway.headers).items():
                self.send_header(*header)
            self.end_headers()
            _wait_for_end_of(self.gateway.half_way)
            self.wfile.write(body)
        except OSError:
            pass  # the worker that asked is gone

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def _wait_for_end_of(event: threading.Event) -> None:
    while event.is_set():
        time.sleep(0.05)
