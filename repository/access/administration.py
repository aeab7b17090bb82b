"""What is done at the centre's machine itself, by no reader: on record as its user's.

Whoever tends the store (quarantine, streams, accounts, retention, erasure) works as its owner and
sees what is behind every policy, so there is no reader whose rights could bind them. Their acts and
looks are in the audit all the same, shown to those alone who may see everything.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from repository.access.audit import record
from repository.access.session import operator, outcome_of


@contextmanager
def administered(
    connection: psycopg.Connection[Any], operation: str, asked: Mapping[str, Any], purpose: str
) -> Iterator[list[str]]:
    """Put what is done inside on record, before its answer is shown: yield a list for the ids in
    it. What fails is on record too. `operation` is one of `repository.access.audit.OPERATIONS`.
    """
    ids: list[str] = []
    try:
        yield ids
    except Exception as error:
        record(connection, operator(purpose), operation, asked, outcome=outcome_of(error))
        raise
    record(connection, operator(purpose), operation, asked, ids=ids)
