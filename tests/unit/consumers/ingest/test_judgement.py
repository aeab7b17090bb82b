"""Judging needs no server, and whatever a message holds it answers."""

from hypothesis import given
from hypothesis import strategies as st

from consumers.ingest.judgement import Judge
from intelbus.message import ReceivedMessage, headers_from_text, headers_to_bytes, headers_to_text
from tests.support.sealed import NOW, TOPIC, TOPICS, registry

HEADERS = st.lists(st.tuples(st.text(), st.binary()), max_size=4).map(tuple)


@given(HEADERS)
def test_any_headers_survive_being_stored(headers: tuple[tuple[str, bytes], ...]) -> None:
    assert headers_from_text(headers_to_text(headers)) == headers


@given(
    st.sampled_from([TOPIC, TOPICS.heartbeats]),
    st.none() | st.binary(max_size=40),
    st.none() | st.binary(max_size=200),
    HEADERS,
)
def test_unsealed_bytes_are_refused_and_attributed_to_nobody(
    topic: str, key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...]
) -> None:
    message = ReceivedMessage(topic, 0, 7, key, value, headers_to_bytes(headers), NOW)
    judged = Judge(registry(), TOPICS, "confidential").judge(message)
    assert (judged.event, judged.heartbeat) == (None, None)
    assert judged.refusal is not None
    assert judged.refusal.attribution is None
