"""The ingest worker: poll, judge, store, over the partitions that the group gives it.

Kafka's group spreads the partitions; the database's cursor decides who may write and from where.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from psycopg.errors import UniqueViolation

from consumers import metrics
from consumers.ingest import fence
from consumers.ingest.events import past_races
from consumers.ingest.fence import Claim, FencedError, WrongLogError
from consumers.ingest.judgement import Judged
from consumers.ingest.pace import Pace
from consumers.ingest.store import Stored, attribution_of, store_batch, unstorable
from consumers.ingest.trusting import Judges
from intelbus.compiled import compile_events
from intelbus.errors import UnavailableError
from intelbus.kafka import finish_join, make_consumer, reaching
from intelbus.kafka_reading import to_received
from intelbus.kafka_topics import TopicIds, bounds, cluster_id, describe
from intelbus.message import ReceivedMessage
from intelbus.settings import Settings
from intelbus.topics import Topics
from repository.database import connect, require_migrated

GROUP = "ukhtc-ingest"
STALL_SECONDS = 30.0
IDENTIFY_SECONDS = 1.0
TELL_KAFKA_SECONDS = 1.0
LAST_WORD_MS = 2_000

log = structlog.get_logger()


class StalledError(UnavailableError):
    """Messages wait and none is stored: another worker, or a restart, may do better."""


class _Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """Runs on the client's I/O loop, so it only flags: the main loop claims, seeks and resumes.

    Without the pause, messages would be handed out before the claim.
    """

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self.unclaimed: set[TopicPartition] = set()
        self.heard = False

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        for partition in assigned:
            self._consumer.seek(partition, 0)
            self._consumer.pause(partition)
            self.unclaimed.add(partition)
        # Last: whoever sees it on another thread sees all that is to be claimed.
        self.heard = True

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self.unclaimed -= set(revoked)

    def on_partitions_lost(self, lost: Iterable[TopicPartition]) -> None:
        self.unclaimed -= set(lost)


class Worker:
    """One consumer of the group and one connection to the store."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = settings.require_database()
        self._topics = Topics(settings.topic_prefix)
        self._names = (*self._topics.events, self._topics.heartbeats)
        self._judges = Judges(settings)
        require_migrated(self._url)
        self._cluster = cluster_id(settings)
        compile_events()
        self._connection = connect(self._url, ingest=True)
        self._numbers = fence.topic_numbers(self._connection, self._names)
        self._claims: dict[tuple[str, int], Claim] = {}
        self._claimed_ids: dict[str, str] = {}
        self._topic_ids = TopicIds(settings)
        self._identified = time.monotonic()
        self._judge = self._judges.first(self._connection)
        self._consumer = make_consumer(settings, group_id=f"{settings.topic_prefix}{GROUP}")
        self._pace = Pace(self._consumer)
        self._assignment = _Assignment(self._consumer)
        self._progress = self._told = time.monotonic()
        self._untold = False

    def run(self, stopping: Callable[[], bool]) -> None:
        """Ingest until `stopping()`; finish the batch in hand first.

        Raises WrongLogError, StalledError, UnavailableError; everything committed until then
        stays.
        """
        with reaching(self._settings):
            self._consumer.subscribe(topics=list(self._names), listener=self._assignment)
            # A member that joins before it knows the topics is given none, and must join again.
            for name in self._names:
                self._consumer.partitions_for_topic(name)
            try:
                while not stopping():
                    self._claim_new()
                    polled = self._consumer.poll(timeout_ms=200)
                    finish_join(self._consumer)
                    self._judge = self._judges.renewed(self._connection, self._judge)
                    self._pace.polled(heard=bool(polled))
                    if polled:
                        self._take(polled)
                    # Also after a batch: one that can never be stored must not be tried for ever.
                    self._watch()
                    self._tell_kafka()
                self._tell_kafka_at_last()
            finally:
                self._consumer.close()
                self._topic_ids.close()
                self._connection.close()

    def ready(self) -> bool:
        """Return whether the group has given this worker its part and all of it is claimed.

        A worker with no partition, since there are more workers than partitions, is ready too.
        """
        return self._assignment.heard and not self._assignment.unclaimed

    def _claim_new(self) -> None:
        new = sorted(self._assignment.unclaimed & self._consumer.assignment())
        if new:
            self._claim(new)
            self._assignment.unclaimed.difference_update(new)
            self._consumer.resume(*new)

    def _claim(self, partitions: Sequence[TopicPartition]) -> None:
        """Own partitions and read on from where the store's cursors are."""
        facts = describe(self._settings, {partition.topic for partition in partitions})
        first, end = bounds(self._settings, self._consumer, partitions)
        for partition in partitions:
            name = partition.topic
            if name not in facts:
                raise WrongLogError(f"{name} is gone", hint="see the runbook before going on")
            mine = fence.claim(
                self._connection,
                topic_no=self._numbers[name],
                partition=partition.partition,
                name=name,
                cluster_id=self._cluster,
                topic_id=facts[name].topic_id,
                first=first[partition],
                end=end[partition],
            )
            self._claims[name, partition.partition] = mine
            self._claimed_ids[name] = facts[name].topic_id
            self._consumer.seek(partition, mine.next_offset)
        log.info("claimed", partitions=len(partitions))

    def _take(self, polled: dict[TopicPartition, list[Any]]) -> None:
        ready = {
            partition: [to_received(record) for record in records]
            for partition, records in polled.items()
            if partition not in self._assignment.unclaimed and records
        }
        self._refuse_another_topic({partition.topic for partition in ready})
        for partition, read in ready.items():
            self._refuse_jumps(partition, read)
        messages = [message for read in ready.values() for message in read]
        metrics.BATCH_MESSAGES.observe(len(messages))
        with metrics.STAGE_SECONDS.labels("judge").time():
            judged = self._judge.judge_all(messages)
        try:
            with metrics.STAGE_SECONDS.labels("store").time():
                stored = self._store(judged)
        except FencedError:
            metrics.FENCED.inc()
            log.warning("fenced", partitions=len(ready))
            self._again(ready)
            return
        except psycopg.Error as error:
            log.warning("store_failed", sqlstate=error.sqlstate, kind=type(error).__name__)
            self._reconnect()
            self._again(ready)
            return
        for partition, read in ready.items():
            self._claims[partition.topic, partition.partition].took(read)
        self._progress = time.monotonic()
        self._untold = True
        self._count(stored)

    def _store(self, judged: list[Judged]) -> Stored:
        connection, claims = self._connection, self._claims
        try:
            return past_races(lambda: store_batch(connection, claims, judged))
        except UniqueViolation:
            raise
        except (psycopg.DataError, psycopg.IntegrityError):
            return past_races(
                lambda: store_batch(
                    connection, claims, unstorable(connection, self._numbers, judged)
                )
            )

    def _again(self, partitions: Iterable[TopicPartition]) -> None:
        """Claim and seek anew: after a roll-back nothing remembered here counts."""
        still = sorted(set(partitions) & self._consumer.assignment())
        if still:
            self._claim(still)

    def _reconnect(self) -> None:
        self._connection.close()
        deadline = time.monotonic() + STALL_SECONDS
        while True:
            try:
                self._connection = connect(self._url, ingest=True)
            except UnavailableError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)
            else:
                return

    def _refuse_another_topic(self, names: Iterable[str]) -> None:
        """Refuse what was fetched from a topic made anew under the name of the one claimed.

        The client fetches by name: of a new topic that is already longer than the cursor it would
        go on in the middle. Ids never come back, so asking after the fetch is proof; once a second
        is enough unless a topic is deleted, made and filled again within one.
        """
        asked = time.monotonic()
        if asked - self._identified < IDENTIFY_SECONDS:
            return
        now = self._topic_ids.ask(self._names)
        for name in sorted(names):
            if name not in now:  # gone, or without a leader: a new worker's claim finds out which
                raise UnavailableError("Kafka does not say which topic it is", subject=name)
            if now[name] != self._claimed_ids[name]:
                raise WrongLogError(
                    f"{name} is another topic than the one read so far",
                    subject=f"was {self._claimed_ids[name]}, is {now[name]}",
                    hint="nothing of it was stored; see the runbook before going on",
                )
        self._identified = asked

    def _refuse_jumps(self, partition: TopicPartition, read: Sequence[ReceivedMessage]) -> None:
        place = (partition.topic, partition.partition)
        for wanted, message in enumerate(read, self._claims[place].next_offset):
            if message.offset != wanted:
                raise WrongLogError(
                    f"{place[0]}/{place[1]} went on at offset {message.offset}, not {wanted}",
                    hint="messages are missing from the log; see the runbook before going on",
                )

    def _watch(self) -> None:
        """Leave loudly when messages wait and nothing has been stored for a while."""
        waiting = 0
        for (topic, partition), mine in self._claims.items():
            place = TopicPartition(topic, partition)
            if place in self._consumer.assignment():
                end = self._consumer.highwater(place)
                lag = max(0, (end or mine.next_offset) - mine.next_offset)
                metrics.LAG_MESSAGES.labels(topic, str(partition)).set(lag)
                waiting += lag
        if not waiting:
            self._progress = time.monotonic()
        elif time.monotonic() - self._progress > STALL_SECONDS:
            raise StalledError(f"{waiting} messages wait and none was stored for a while")

    def _tell_kafka(self) -> None:
        """Commit the offsets, once a second at most, so that Kafka's own tools can show the lag.

        Nothing reads them: the cursor is in the database.
        """
        if self._untold and time.monotonic() - self._told >= TELL_KAFKA_SECONDS:
            self._consumer.commit_async()
            self._told, self._untold = time.monotonic(), False

    def _tell_kafka_at_last(self) -> None:
        """Commit what has not been told, so that a stopped centre shows no lag that is none."""
        if self._untold:
            with contextlib.suppress(KafkaError):  # a broker that is gone need not be told
                self._consumer.commit(timeout_ms=LAST_WORD_MS)

    def _count(self, stored: Stored) -> None:
        now = datetime.now(UTC)
        tally = Counter(
            (one.message.topic, _agency_of(one), outcome)
            for outcome, group in (
                ("accepted", stored.accepted),
                ("duplicate", stored.duplicates),
                ("quarantined", stored.quarantined),
                ("noted", stored.noted),
            )
            for one in group
        )
        for labels, count in tally.items():
            metrics.MESSAGES.labels(*labels).inc(count)
        for one in stored.quarantined:
            if one.refusal is not None:
                metrics.REFUSALS.labels(one.message.topic, one.refusal.reason.code).inc()
        for received_at in {one.message.received_at for one in stored.accepted}:
            metrics.FRESHNESS_SECONDS.observe(max(0.0, (now - received_at).total_seconds()))


def _agency_of(one: Judged) -> str:
    if one.heartbeat is not None:
        return one.heartbeat.agency
    whose = attribution_of(one)
    return whose.agency if whose else "unattributed"
