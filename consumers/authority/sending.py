"""Send the signed registry to the trust topic: the one thing here that talks to Kafka."""

from intelbus.errors import UnavailableError
from intelbus.kafka import make_producer, reaching
from intelbus.kafka_sending import send
from intelbus.message import OutgoingMessage
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import REGISTRY_KEY

TIMEOUT = 30.0


def send_registry(settings: Settings, signed: bytes) -> str:
    """Send the registry's bytes under their one key; return the topic, acknowledged.

    Raises UnavailableError when no acknowledgement came. The registry is signed and kept by then,
    and publishing once more is harmless.
    """
    topic = Topics(settings.topic_prefix).trust
    producer = make_producer(settings)
    try:
        with reaching(settings):
            send(producer, OutgoingMessage(topic, REGISTRY_KEY, signed, ())).get(timeout=TIMEOUT)
    except UnavailableError as error:
        raise UnavailableError(
            f"the registry is signed and kept, but was not sent: {error.message}",
            subject=f"{topic} on {error.subject}",
            hint="make the topics with `ukhtc topics`, then run `ukhtc authority publish` again",
        ) from error
    finally:
        producer.close(timeout=TIMEOUT)
    return topic
