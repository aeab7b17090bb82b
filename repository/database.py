"""Reaching PostgreSQL: engines, connections for ingest, and whether the schema is current."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.errors import UndefinedTable

from intelbus.errors import RefusedError, UnavailableError

if TYPE_CHECKING:
    from sqlalchemy import Engine

MIGRATIONS = Path(__file__).parent / "migrations"

Connection = psycopg.Connection[tuple[Any, ...]]

# A plan made while the tables were small would read them from end to end when they are not: the
# statements of ingest and of the stages are few and wide, so each is planned anew.
PLANNED_ANEW = "-c plan_cache_mode=force_custom_plan"
# Of readers there are many: each is answered by one processor, and waits for no compiler.
FOR_READERS = f"{PLANNED_ANEW} -c max_parallel_workers_per_gather=0 -c jit=off"
# A zombie must not hold its successor: whoever stalls in a transaction loses it.
INGEST_OPTIONS = (
    " -c idle_in_transaction_session_timeout=10s -c lock_timeout=5s -c statement_timeout=30s"
)


def make_engine(url: str, **options: Any) -> "Engine":
    """Return an engine for a `postgresql://` URL; nothing is connected yet."""
    from sqlalchemy import create_engine

    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True, **options
    )


def connect(url: str, *, ingest: bool = False) -> Connection:
    """Return a psycopg connection in autocommit: a transaction is what `transaction()` encloses.

    Raises UnavailableError when the server does not answer.
    """
    options = PLANNED_ANEW + (INGEST_OPTIONS if ingest else "")
    try:
        return psycopg.connect(url, connect_timeout=10, options=options, autocommit=True)
    except psycopg.OperationalError as error:
        raise UnavailableError(
            f"PostgreSQL did not answer: {str(error).splitlines()[0]}",
            hint="is it running, and is INTELBUS_DATABASE_URL right?",
        ) from error


def revisions(url: str) -> tuple[str | None, str]:
    """Return (the database's revision, the newest one). Raises UnavailableError.

    Read as alembic keeps them, without alembic: its import takes longer than what most commands do.
    """
    newest = max(path.name[:4] for path in MIGRATIONS.glob("versions/[0-9]*.py"))
    with connect(url) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except UndefinedTable:
            row = None
    return row[0] if row else None, newest


def require_migrated(url: str) -> None:
    """Raise RefusedError unless the database has the newest revision."""
    current, newest = revisions(url)
    if current != newest:
        raise RefusedError(
            f"the database is at revision {current or 'none'}, and {newest} is needed",
            hint="run `ukhtc migrate`",
        )
