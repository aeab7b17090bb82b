"""Event ids: of the form of UUIDv7, and never smaller than the one before."""

from datetime import UTC, datetime
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from intelbus.identifiers import new_event_id, stream_of, uuid_of

FIRST, LAST = datetime(1970, 1, 1), datetime(9999, 1, 1)  # noqa: DTZ001
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@given(instants, st.lists(instants, max_size=20))
def test_ids_rise_whatever_the_clock_does(first: datetime, later: list[datetime]) -> None:
    last = new_event_id(first)
    assert last.int >> 80 == int(first.timestamp() * 1000)
    for now in later:
        made = new_event_id(now, last)
        assert made > last
        assert (made.version, made.variant) == (7, RFC_4122)
        last = made


def test_a_full_millisecond_runs_over_into_the_next() -> None:
    full = UUID("00000000-0001-7fff-bfff-ffffffffffff")
    made = new_event_id(datetime(1970, 1, 1, tzinfo=UTC), full)
    assert (made.int >> 80, made.version) == (2, 7)


@given(st.uuids())
def test_an_identifier_is_read_from_its_text(identifier: UUID) -> None:
    text = str(identifier).encode()
    assert uuid_of(text) == stream_of(text) == identifier
    assert (uuid_of(text).is_safe, hash(uuid_of(text))) == (
        UUID(str(identifier)).is_safe,
        hash(identifier),
    )
    assert stream_of(text) is stream_of(str(identifier).encode())
