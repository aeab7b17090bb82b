"""A session: one reader with one purpose, whose every look is on record before it is answered."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cache
from os import getuid
from pwd import getpwuid
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import sql

from intelbus.errors import ConfigurationError, ContentError, RefusedError
from intelbus.settings import load_settings
from repository.access.audit import Who, record
from repository.access.by_glass import by_glass, opened
from repository.access.context import CONTEXT, Context, context_as_told, known
from repository.access.policy import (
    MARKINGS,
    OWN,
    rights,
    sees_all_of_own,
    sees_everything,
    sees_narrowly,
)
from repository.access.reader import CENTRE, ROLES, Reader

Connection = psycopg.Connection[Any]
Connect = Callable[[], AbstractContextManager[Connection]]
Answer = TypeVar("Answer")

# What the policies go by (repository/migrations/versions/0010_access.py). It ends with the
# transaction; without it nothing is visible. One message to the server: its last answer says
# whether policies bind whoever reads.
ENTER: LiteralString = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SET LOCAL ROLE intelbus_reader;
SELECT {settings};
SELECT set_config('intelbus.originator', (
           SELECT number FROM originator WHERE agency = current_setting('intelbus.organisation')
       )::text, true),
       row_security_active('event') AND row_security_active('audit'), glass_positions(false),
       {context}
"""
# What looks things up by their keys keeps its plans, whose making is half of what it costs: left to
# choose, PostgreSQL makes them anew wherever fewer are looked up than the ten it takes a list for.
# Figures and exports turn on the period asked for.
KEEPS_PLANS = frozenset({"search", "view", "expansion"})
KEPT, MADE_ANEW = "force_generic_plan", "force_custom_plan"


class NoPurposeError(RefusedError):
    """Nobody reads without a purpose."""


class UnguardedError(ConfigurationError):
    """The database would not hold back what this reader may not see."""


class Session:
    """What a reader asks, answered one at a time.

    `connect` gives a connection as a context manager (`pool.connection`, or a function that opens
    one). `purpose` is a case reference. `credential` names what a request was authenticated by.
    Raises NoPurposeError.
    """

    def __init__(
        self, connect: Connect, reader: Reader, purpose: str, *, credential: str = ""
    ) -> None:
        if not purpose.strip():
            raise NoPurposeError(hint="give a case reference: --purpose, or INTELBUS_PURPOSE")
        self.reader = reader
        self.purpose = purpose.strip()
        self.connect = connect
        self._entering = {plans: _entering(reader, plans) for plans in (KEPT, MADE_ANEW)}
        self._who = Who(
            reader.name, reader.organisation, self.purpose, os_user(), credential, rights(reader)
        )

    @property
    def who(self) -> Who:
        """Who looks and acts, as the audit names them."""
        return self._who

    def answer(
        self,
        operation: str,
        asked: Mapping[str, Any],
        read: Callable[[Connection], tuple[Answer, Iterable[str]]],
    ) -> Answer:
        """Return what `read` answers, after it is on record.

        `read` gets a connection that sees what the reader may see, of one moment, and returns the
        answer and the ids in it (positions of events, `E12-0` of entities). `operation` is one of
        `repository.access.audit.OPERATIONS`.

        1 begin under the reading role, with the reader's context · 2 read · 3 record · 4 commit ·
        5 answer. What goes wrong is rolled back, put on record in a transaction of its own and
        raised again.
        """
        with self.connect() as connection:
            try:
                with connection.transaction():
                    beyond, context = self._enter(connection, operation)
                    glass = opened(connection, beyond) if beyond else None
                    with known(connection, context):
                        answer, ids = read(connection)
                    who, said = self._who, asked
                    if glass is not None:
                        ids = list(ids)
                        who, said = by_glass(glass, who, asked, ids)
                    record(connection, who, operation, said, ids=ids)
            except Exception as error:
                self._fail(connection, operation, asked, error)
                raise
        return answer

    def fail(self, operation: str, asked: Mapping[str, Any], error: Exception) -> None:
        """Put on record what was asked and not answered."""
        with self.connect() as connection:
            self._fail(connection, operation, asked, error)

    def _fail(
        self, connection: Connection, operation: str, asked: Mapping[str, Any], error: Exception
    ) -> None:
        with connection.transaction():
            beyond, _ = self._enter(connection, operation)
            who = self._who
            if beyond:
                who, asked = by_glass(opened(connection, beyond), who, asked, None)
            record(connection, who, operation, asked, outcome=outcome_of(error))

    def _enter(self, connection: Connection, operation: str) -> tuple[frozenset[int], Context]:
        """Begin as the reader; return the positions that they see beyond their rights, and what the
        connection was told of them.
        """
        entering = self._entering[KEPT if operation in KEEPS_PLANS else MADE_ANEW]
        entered = connection.execute(entering, prepare=False)
        while entered.nextset():
            pass
        bound = entered.fetchone()
        if bound is None or not bound[1]:
            raise UnguardedError(
                hint="the role intelbus_reader must neither own the tables nor bypass policies"
            )
        return frozenset(bound[2]), context_as_told(bound[3:])


def _entering(reader: Reader, plans: str) -> bytes:
    """Return what begins a transaction as a reader."""
    told = {f"intelbus.{name}": value for name, value in settings_of(reader).items()}
    settings = sql.SQL(", ").join(
        sql.SQL("set_config({}, {}, true)").format(name, value)
        for name, value in {**told, "plan_cache_mode": plans}.items()
    )
    return sql.SQL(ENTER).format(settings=settings, context=sql.SQL(CONTEXT)).as_bytes()


def operator(purpose: str) -> Who:
    """Return who works at the centre's machine itself, for what is no reading.

    It is shown in the audit to those alone who may see everything.
    """
    user = os_user()
    everybody = Reader("", CENTRE, MARKINGS[-1], frozenset(ROLES))
    return Who(f"operator {user}".strip(), CENTRE, purpose, user, "", rights(everybody))


def settings_of(reader: Reader) -> dict[str, str]:
    """Return what PostgreSQL's policies are told of a reader, by setting."""
    known = reader.clearance in MARKINGS
    supervises = reader.has("supervisor")
    others = rights(reader)[:OWN] * 2 if reader.organisation == CENTRE else ""
    return {
        "reader": reader.name,
        "organisation": reader.organisation,
        "rights": rights(reader),
        "clearance": str(MARKINGS.index(reader.clearance) if known else -1),
        "victims": _on(reader.has("victim_data")),
        "sources": _on(reader.has("source_data")),
        "narrow": _on(sees_narrowly(reader)),
        "everything": _on(sees_everything(reader)),
        "own_everything": _on(sees_all_of_own(reader, _highest_accepted())),
        "discloses": _on(reader.has("exporter") or supervises),
        "supervises": _on(supervises),
        "over_others": others,
        "approves": _on(reader.has("approver")),
    }


@cache
def _highest_accepted() -> str:
    return load_settings().maximum_marking


def _on(true: bool) -> str:
    return "on" if true else "off"


def outcome_of(error: Exception) -> str:
    """Return how the audit calls what went wrong."""
    if isinstance(error, ContentError):
        return "nothing"
    return "refused" if isinstance(error, RefusedError) else "failed"


def os_user() -> str:
    """Return who runs this, whatever the environment claims."""
    try:
        return getpwuid(getuid()).pw_name
    except KeyError:  # a user without a name, in a container
        return str(getuid())
