"""Topics as the cluster has them: which there are, how far they go, and making them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from intelbus.errors import UnavailableError
from intelbus.kafka import admin_client, connection_settings, make_consumer, reaching
from intelbus.settings import Settings


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What tells one topic from another that later bears its name."""

    topic_id: str
    partitions: tuple[int, ...]


def cluster_id(settings: Settings) -> str:
    """Return the cluster's id. Raises UnavailableError."""
    with admin_client(settings) as admin:
        return str(admin.describe_cluster()["cluster_id"])


def describe(settings: Settings, topics: Iterable[str]) -> Mapping[str, TopicFacts]:
    """Return the facts of those topics that exist. Raises UnavailableError."""
    wanted = list(topics)
    with admin_client(settings) as admin:
        found = admin.describe_topics(wanted)
    return {
        one["name"]: TopicFacts(
            str(one["topic_id"]),
            tuple(sorted(p["partition_index"] for p in one["partitions"])),
        )
        for one in found
        if not one["error_code"]
    }


class TopicIds:
    """Asks the cluster for topics' ids, over one connection that stays open."""

    def __init__(self, settings: Settings) -> None:
        """Connect. Raises UnavailableError."""
        self._settings = settings
        with reaching(settings):
            self._admin = KafkaAdminClient(**connection_settings(settings))

    def ask(self, topics: Iterable[str]) -> dict[str, str]:
        """Return the present ids of those topics that exist. Raises UnavailableError."""
        with reaching(self._settings):
            found = self._admin.describe_topics(list(topics))
        return {one["name"]: str(one["topic_id"]) for one in found if not one["error_code"]}

    def close(self) -> None:
        """Let the connection go."""
        self._admin.close()


def bounds(
    settings: Settings, consumer: KafkaConsumer, partitions: Sequence[TopicPartition]
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    """Return the first and the next offset of partitions, as the consumer is told them.

    Raises UnavailableError. A partition that is new may have no leader yet; the client answers
    with a KeyError then.
    """
    try:
        with reaching(settings):
            return consumer.beginning_offsets(partitions), consumer.end_offsets(partitions)
    except KeyError as error:
        raise UnavailableError(
            "Kafka has no offsets yet of a partition", subject=str(error)
        ) from error


def end_offsets(
    settings: Settings, topics: Iterable[str]
) -> dict[tuple[str, int], tuple[int, int]]:
    """Return (first, next) offset of every partition of the topics. Raises UnavailableError."""
    facts = describe(settings, topics)
    partitions = [TopicPartition(name, p) for name, one in facts.items() for p in one.partitions]
    consumer = make_consumer(settings)
    try:
        with reaching(settings):
            first = consumer.beginning_offsets(partitions)
            end = consumer.end_offsets(partitions)
    finally:
        consumer.close()
    return {(tp.topic, tp.partition): (first[tp], end[tp]) for tp in partitions}


def create_topics(
    settings: Settings,
    wanted: Mapping[str, Mapping[str, str]],
    *,
    partitions: int,
    replication: int,
) -> list[str]:
    """Create those topics that do not exist; return their names. Values are topic settings."""
    with admin_client(settings) as admin:
        missing = sorted(set(wanted) - set(admin.list_topics()))
        if missing:
            admin.create_topics(
                {
                    name: {
                        "num_partitions": partitions if not wanted[name].get("single") else 1,
                        "replication_factor": replication,
                        "configs": {k: v for k, v in wanted[name].items() if k != "single"},
                    }
                    for name in missing
                },
                wait_for_metadata=True,
            )
    return missing
