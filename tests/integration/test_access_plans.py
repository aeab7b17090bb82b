"""No reading path reads a whole table under policy, in a store that is large enough to tell.

The short form grows a small store to 16,000 events. The long form, `make plans`, asks everything
that `make bench-read` asks of its kept store of a million.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import nullcontext, suppress
from functools import partial
from itertools import count
from multiprocessing import get_context
from typing import Any

import psycopg
import pytest

from benchmarks.questions import READERS, questions
from intelbus.errors import ContentError
from repository.access.reader import Reader
from repository.access.session import KEEPS_PLANS, Session
from repository.database import FOR_READERS
from tests.support.grown import grow
from tests.support.paths import Path, paths
from tests.support.readers import DIRECTOR, PURPOSE
from tests.support.worlds import Said, fill

OFFICER = Reader("o.fficer", "met", "secret", frozenset({"victim_data"}), "law_enforcement")
ASKING = (DIRECTOR, OFFICER)
COPIES = int(os.environ.get("INTELBUS_ACCESS_COPIES", "400"))
STORE = os.environ.get("INTELBUS_READING_STORE")
# What reads a table whole, and why it may.
WHOLE: Mapping[str, tuple[str, str]] = {
    "due": ("nrm_step", "what is due is due in any case that is still open, however old"),
    "statistics due": ("nrm_step", "what is due is due in any case that is still open"),
    "groups": (
        "record",
        "they are looked for in the latest 20,000 events, which are all of it",
    ),
    "bulletin of the year": ("nrm_case", "every case of the store is of that year"),
}
# Of the short form's paths, by what their names begin with, those whose plans are kept.
LOOKED_UP = ("search", "list all", "entity", "event", "network", "groups", "path")
Scans = tuple[dict[str, str], int, int]
# PostgreSQL reads a table of a few pages whole, and rightly.
LARGE = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpages > 20"


class Explaining(psycopg.Connection[Any]):
    """A connection that asks for the plan of every query before it runs it: for what is asked, and
    where the plan may be kept (`keeps`), also for whatever may be asked.
    """

    plans: list[tuple[str, Any]]
    keeps: bool = False
    kept: int = 0

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        text = query if isinstance(query, str) else (
            query.decode() if isinstance(query, bytes) else query.as_string(self)
        )  # fmt: skip
        if re.match(r"\s*(SELECT|WITH)\b", text) and "set_config" not in text:
            self._explain("EXPLAIN (FORMAT JSON) " + text, text, params)
            if self.keeps and params and more.get("prepare", True):
                self.kept += 1
                self._explain(
                    "EXPLAIN (GENERIC_PLAN, FORMAT JSON) " + numbered(text, params), text, None
                )
        return super().execute(query, params, **more)

    def _explain(self, explain: str, text: str, params: Any) -> None:
        plan = super().execute(explain.encode(), params, prepare=False).fetchone()
        assert plan is not None
        self.plans.append((text, plan[0][0]["Plan"]))


def numbered(text: str, params: Any) -> str:
    """Return a query with $1, $2 for its parameters, as PostgreSQL has it whose plan is kept."""
    names = list(params) if isinstance(params, Mapping) else []
    places = count(1)

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        return f"${names.index(found[1]) + 1 if found[1] else next(places)}"

    return re.sub(r"%%|%s|%\((\w+)\)s", place, text)


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
    with psycopg.connect(database_url, autocommit=True) as connection:
        said = fill(connection, 7, 40)
        grow(connection, COPIES)
    return database_url, said


@pytest.fixture(scope="module")
def scanning(world: tuple[str, list[Said]]) -> Iterator[Mapping[str, Future[Scans]]]:
    """What the short form finds for each reader, who ask at once, each in a process."""
    with ProcessPoolExecutor(len(ASKING), mp_context=get_context("spawn")) as pool:
        yield {one.name: pool.submit(scans_of_paths, *world, one) for one in ASKING}


def scans_of_paths(url: str, said: list[Said], reader: Reader) -> Scans:
    """Return what `scans` does of every path there is."""
    asked = {name: [path] for name, path in paths(said, reader, said[:2]).items()}
    del asked["audit of processing"]  # of a time in which every event arrived
    return scans(url, reader, asked, LOOKED_UP)


@pytest.mark.parametrize("reader", ASKING, ids=lambda reader: reader.name)
def test_no_query_of_a_reading_path_scans_a_table(
    scanning: Mapping[str, Future[Scans]], reader: Reader
) -> None:
    found, looked_at, kept = scanning[reader.name].result()
    assert not found, "\n".join(f"{k}: {v}" for k, v in found.items())
    assert looked_at > 300
    assert kept > 100


@pytest.mark.skipif(STORE is None, reason="`make plans` gives the store of a million events")
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_no_question_scans_a_table_of_a_large_store(reader: Reader) -> None:
    assert STORE is not None
    with psycopg.connect(STORE) as owner:
        last = owner.execute("SELECT max(position) FROM event_log").fetchone()
        assert last is not None
        every = questions(owner, last[0], 5, 2009)
    asked = {
        one.name: [lambda c, one=one, of=of: one.ask(c, of) for of in one.subjects[:10]]
        for one in every
    }
    keeping = tuple(one.name for one in every if one.operation in KEEPS_PLANS)
    found, looked_at, kept = scans(STORE, reader, asked, keeping)
    assert not found, "\n".join(f"{k}: {v}" for k, v in found.items())
    assert looked_at > 1_000
    assert kept > 500


def _read(path: Path, connection: psycopg.Connection[Any]) -> tuple[Any, tuple[str, ...]]:
    return path(connection), ()


def scans(
    url: str, reader: Reader, asked: Mapping[str, Sequence[Path]], keeping: tuple[str, ...]
) -> Scans:
    """Return which tables each way of asking reads whole and may not, how many plans were looked
    at, and how many queries' kept plans. `keeping` are beginnings of the names of what keeps them.
    """
    found: dict[str, str] = {}
    looked_at = 0
    with psycopg.connect(url) as owner:
        large = {name for (name,) in owner.execute(LARGE)}
    with Explaining.connect(url, autocommit=True, options=FOR_READERS) as connection:
        session = Session(lambda: nullcontext(connection), reader, PURPOSE)
        for name, ways in asked.items():
            connection.plans = []
            connection.keeps = name.startswith(keeping)
            for path in ways:
                with suppress(ContentError):
                    session.answer("view", {}, partial(_read, path))
            looked_at += len(connection.plans)
            may = {WHOLE[name][0]} if name in WHOLE else set()
            for text, plan in connection.plans:
                if tables := (scanned(plan) & large) - may:
                    found[name] = f"{', '.join(sorted(tables))} by {' '.join(text.split())[:300]}"
        return found, looked_at, connection.kept


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
