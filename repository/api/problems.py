"""Every error of the interface as problem details (RFC 9457), and never a trace."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from traceback import extract_tb
from typing import Any

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from intelbus.errors import (
    ConfigurationError,
    ConflictError,
    IntelbusError,
    InvalidRequestError,
    RefusedError,
    UnavailableError,
)
from repository.access.looks import NoLookError
from repository.authentication.errors import (
    NoProviderError,
    TooManyAttemptsError,
    UnauthenticatedError,
)
from repository.exports.refusals import ExportRefusedError, NothingFitsError
from repository.exports.reviews import NoExportError
from repository.glass.book import NoRequestError
from repository.notices.queue import NoNoticeError
from repository.queries.entity import NoEntityError
from repository.queries.event import NoEventError
from repository.registry import NoRegistryError
from repository.retention.requests import NoErasureRequestError
from repository.review.decisions import NoDecisionError, NoRecordError
from repository.sanitising.rules import (
    NoSuchEventsError,
    NotSanitisedError,
    NotTheirsError,
    NotTiedError,
)
from repository.saved.searches import NoSearchError, TooWideError
from repository.statistics.operations import NoOperationError

MEDIA_TYPE = "application/problem+json"
# One row a class of our errors; the first that fits counts. What is hidden raises what is absent
# does, so both answer alike.
STATUSES: tuple[tuple[type[IntelbusError], HTTPStatus], ...] = (
    (UnauthenticatedError, HTTPStatus.UNAUTHORIZED),
    (TooManyAttemptsError, HTTPStatus.TOO_MANY_REQUESTS),
    (NoProviderError, HTTPStatus.NOT_FOUND),
    (NoEventError, HTTPStatus.NOT_FOUND),
    (NoEntityError, HTTPStatus.NOT_FOUND),
    (NoLookError, HTTPStatus.NOT_FOUND),
    (NoExportError, HTTPStatus.NOT_FOUND),
    (NoSearchError, HTTPStatus.NOT_FOUND),
    (NoRequestError, HTTPStatus.NOT_FOUND),
    (NoOperationError, HTTPStatus.NOT_FOUND),
    (NoRecordError, HTTPStatus.NOT_FOUND),
    (NoDecisionError, HTTPStatus.NOT_FOUND),
    (NoNoticeError, HTTPStatus.NOT_FOUND),
    (NoErasureRequestError, HTTPStatus.NOT_FOUND),
    (NotTiedError, HTTPStatus.NOT_FOUND),
    (NoSuchEventsError, HTTPStatus.NOT_FOUND),
    (NotTheirsError, HTTPStatus.FORBIDDEN),
    (NotSanitisedError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TooWideError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NothingFitsError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ExportRefusedError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (InvalidRequestError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ConflictError, HTTPStatus.CONFLICT),
    (UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (NoRegistryError, HTTPStatus.SERVICE_UNAVAILABLE),
    (RefusedError, HTTPStatus.FORBIDDEN),
    (ConfigurationError, HTTPStatus.INTERNAL_SERVER_ERROR),
    (IntelbusError, HTTPStatus.BAD_REQUEST),
)
RETRY = {"Retry-After": "5"}
# Errors advise whoever is at a terminal; here is the call that does what a command does.
CALLS: Mapping[str, str] = {
    "search": "GET /v1/search",
    "operation list": "GET /v1/operations",
    "event show": "GET /v1/events/{which}",
    "event sanitised": "DELETE /v1/events/{position}/sanitised",
    "entity show": "GET /v1/entities/{entity}",
    "entity history": "GET /v1/entities/{entity}/history",
    "review undo": "POST /v1/review/decisions/{decision}/undo",
    "notices list": "GET /v1/notices",
    "notices queue list": "GET /v1/notices/waiting",
    "notices show": "GET /v1/notices/{number}",
    "glass list": "GET /v1/glass",
    "searches list": "GET /v1/searches",
    "erasures requests": "GET /v1/erasures/requests",
    "retention due": "GET /v1/retention/due",
}
COMMAND = re.compile(r"`ukhtc ([a-z]+(?: [a-z]+)*)[^`]*`")
OPTIONS: Mapping[str, str] = {
    "--purpose, or INTELBUS_PURPOSE": "Intelbus-Purpose",
    "--outside": "`outside`",
    "--party": "`party`",
    "--recipient": "`recipient`",
}

log = structlog.get_logger()


class Fault(BaseModel):
    """One thing that is wrong with a request; what was sent is not repeated."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = None


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems that an operation may answer with, for its description.

    400, 422 and 503, which all may, are always among them.
    """
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({*statuses, 400, 422, 503})
    }


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


def problem_of(error: IntelbusError) -> JSONResponse:
    """Return the problem that one of our errors is."""
    status = next(status for kind, status in STATUSES if isinstance(error, kind))
    detail = error.message
    if error.hint:
        detail = f"{detail.removesuffix('.')}: {_called(error.hint)}"
    headers = None
    if isinstance(error, TooManyAttemptsError):
        headers = {"Retry-After": str(error.retry_after)}
    elif status is HTTPStatus.UNAUTHORIZED:
        headers = {"WWW-Authenticate": 'Bearer realm="intelbus"'}
    elif status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers = RETRY
    return problem(status, detail, headers=headers)


def _called(hint: str) -> str:
    """Return a hint for who calls, where it names a command that has a call."""
    for option, header in OPTIONS.items():
        hint = hint.replace(option, header)
    return COMMAND.sub(lambda one: f"`{CALLS[one[1]]}`" if one[1] in CALLS else one[0], hint)


def describe(document: dict[str, Any]) -> None:
    """Put what every operation shares into the interface's description."""
    components = document["components"]
    made = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"].update(made.pop("$defs"))
    components["schemas"]["Problem"] = made
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["securitySchemes"]["ClientCertificate"] = {
        "type": "mutualTLS",
        "description": "An agency's machine: the certificate's subject stands for a reader.",
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            # Else it is the function's name, which was never meant for who calls.
            said = " ".join(operation["description"].split("\n\n")[0].split())
            operation["summary"] = re.split(r"[.:;] ", said)[0].removesuffix(".")
            if operation.get("security"):
                operation["security"].append({"ClientCertificate": []})


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
        return problem_of(error)

    @app.exception_handler(psycopg.errors.QueryCanceled)
    async def _too_long(request: Request, _: psycopg.errors.QueryCanceled) -> JSONResponse:
        log.warning("too_long", route=getattr(request.scope.get("route"), "path", ""))
        detail = "the answer took too long: ask for less"
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=RETRY)

    @app.exception_handler(PoolTimeout)
    @app.exception_handler(psycopg.OperationalError)
    async def _database(_: Request, error: Exception) -> JSONResponse:
        log.warning("database", kind=type(error).__name__)
        detail = "the database does not answer: try again"
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=RETRY)

    @app.exception_handler(Exception)
    async def _bug(request: Request, error: Exception) -> JSONResponse:
        route = getattr(request.scope.get("route"), "path", "")
        # Where, and never what: the text of an error may hold what somebody wrote.
        frames = extract_tb(error.__traceback__)[-12:]
        trace = [f"{one.filename}:{one.lineno} {one.name}" for one in frames]
        log.error("api_error", route=route, kind=type(error).__name__, trace=trace)
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a bug: the log has the trace")
