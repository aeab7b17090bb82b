"""What every request is held to: size, time, rate by address; and what every answer says."""

import asyncio
from http import HTTPStatus
from time import perf_counter

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from repository.api.limits import TooManyRequestsError
from repository.api.problems import problem, problem_of

LARGEST = 64 * 1024
"""Bytes of a request's body: the interface takes questions, not files."""
SLOWEST = 10.0
"""Seconds within which a body must have arrived."""

# A strict policy for whatever a browser may take an answer for.
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
SECURE = (b"strict-transport-security", b"max-age=31536000")
UNKEPT = (b"cache-control", b"no-store")

log = structlog.get_logger()


class Bounds:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request within the bounds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 0
        extra = HEADERS if scope["scheme"] != "https" else (*HEADERS, SECURE)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message["headers"])
                if not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append(UNKEPT)
                message = {**message, "headers": [*headers, *extra]}
            await send(message)

        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            refused = problem(HTTPStatus.BAD_REQUEST, "no text has a NUL in it: ask without it")
            await refused(scope, receive, sending)
            return
        backend = getattr(scope["app"].state, "backend", None) if "app" in scope else None
        try:
            if backend is not None and scope.get("client"):
                backend.limits.take(backend.limits.address, scope["client"][0])
        except TooManyRequestsError as error:
            await problem_of(error)(scope, receive, sending)
        else:
            await self._app(scope, _Measured(scope, receive), sending)
        # The route's form, never what was asked: a query holds names.
        route = getattr(scope.get("route"), "path", "unknown")
        seconds = round(perf_counter() - started, 4)
        log.info("request", method=scope["method"], route=route, status=status, seconds=seconds)


class _Measured:
    """A request's body, refused when it is too large (413) or comes too slowly (408)."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._left = LARGEST
        self._until: float | None = None
        self._whole = False
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        self._too_large = declared.isdigit() and int(declared) > LARGEST

    async def __call__(self) -> Message:
        if self._too_large:
            raise HTTPException(413, f"a request's body has at most {LARGEST} bytes")
        if self._whole:  # from here on this only waits for the caller to go away
            return await self._receive()
        now = asyncio.get_running_loop().time()
        self._until = self._until or now + SLOWEST
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "the body did not arrive in time") from None
        self._left -= len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._left < 0:
            self._too_large = True
            raise HTTPException(413, f"a request's body has at most {LARGEST} bytes")
        return message
