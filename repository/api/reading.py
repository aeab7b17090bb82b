"""How every endpoint reads: in the caller's session, audited before it is answered."""

from typing import Annotated

from fastapi import Depends

from repository.access.session import Session
from repository.api.caller import Called, Served


def session_of(caller: Called, backend: Served) -> Session:
    """Return the session of whoever asks. Raises NoPurposeError without a purpose."""
    return Session(
        backend.pool.connection, caller.reader, caller.purpose, credential=caller.credential
    )


Reading = Annotated[Session, Depends(session_of)]
