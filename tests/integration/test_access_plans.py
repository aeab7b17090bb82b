"""No reading path reads a whole table under policy, in a store that is large enough to tell."""

import os
import re
from typing import Any

import psycopg
import pytest

from repository.access.reader import Reader
from repository.access.session import Session
from repository.migrate import migrate
from tests.support.grown import grow
from tests.support.readers import DIRECTOR, PURPOSE
from tests.support.worlds import Said, fill, paths

OFFICER = Reader("o.fficer", "met", "secret", frozenset({"victim_data"}), "law_enforcement")
COPIES = int(os.environ.get("INTELBUS_ACCESS_COPIES", "400"))
# Known to read a table whole (docs/adr/0016): what is shared between agencies reads what is
# described, and what is due the steps of all cases.
KNOWN = re.compile(r"entity list|due")
# PostgreSQL reads a table of a few pages whole, and rightly.
LARGE = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpages > 20"


class Explaining(psycopg.Connection[Any]):
    """A connection that asks for the plan of every query before it runs it."""

    plans: list[tuple[str, Any]]

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        text = query if isinstance(query, str) else (
            query.decode() if isinstance(query, bytes) else query.as_string(self)
        )  # fmt: skip
        if re.match(r"\s*(SELECT|WITH)\b", text) and "set_config" not in text:
            plan = super().execute("EXPLAIN (FORMAT JSON) " + text, params).fetchone()
            assert plan is not None
            self.plans.append((text, plan[0][0]["Plan"]))
        return super().execute(query, params, **more)


def scanned(plan: Any, *, limited: bool = False) -> set[str]:
    """Return the tables that a plan reads whole: in their own order, or in an index's from end to
    end. Up to a limit, an index's order may be followed from its end.
    """
    kind = plan["Node Type"]
    whole = kind == "Seq Scan" or (
        kind in ("Index Scan", "Index Only Scan") and "Index Cond" not in plan and not limited
    )
    own = {plan["Relation Name"]} if whole else set()
    inside = (limited or kind == "Limit") and kind not in ("Sort", "Aggregate", "Hash")
    return own.union(*(scanned(part, limited=inside) for part in plan.get("Plans", ())))


@pytest.fixture(scope="module")
def world(database_url: str) -> tuple[str, list[Said]]:
    migrate(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        said = fill(connection, 7, 40)
        grow(connection, COPIES)
    return database_url, said


@pytest.mark.parametrize("reader", [DIRECTOR, OFFICER], ids=lambda reader: reader.name)
def test_no_query_of_a_reading_path_scans_a_table(
    world: tuple[str, list[Said]], reader: Reader
) -> None:
    url, said = world
    found: dict[str, set[str]] = {}
    looked_at = 0
    with psycopg.connect(url) as owner:
        large = {name for (name,) in owner.execute(LARGE)}
    for name, path in paths(said, said[:2]).items():
        if KNOWN.match(name):
            continue
        with Explaining.connect(url, autocommit=True, options="-c jit=off") as connection:
            connection.plans = []
            session = Session(lambda c=connection: c, reader, PURPOSE)
            try:
                session.answer("view", {}, lambda c, path=path: (path(c), ()))
            except psycopg.Error:
                raise
            except Exception:
                pass
            looked_at += len(connection.plans)
            tables = set().union(*(scanned(plan) for _, plan in connection.plans)) & large
        if tables:
            found[name] = tables
    assert not found, "\n".join(f"{k}: {v}" for k, v in found.items())
    assert looked_at > 300


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM event WHERE source_reference LIKE 'REF%'",
        "SELECT position FROM record WHERE label = 'x' ORDER BY position",
        "SELECT 1 FROM counted WHERE areas && '{x}' OR position > 5 AND kind = 'x'",
    ],
)
def test_a_query_that_does_is_found_out(world: tuple[str, list[Said]], query: str) -> None:
    with Explaining.connect(world[0], autocommit=True) as one:
        one.plans = []
        Session(lambda: one, OFFICER, PURPOSE).answer(
            "view", {}, lambda c: (c.execute(query).fetchall(), ())
        )
        assert any(scanned(plan) for _, plan in one.plans)
