"""The server: its socket, its TLS, its end. An agency's certificate reaches the application."""

import asyncio
import signal
import socket
import ssl
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from intelbus.errors import ConfigurationError

FIRST_REQUEST = 10.0
"""Seconds within which a new connection must have sent the head of its first request."""
GRACE = 20
"""Seconds that requests under way have when the server is told to stop."""


class Protocol(H11Protocol):
    """Uvicorn's protocol, which also says whose certificate TLS has verified, and waits for nobody
    who opens a connection and says nothing.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a new connection."""
        super().connection_made(transport)
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        if certificate is not None:
            self.app_state = {**self.app_state, "client_certificate": certificate}
        self.loop.call_later(FIRST_REQUEST, self._give_up)

    def _give_up(self) -> None:
        first: object | None = self.cycle
        if first is None and not self.transport.is_closing():
            self.transport.close()


def tls_context(certificate: Path, key: Path, client_ca: Path | None) -> ssl.SSLContext:
    """Return the server's side of TLS 1.2 or later. With `client_ca`, a client may show a
    certificate, which must then be one of that authority's.

    Raises ConfigurationError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A session resumed without its handshake has no certificate to look at.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    try:
        context.load_cert_chain(certificate, key)
        if client_ca is not None:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"TLS cannot be set up: {error}",
            subject=", ".join(str(one) for one in (certificate, key, client_ca) if one),
            hint="PEM files are needed, and the key must be the certificate's",
        ) from error
    return context


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises ConfigurationError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen: {error.strerror or error}",
            subject=f"{host}:{port}",
            hint="choose another --port",
        ) from error
    # Its connections inherit this. An answer goes out as its head and its body, and the body would
    # wait until the head is acknowledged: 40 ms. Asyncio sees to it only where it made the socket.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def serve(app: FastAPI, listening: socket.socket, context: ssl.SSLContext | None) -> None:
    """Serve until SIGTERM or SIGINT: no new requests, those under way finished, then return."""
    options: dict[str, Any] = {}
    if context is not None:
        options["ssl_context_factory"] = lambda *_: context
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,  # it would hold what was asked, and so names
            server_header=False,
            # Addresses that a proxy states count only where the proxy is this machine's own.
            proxy_headers=context is None,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=GRACE,
            h11_max_incomplete_event_size=16 * 1024,
            **options,
        )
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    # Uvicorn raises the signal again when it has stopped; then this is what it reaches.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    host, port = listening.getsockname()[:2]
    scheme = "http" if context is None else "https"
    structlog.get_logger().info("serving", url=f"{scheme}://{host}:{port}")
    server.run(sockets=[listening])
    if not server.started:
        raise ConfigurationError("the interface could not start", hint="the log above says why")
