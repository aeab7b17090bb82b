"""How long answers take in a large store, policy and audit on: `python -m benchmarks.reading`.

Every question (`benchmarks/questions.py`) is asked by three readers through a session, as the
command line and the HTTP interface ask it: rights set, policies on, the look committed to the audit
before the answer. Then a minute of 50 questions a second while ingest stores 500 events a second.
Ends with 1 when an answer takes longer than the project allows.
"""

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, cycle, islice
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any

import psycopg
from kafka import KafkaProducer
from psycopg_pool import ConnectionPool

from benchmarks.corpus import sealed_batches
from benchmarks.ingest import processes, ukhtc
from benchmarks.questions import ANALYST, OFFICER, READERS, Question, questions
from benchmarks.report import Report, machine
from benchmarks.store import FOLDER, kept_store
from benchmarks.world import SERVER, World, open_world
from deploy.local.servers import down
from intelbus.collecting import collect_seldom
from intelbus.errors import ContentError
from intelbus.kafka import make_producer
from intelbus.kafka_sending import send
from intelbus.message import OutgoingMessage
from repository.access.reader import Reader
from repository.access.session import Session
from repository.database import FOR_READERS
from repository.search.warming import warm
from repository.statistics.stage import count_all

PURPOSE = "OP/2009/1"
SEED = 2009
# In a mixed load: of a hundred questions, so many of each.
MIXTURE = {
    "search: a name": 20,
    "search: a family name": 8,
    "search: a partial registration": 8,
    "search: a telephone": 8,
    "search: a name with filters": 6,
    "search: filters alone": 4,
    "event": 24,
    "entity": 14,
    "network, two hops": 5,
    "bulletin of a quarter": 3,
}
READING_PROCESSES = 2
THREADS = 3
START_SECONDS = 90.0
# A batch is sent at once, as a publisher sends it, when it is due within so many seconds.
AHEAD = 0.02
# Events that are taken before the clock starts.
WARMING = 200


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is asked: things of a kind, and seconds and rates of the mixed load."""

    things: int
    seconds: int
    questions_a_second: int
    events_a_second: int


SIZES = {"quick": Sizes(10, 10, 50, 500), "default": Sizes(100, 60, 50, 500)}


def measure(url: str, report: Report, sizes: Sizes, events: int, only: str) -> bool:
    """Ask every question whose name holds `only`; return whether all were quick enough."""
    with psycopg.connect(url) as connection:
        asked = questions(connection, events, sizes.things, SEED)
    within = True
    with pool_of(url, 1) as pool:
        for question in asked:
            if only not in question.name:
                continue
            for reader in READERS:
                times, nothing = ask_all(pool, reader, question, sizes.things)
                facts = summary(times)
                if question.most_ms is not None:
                    facts["most_ms"] = question.most_ms
                    within &= facts["p95_ms"] <= question.most_ms
                report.add(question.name, reader=reader.name, **facts, nothing=nothing)
    return within


def pool_of(url: str, most: int) -> ConnectionPool[Any]:
    """Return a pool as the HTTP interface has one."""
    kwargs = {"autocommit": True, "options": FOR_READERS}
    return ConnectionPool(url, kwargs=kwargs, min_size=most, max_size=most, open=True)


def ask_all(
    pool: ConnectionPool[Any], reader: Reader, question: Question, things: int
) -> tuple[list[float], int]:
    """Ask about everything once, or about few things often, after one that does not count.

    Returns milliseconds, and how many found nothing that this reader may see.
    """
    session = Session(pool.connection, reader, PURPOSE)
    often = max(len(question.subjects), min(things, 5))
    subjects = list(islice(cycle(question.subjects), often))
    times: list[float] = []
    nothing = 0
    gc.collect()
    for subject in (subjects[0], *subjects):
        started = time.perf_counter()
        found = ask(session, question, subject)
        times.append(1000 * (time.perf_counter() - started))
        nothing += not found
    return times[1:], nothing


def ask(session: Session, question: Question, subject: Any) -> bool:
    """Ask once; return whether there was something."""
    try:
        session.answer(
            question.operation,
            {"benchmark": question.name, "about": str(subject)},
            lambda connection: question.ask(connection, subject),
        )
    except ContentError:
        return False
    return True


def summary(times: list[float]) -> dict[str, Any]:
    """Return how many, the median and what 95 and 99 in 100 took at most, milliseconds."""
    cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    return {
        "asked": len(times),
        "p50_ms": round(cuts[49], 1),
        "p95_ms": round(cuts[94], 1),
        "p99_ms": round(cuts[98], 1),
    }


def mixed(world: World, url: str, report: Report, sizes: Sizes, events: int) -> bool:
    """Ask at a steady rate while events arrive at another; return whether both were kept up."""
    prefix = f"reading{time.time_ns()}."
    topics = world.make_topics(prefix)
    wanted = sizes.events_a_second * sizes.seconds
    sealed = sealed_batches(world.keys, topics, seed=time.time_ns(), count=wanted + WARMING)
    batches = [[one.message for one in batch] for batch in sealed]
    commands = {"ingest": ukhtc("ingest", "--workers", "1"), "sequence": ukhtc("sequence")}
    environment = world.environment(prefix, url)
    with (
        processes(commands, environment, world.folder / "logs") as alive,
        ProcessPoolExecutor(READING_PROCESSES) as readers,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        producer = make_producer(world.settings(prefix))
        before = _positions(connection)
        warming = 0
        while warming < WARMING:
            warming += _send(producer, batches.pop(0))
        producer.flush()
        _until(connection, before + warming, alive)
        started = time.time() + 3.0
        share = sizes.questions_a_second / READING_PROCESSES
        pace = Pace(started, sizes.seconds, share)
        running = [
            readers.submit(steadily, url, events, pace, SEED + number)
            for number in range(READING_PROCESSES)
        ]
        time.sleep(max(0.0, started - time.time()))
        count = 0
        for batch in batches:
            due = started + count / sizes.events_a_second
            if (early := due - time.time()) > AHEAD:
                time.sleep(early)
            count += _send(producer, batch)
        producer.flush()
        sent = time.time()
        _until(connection, before + warming + count, alive)
        behind = time.time() - sent
        producer.close()
        asked = list(chain.from_iterable(one.result() for one in running))
    late = [one for one in asked if one[2] > 1000]
    rate = len(asked) / max(sizes.seconds, *(one[3] for one in asked))
    report.add(
        "mixed load",
        seconds=sizes.seconds,
        answered_a_second=round(rate, 1),
        events_a_second=round(count / (sent - started)),
        numbered_seconds_after_the_last=round(behind, 1),
        **summary([one[1] for one in asked]),
        begun_a_second_late=len(late),
    )
    for name in MIXTURE:
        if times := [one[1] for one in asked if one[0] == name]:
            report.add(f"mixed load: {name}", **summary(times))
    return not late and behind < 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """When asking starts (time.time()), for how many seconds, and how often a second."""

    started: float
    seconds: int
    rate: float


def steadily(url: str, events: int, pace: Pace, seed: int) -> list[tuple[str, float, float, float]]:
    """Ask at a pace, each question when it is due, by several threads.

    Returns (question, milliseconds of the answer, milliseconds that it was begun late, seconds from
    the start to its end).
    """
    random = Random(seed)
    collect_seldom()  # as `ukhtc serve` does
    with psycopg.connect(url) as connection:
        known = {one.name: one for one in questions(connection, events, 100, seed)}
    names, weights = list(MIXTURE), list(MIXTURE.values())
    with pool_of(url, THREADS) as pool, ThreadPoolExecutor(THREADS) as threads:
        sessions = [Session(pool.connection, one, PURPOSE) for one in (OFFICER, ANALYST)]

        def one(due: float, question: Question, subject: Any, session: Session) -> Any:
            begun = time.time()
            ask(session, question, subject)
            ended = time.time()
            late = 1000 * (begun - due)
            return question.name, 1000 * (ended - begun), late, ended - pace.started

        asked = []
        for number in range(int(pace.seconds * pace.rate)):
            due = pace.started + number / pace.rate
            time.sleep(max(0.0, due - time.time()))
            question = known[random.choices(names, weights)[0]]
            subject = random.choice(question.subjects)
            asked.append(threads.submit(one, due, question, subject, random.choice(sessions)))
        return [future.result() for future in asked]


def _send(producer: KafkaProducer, batch: Sequence[OutgoingMessage]) -> int:
    """Send a sealed batch; return how many events it has."""
    for message in batch:
        send(producer, message)
    return len(batch)


def _positions(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM event_log").fetchone()
    return int(row[0]) if row else 0


def _until(connection: psycopg.Connection[Any], position: int, alive: Any) -> None:
    deadline = time.time() + START_SECONDS
    while _positions(connection) < position:
        alive()
        if time.time() > deadline:
            raise TimeoutError(f"ingest did not reach {position}")
        time.sleep(0.02)


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, default=FOLDER, help="servers and store, kept")
    parser.add_argument("--throw-away", action="store_true", help="keep nothing")
    parser.add_argument("--quick", action="store_true", help="few questions, ten seconds")
    parser.add_argument("--things", type=int, help="ask about so many things instead")
    parser.add_argument("--only", default="", help="questions whose name holds this; or `mixed`")
    asked = parser.parse_args()
    sizes = SIZES["quick" if asked.quick else "default"]
    sizes = replace(sizes, things=asked.things or sizes.things)
    collect_seldom()  # as `ukhtc serve` does
    folder = Path(tempfile.mkdtemp(prefix="intelbus-reading-")) if asked.throw_away else asked.keep
    report = Report(sys.stdout)
    report.add("machine", **machine(), events=asked.events)
    within = True
    try:
        owner = os.getpid() if asked.throw_away else None
        world = open_world(folder, owner=owner, settings=SERVER)
        url = kept_store(world, asked.events).url(world)
        # What mixed loads of before have left: figures say how many events they do not count yet,
        # which are few where the stage runs.
        with psycopg.connect(url, autocommit=True) as connection:
            count_all(connection)
        started = time.perf_counter()
        warm(url)  # as `ukhtc serve` does
        report.add("warming", seconds=round(time.perf_counter() - started, 1))
        if asked.only != "mixed":
            within &= measure(url, report, sizes, asked.events, asked.only)
        if asked.only in {"", "mixed"}:
            within &= mixed(world, url, report, sizes, asked.events)
    finally:
        if asked.throw_away:
            down(folder / "servers", remove=True)
    report.table()
    return int(not within)


if __name__ == "__main__":
    sys.exit(main())
