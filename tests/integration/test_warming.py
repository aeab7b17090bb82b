"""What searches look up has been read before anybody asks; where that fails, the server serves."""

import psycopg
from structlog.testing import capture_logs

from repository.search.warming import BY_INDEX, INDEX_ALONE, warm, warm_meanwhile
from tests.support.plans import steps
from tests.support.worlds import fill


def test_the_log_and_the_wordings_key_are_read(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        fill(connection, 2009, 20)
        connection.commit()
        warm(database_url)
        connection.execute(INDEX_ALONE)
        read = set()
        for query in BY_INDEX:
            row = connection.execute(b"EXPLAIN (FORMAT JSON) " + query.encode()).fetchone()
            assert row is not None
            read |= {one["Index Name"] for one in steps(row[0][0]["Plan"]) if "Index Name" in one}
        assert read == {"pk_event_log", "pk_wording"}


def test_a_server_without_its_database_says_so_and_goes_on() -> None:
    with capture_logs() as logs:
        warm_meanwhile("postgresql://nobody@127.0.0.1:1/none").join()
    assert [(one["event"], one["kind"]) for one in logs] == [("not_warmed", "UnavailableError")]
