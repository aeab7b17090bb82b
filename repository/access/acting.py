"""Acting on what is behind every policy: as an officer of the centre, in a reader's session."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from repository.access.officer import require_officer
from repository.access.reader import Reader
from repository.access.session import Session


@contextmanager
def acting(
    session: Session,
    operation: str,
    asked: Mapping[str, Any],
    *,
    require: Callable[[Reader], None] = require_officer,
) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection on which nothing is hidden, to whom `require` lets act.

    What is done puts itself on record, in its own transaction, as `session.who`; what is refused or
    fails is put on record here. Raises what `require` does: by default NoOfficerError.
    """
    try:
        require(session.reader)
        with session.connect() as connection:
            yield connection
    except Exception as error:
        session.fail(operation, asked, error)
        raise
