"""Every error of the interface as problem details (RFC 9457), and never a trace."""

from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from intelbus.errors import ConfigurationError, IntelbusError, RefusedError, UnavailableError

MEDIA_TYPE = "application/problem+json"
# One row a class of our errors; the first that fits counts.
STATUSES: tuple[tuple[type[IntelbusError], HTTPStatus], ...] = (
    (UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (RefusedError, HTTPStatus.FORBIDDEN),
    (ConfigurationError, HTTPStatus.INTERNAL_SERVER_ERROR),
    (IntelbusError, HTTPStatus.BAD_REQUEST),
)

log = structlog.get_logger()


def problem(
    status: HTTPStatus,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    """Return a problem: `title` is the status's own phrase, `detail` says what to do about it."""
    body = {"type": "about:blank", "title": status.phrase, "status": status.value}
    return JSONResponse(
        jsonable_encoder(body | {"detail": detail} | members),
        status.value,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Give the application its error handlers."""

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        return problem(status, str(error.detail), headers=dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # Without `input` and `ctx`: what was sent is not repeated, it may be about a person.
        errors = [
            {"pointer": "/".join(map(str, one["loc"])), "detail": one["msg"]}
            for one in error.errors()
        ]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "see `errors`", errors=errors)

    @app.exception_handler(IntelbusError)
    async def _ours(_: Request, error: IntelbusError) -> JSONResponse:
        status = next(status for kind, status in STATUSES if isinstance(error, kind))
        detail = error.message if not error.hint else f"{error.message}: {error.hint}"
        return problem(status, detail)

    @app.exception_handler(Exception)
    async def _bug(request: Request, error: Exception) -> JSONResponse:
        log.error("api_error", path=request.url.path, kind=type(error).__name__, exc_info=error)
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a bug: the log has the trace")
