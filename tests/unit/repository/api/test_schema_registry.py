"""Confluent's own client reads us unchanged."""

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext
from fastapi.testclient import TestClient

from intelbus.codec import encode_event
from intelbus.contract import load_contract
from repository.api.app import make_app
from tests.support.events import sample_event
from tests.support.waiting import wait_until

REPORT = "uk.intelbus.IntelligenceReport"


@pytest.fixture(scope="module")
def client() -> Iterator[SchemaRegistryClient]:
    """Confluent's client, and us behind a real socket."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(make_app(), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    wait_until(lambda: server.started, what="the server listens")
    yield SchemaRegistryClient({"url": f"http://127.0.0.1:{port}", "max.retries": 0})
    server.should_exit = True
    thread.join(30)


def test_every_schema_is_found_by_id_and_by_subject(client: SchemaRegistryClient) -> None:
    released = load_contract().all()
    assert set(client.get_subjects()) == {f"uk.intelbus.{one.name}" for one in released}
    for one in released:
        subject = f"uk.intelbus.{one.name}"
        assert client.get_schema(one.schema_id).schema_str == one.text
        assert one.version in client.get_versions(subject)
        assert client.get_version(subject, one.version).schema_id == one.schema_id
        found = client.lookup_schema(subject, Schema(one.text, "AVRO"))
        assert (found.schema_id, found.version) == (one.schema_id, one.version)
    assert client.get_latest_version(REPORT).schema_id == load_contract().id_of("intelligence")
    assert client.get_compatibility() == "FULL_TRANSITIVE"


def test_its_deserialiser_needs_no_schema_of_its_own(client: SchemaRegistryClient) -> None:
    event = sample_event("intelligence")
    read = AvroDeserializer(client)
    found = read(
        encode_event("intelligence", event),
        SerializationContext("intelligence.v1", MessageField.VALUE),
    )
    assert found["header"]["source_reference"] == event["header"]["source_reference"]
    assert found["text"] == event["text"]


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda c: c.get_schema(99), 40403),
        (lambda c: c.get_versions("uk.intelbus.Nothing"), 40401),
        (lambda c: c.get_version(REPORT, 77), 40402),
        (lambda c: c.lookup_schema(REPORT, Schema('"string"', "AVRO")), 40403),
        (lambda c: c.lookup_schema(REPORT, Schema("{", "AVRO")), 42201),
    ],
)
def test_what_is_not_there_has_the_codes_that_clients_expect(
    client: SchemaRegistryClient, ask: object, code: int
) -> None:
    with pytest.raises(SchemaRegistryError) as caught:
        ask(client)  # type: ignore[operator]
    assert caught.value.error_code == code


@pytest.mark.parametrize("version", ["0", "-2", "x", "²", "99999999999"])
def test_a_version_that_is_no_number_is_said_to_be_invalid(version: str) -> None:
    with TestClient(make_app()) as http:
        answer = http.get(f"/subjects/{REPORT}/versions/{version}")
    assert (answer.status_code, answer.json()["error_code"]) == (422, 42202)


def test_an_unknown_path_is_a_problem_not_a_page() -> None:
    with TestClient(make_app()) as http:
        answer = http.get("/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Not Found"
