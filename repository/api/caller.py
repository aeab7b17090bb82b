"""Who sends a request: a session by bearer token or cookie, or an agency's certificate."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from repository.access.accounts import find_reader
from repository.access.reader import Reader, UnknownReaderError
from repository.api.backend import Backend, backend_of
from repository.authentication.certificates import reader_of, subject_of
from repository.authentication.errors import ForgedRequestError, UnauthenticatedError
from repository.authentication.sessions import find_session, is_form_token
from repository.database import Connection

COOKIE = "__Host-intelbus"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_PURPOSE = 200

bearer = HTTPBearer(auto_error=False, description="The token of POST /v1/sessions.")
cookie = APIKeyCookie(
    name=COOKIE,
    auto_error=False,
    description="A browser's session; what changes something also needs Intelbus-Form-Token.",
)
Purpose = Annotated[
    str,
    Header(
        alias="Intelbus-Purpose",
        max_length=LONGEST_PURPOSE,
        description="A case reference: why you read. It goes before the session's own.",
    ),
]
FormToken = Annotated[str, Header(alias="Intelbus-Form-Token", max_length=LONGEST_PURPOSE)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and why. `token` is the session's; None with a certificate."""

    reader: Reader
    purpose: str
    credential: str
    token: str | None
    expires_at: datetime | None


def caller_of(
    request: Request,
    backend: Annotated[Backend, Depends(backend_of)],
    authorization: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    session: Annotated[str | None, Depends(cookie)],
    purpose: Purpose = "",
    shown: FormToken = "",
) -> Caller:
    """Return the caller, of whom the first of token, cookie and certificate counts.

    Raises UnauthenticatedError, ForgedRequestError, TooManyRequestsError.
    """
    if authorization is not None:
        found = _by_session(backend, authorization.credentials, purpose)
    elif session is not None:
        if request.method not in SAFE and not is_form_token(session, shown):
            raise ForgedRequestError(
                hint="send Intelbus-Form-Token, which logging in returned as form_token"
            )
        found = _by_session(backend, session, purpose)
    else:
        found = _by_certificate(backend, certificate_of(request), purpose)
    backend.limits.take(backend.limits.reader, found.reader.name)
    return found


def certificate_of(request: Request) -> bytes | None:
    """Return the client certificate that TLS has verified, DER, if the caller showed one."""
    der: bytes | None = getattr(request.state, "client_certificate", None)
    return der


def _by_session(backend: Backend, token: str, purpose: str) -> Caller:
    with backend.pool.connection() as connection:
        found = find_session(connection, token, datetime.now(UTC))
        reader = _active(connection, found.reader)
    why = purpose.strip() or found.purpose
    return Caller(reader, why, found.credential, token, found.expires_at)


def _by_certificate(backend: Backend, der: bytes | None, purpose: str) -> Caller:
    if der is None:
        raise UnauthenticatedError(hint="log in: POST /v1/sessions")
    subject = subject_of(der)
    with backend.pool.connection() as connection:
        reader = _active(connection, reader_of(connection, subject))
    return Caller(reader, purpose.strip(), f"certificate {subject}", None, None)


def _active(connection: Connection, name: str) -> Reader:
    try:
        return find_reader(connection, name)
    except UnknownReaderError as error:
        raise UnauthenticatedError(
            "this credential's reader may read no more", hint="ask the centre"
        ) from error


Called = Annotated[Caller, Depends(caller_of)]
Served = Annotated[Backend, Depends(backend_of)]
