"""A stage that has nothing to do writes nothing: each would otherwise write to the log ten times a
second for as long as a centre is quiet."""

from itertools import islice

import psycopg

from intelbus.keys import SigningKey
from producers.generator.stream import endless
from repository.access.chain import chain_once
from repository.linking.posting import post_once
from repository.linking.stage import Linker, link_all, link_once
from repository.notices.stage import decide_once
from repository.relays.stage import relay_all, relay_once
from repository.sequencer import sequence_all, sequence_once
from repository.statistics.stage import count_all, count_once
from tests.support.notices import REGISTRY, TABLES
from tests.support.told import store_told


def test_stages_with_nothing_to_do_write_nothing(database_url: str) -> None:
    key = SigningKey.generate()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}, counted, nrm_step, nrm_case")
        steps = {
            "sequencer": lambda: sequence_once(connection),
            "audit": lambda: chain_once(connection, key=key),
            "linker": lambda: link_once(connection, Linker()),
            "terms": lambda: post_once(connection),
            "relays": lambda: relay_once(connection),
            "notices": lambda: decide_once(connection, lambda _: REGISTRY),
            "statistics": lambda: count_once(connection),
        }
        for events in (0, 20):
            store_told(connection, islice(endless(7), events))
            assert sequence_all(connection, key=key) == events
            link_all(connection)
            relay_all(connection)
            count_all(connection)
            while steps["notices"]():
                pass
            connection.execute("SET default_transaction_read_only = on")
            assert {name: step() for name, step in steps.items()} == dict.fromkeys(steps, 0)
            connection.execute("SET default_transaction_read_only = off")
