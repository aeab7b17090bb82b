"""Kafka's clients, set up the one way this project relies on.

The settings are decisions: the consumer never commits by itself, never resets to an end of the
log, and checks CRCs; the producer is idempotent and waits for all in-sync replicas.
"""

import contextlib
import ssl
from collections.abc import Iterator
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from intelbus import kafka_records
from intelbus.errors import UnavailableError
from intelbus.settings import Settings

REQUEST_LIMIT = 1024 * 1024
POLL_LIMIT = 4_000  # messages
BOOTSTRAP_MS = 10_000
"""For so long a server that does not answer is asked again."""

kafka_records.install()


def connection_settings(settings: Settings) -> dict[str, Any]:
    """Return what every client needs to reach the cluster. Raises ConfigurationError."""
    config: dict[str, Any] = {
        "bootstrap_servers": settings.require_kafka().split(","),
        "security_protocol": settings.kafka_security_protocol,
        "bootstrap_timeout_ms": BOOTSTRAP_MS,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        context = ssl.create_default_context(
            cafile=str(settings.kafka_ssl_cafile) if settings.kafka_ssl_cafile else None
        )
        if settings.kafka_ssl_certfile:
            context.load_cert_chain(settings.kafka_ssl_certfile, settings.kafka_ssl_keyfile)
        config["ssl_context"] = context
    if settings.kafka_security_protocol.startswith("SASL"):
        config["sasl_mechanism"] = settings.kafka_sasl_mechanism
        config["sasl_plain_username"] = settings.kafka_sasl_username
        config["sasl_plain_password"] = settings.kafka_sasl_password
    return config


@contextlib.contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Turn the client's errors into UnavailableError, naming the servers."""
    try:
        yield
    except (KafkaError, OSError) as error:
        raise UnavailableError(
            f"Kafka did not answer: {type(error).__name__}: {error}".rstrip(": "),
            subject=settings.require_kafka(),
            hint="is it running, and is INTELBUS_KAFKA_BOOTSTRAP right?",
        ) from error


def make_producer(settings: Settings, **overrides: Any) -> KafkaProducer:
    """Return an idempotent producer. Raises UnavailableError."""
    with reaching(settings):
        return KafkaProducer(
            **{
                **connection_settings(settings),
                "enable_idempotence": True,
                "acks": "all",
                "allow_auto_create_topics": False,
                "max_request_size": REQUEST_LIMIT,
                "batch_size": 256 * 1024,
                "linger_ms": 5,
                "delivery_timeout_ms": 30_000,
                "request_timeout_ms": 10_000,
                "max_block_ms": 15_000,
                **overrides,
            },
        )


def make_consumer(
    settings: Settings, *, group_id: str | None = None, **overrides: Any
) -> KafkaConsumer:
    """Return a consumer that moves nothing by itself. Raises UnavailableError."""
    with reaching(settings):
        return KafkaConsumer(
            **connection_settings(settings),
            **{
                "group_id": group_id,
                "enable_auto_commit": False,
                "auto_offset_reset": "none",
                "allow_auto_create_topics": False,
                "check_crcs": True,
                "max_poll_records": POLL_LIMIT,
                "fetch_max_bytes": 16 * 1024 * 1024,
                "max_partition_fetch_bytes": 4 * 1024 * 1024,
                "fetch_max_wait_ms": 100,
                "session_timeout_ms": 10_000,
                # A heartbeat's answer is how a member hears that another has joined or gone.
                "heartbeat_interval_ms": 500,
                "metadata_max_age_ms": 30_000,
                **overrides,
            },
        )


@contextlib.contextmanager
def admin_client(settings: Settings) -> Iterator[KafkaAdminClient]:
    """Yield an admin client; its errors become UnavailableError."""
    with reaching(settings):
        client = KafkaAdminClient(**connection_settings(settings))
        try:
            yield client
        finally:
            client.close()


def finish_join(consumer: KafkaConsumer) -> None:
    """Ask once more to join where the client has lost the answer; call it between two polls.

    kafka-python 3.0.12: when new metadata alone made a member join again, and the answer comes
    between two polls, the next poll sees no reason to join and drops it. The member then sends no
    heartbeat and owns nothing for ever, without an error (5 of 60 starts, polling for 200 ms).
    """
    coordinator = consumer._coordinator
    join = coordinator._join_task
    if join is not None and join.is_done and not coordinator.need_rejoin():
        coordinator.request_rejoin()


def answer_from(consumer: KafkaConsumer, *, least_bytes: int, longest_wait_ms: int) -> None:
    """Let the broker answer a consumer's next fetches once it has so much, or has waited so long.

    kafka-python 3.0.12 has these as settings of the whole life of a consumer, and reads them for
    each fetch.
    """
    consumer._fetcher.config.update(fetch_min_bytes=least_bytes, fetch_max_wait_ms=longest_wait_ms)
