"""A real HTTP server in the place of the SMS gateway."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class Gateway:
    """An HTTP server in the gateway's place: keeps what it receives, answers what it is told to."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.authorization: list[str | None] = []
        self.answers: list[int] = []  # what to answer next; 200 when empty
        self.slow = threading.Event()  # set: hold every request until it is cleared
        self.body = b'{"success": true, "details": [{"messageid": "ref-1"}]}'
        handler = type("Handler", (_GatewayHandler,), {"gateway": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/sms"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.slow.clear()
        self._server.shutdown()
        self._server.server_close()


class _GatewayHandler(BaseHTTPRequestHandler):
    gateway: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.gateway.authorization.append(self.headers["authorization"])
        status = self.gateway.answers.pop(0) if self.gateway.answers else 200
        self.gateway.received.append({key: value[0] for key, value in parse_qs(body).items()})
        while self.gateway.slow.is_set():
            time.sleep(0.05)
        try:
            self.send_response(status)
            self.send_header("content-length", str(len(self.gateway.body)))
            self.end_headers()
            self.wfile.write(self.gateway.body)
        except OSError:
            pass  # the worker that asked is gone

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""
