"""A bare confluent-kafka consumer reads our topics, given our schemas and nothing else of ours.

The Schema Registry read calls are answered by a small real HTTP server from the released schemas.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from intelbus.codec import encode_event
from intelbus.contract import Kind, UnknownSchemaError, load_contract
from intelbus.kafka import make_producer
from intelbus.kafka_topics import create_topics
from intelbus.message import stream_key
from intelbus.settings import load_settings
from tests.support.events import STREAM, sample_event


class _Answers(BaseHTTPRequestHandler):
    """GET /schemas/ids/{id}, the one call that a deserialiser makes."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].strip("/").split("/")
        try:
            if path[:2] != ["schemas", "ids"]:
                raise UnknownSchemaError(self.path)
            text = load_contract().canonical_json(int(path[2]))
            status, answer = 200, {"schema": text, "schemaType": "AVRO"}
        except UnknownSchemaError:
            status, answer = 404, {"error_code": 40403, "message": "Schema not found"}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def registry_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_bare_consumer_reads_a_topic(
    kafka_bootstrap: str, topic_prefix: str, registry_url: str
) -> None:
    events = {kind: sample_event(kind) for kind in Kind}
    topic = f"{topic_prefix}any.v1"
    settings = load_settings(kafka_bootstrap=kafka_bootstrap)
    create_topics(settings, {topic: {}}, partitions=1, replication=1)
    producer = make_producer(settings)
    for kind, event in events.items():
        producer.send(topic, key=stream_key(STREAM), value=encode_event(kind, event)).get(30)
    producer.close()

    read = AvroDeserializer(SchemaRegistryClient({"url": registry_url}))
    consumer = Consumer(
        {
            "bootstrap.servers": kafka_bootstrap,
            "group.id": topic,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([topic])
    try:
        messages = consumer.consume(len(events), timeout=60)
    finally:
        consumer.close()

    context = SerializationContext(topic, MessageField.VALUE)
    headers = [read(message.value(), context)["header"] for message in messages]
    assert headers == [event["header"] for event in events.values()]


@pytest.mark.parametrize("kind", list(Kind))
def test_avro_deserializer_reads_every_kind(kind: Kind, registry_url: str) -> None:
    event = sample_event(kind)
    read = AvroDeserializer(SchemaRegistryClient({"url": registry_url}))

    record = read(encode_event(kind, event), SerializationContext("any.v1", MessageField.VALUE))

    assert record["header"] == event["header"]
    for name in ("subjects", "text", "relations"):
        if name == "subjects" and name in event:
            for subject in event[name]:  # the deserialiser leaves the tag of the union out
                (subject["details"],) = subject["details"].values()
        assert record.get(name) == event.get(name)
