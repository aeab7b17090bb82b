"""A bare confluent-kafka consumer reads our values, given our schemas and nothing else of ours.

The Schema Registry read calls are answered by a small real HTTP server from the released schemas.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from intelbus.codec import encode_event
from intelbus.contract import Kind, UnknownSchemaError, load_contract
from tests.support.events import sample_event


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
