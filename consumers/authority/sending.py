"""Send the signed registry to the trust topic: the one thing here that talks to Kafka."""

from intelbus.errors import UnavailableError
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import REGISTRY_KEY

TIMEOUT = 30.0


def send_registry(settings: Settings, signed: bytes) -> str:
    """Send the registry's bytes under their one key; return the topic, acknowledged.

    Raises UnavailableError when no acknowledgement came: publishing again is harmless.
    """
    from intelbus.kafka import make_producer
    from kafka.errors import KafkaError

    topic = Topics(settings.topic_prefix).trust
    try:
        producer = make_producer(settings)
        try:
            producer.send(topic, key=REGISTRY_KEY, value=signed).get(timeout=TIMEOUT)
        finally:
            producer.close(timeout=TIMEOUT)
    except KafkaError as error:
        raise UnavailableError(
            f"the registry was signed and kept, but not sent: {error}",
            subject=topic,
            hint="run `ukhtc topics`, then `ukhtc authority publish` again",
        ) from error
    return topic
