"""How every endpoint reads: in the caller's session, audited before it is answered."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError

from repository.access.session import Session
from repository.api.caller import Called, Served


def known_parameters(request: Request) -> None:
    """Refuse what the call's description does not have: a misspelt filter that was passed over
    would widen the answer. Raises RequestValidationError.
    """
    described = request.app.openapi()["paths"][request.scope["route"].path]
    parameters = described[request.method.lower()].get("parameters", ())
    known = {one["name"] for one in parameters if one["in"] == "query"}
    if unknown := sorted(set(request.query_params) - known):
        raise RequestValidationError(
            [{"loc": ("query", name), "msg": "there is no such parameter"} for name in unknown]
        )


def session_of(
    caller: Called, backend: Served, _: Annotated[None, Depends(known_parameters)]
) -> Session:
    """Return the session of whoever asks. Raises NoPurposeError without a purpose."""
    return Session(
        backend.pool.connection, caller.reader, caller.purpose, credential=caller.credential
    )


Reading = Annotated[Session, Depends(session_of)]
