"""`/metrics`, `/healthz` and `/readyz` of a program, on one port."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from intelbus.errors import ConfigurationError


def serve(port: int, *, ready: Callable[[], bool] = lambda: True, host: str = "") -> int:
    """Serve in a thread of its own and return the port. Raises ConfigurationError if it is taken.

    `/healthz` answers while the process lives; `/readyz` answers 503 until `ready()`.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, generate_latest(), CONTENT_TYPE_LATEST)
            elif self.path == "/healthz":
                self._answer(200, b"ok\n")
            elif self.path == "/readyz":
                self._answer(200, b"ready\n") if ready() else self._answer(503, b"not ready\n")
            else:
                self._answer(404, b"try /metrics, /healthz or /readyz\n")

        def _answer(self, status: int, body: bytes, kind: str = "text/plain") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: a scrape every few seconds is no news."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        raise ConfigurationError(
            f"the metrics port is taken: {error.strerror}",
            subject=str(port),
            hint="choose another with --metrics-port",
        ) from error
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return int(server.server_address[1])
