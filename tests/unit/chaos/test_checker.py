"""The checker names what is broken: one sound history, broken in one way at a time."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.checker import History, Message, Outcome, Sent, StreamState, check

TOPIC, STREAM, PLACE = "intelligence.v1", "s1", ("intelligence.v1", 0)


def sound() -> History:
    """Five events of one stream, the third sent twice, and a heartbeat."""
    numbers = [1, 2, 3, 3, 4, 5]
    messages = [
        Message(TOPIC, 0, offset, "gla", STREAM, f"e{number}", number)
        for offset, number in enumerate(numbers)
    ]
    return History(
        said={("gla", f"e{number}") for number in range(1, 6)},
        sent=[Sent("gla", f"e{n}", TOPIC, n, numbers.index(n)) for n in range(1, 6)],
        messages=[*messages, Message("heartbeats.v1", 0, 0, "gla")],
        cursors={PLACE: (0, 6), ("heartbeats.v1", 0): (0, 1)},
        outcomes=[
            Outcome(TOPIC, 0, o, "duplicate" if o == 3 else "accepted", "gla", f"e{number}")
            for o, number in enumerate(numbers)
        ],
        positions=[(number, ("gla", f"e{number}")) for number in range(1, 6)],
        streams=[
            StreamState("gla", STREAM, ((1, 5),), 6, ((1, 3, b"a", None), (4, 2, b"b", b"a")))
        ],
    )


def never_in_kafka(history: History) -> None:
    history.sent[1] = replace(history.sent[1], offset=77)


def never_sent(history: History) -> None:
    history.sent[1] = replace(history.sent[1], offset=None)


def never_in_the_outbox(history: History) -> None:
    history.said.add(("gla", "e6"))


def never_stored(history: History) -> None:
    del history.outcomes[0]
    history.positions = [(n, ("gla", f"e{n + 1}")) for n in range(1, 5)]


def never_numbered(history: History) -> None:
    history.positions = [(n, ("gla", f"e{n}")) for n in range(1, 5)]


def numbered_twice(history: History) -> None:
    history.positions.append((6, ("gla", "e2")))


def one_position_for_two(history: History) -> None:
    history.positions[1] = (1, ("gla", "e2"))


def accepted_twice(history: History) -> None:
    history.outcomes[3] = replace(history.outcomes[3], outcome="accepted")


def two_outcomes(history: History) -> None:
    history.outcomes.append(replace(history.outcomes[0], outcome="duplicate"))


def two_events_of_one_number(history: History) -> None:
    history.messages[3] = replace(history.messages[3], event_id="e9")


def passed_in_kafka(history: History) -> None:
    history.messages[0] = replace(history.messages[0], event_id="e2", sequence=2)
    history.messages[1] = replace(history.messages[1], event_id="e1", sequence=1)


def passed_in_the_log(history: History) -> None:
    history.positions[0], history.positions[1] = (1, ("gla", "e2")), (2, ("gla", "e1"))


def skipped(history: History) -> None:
    del history.outcomes[3]


def jumped_over_what_is_gone(history: History) -> None:
    del history.outcomes[3], history.messages[3]


def started_too_late(history: History) -> None:
    history.cursors[PLACE] = (1, 6)
    del history.outcomes[0]


def read_short(history: History) -> None:
    history.cursors[PLACE] = (0, 5)


def never_claimed(history: History) -> None:
    del history.cursors["heartbeats.v1", 0]


def from_nowhere(history: History) -> None:
    history.outcomes.append(Outcome(TOPIC, 1, 0, "duplicate", "gla", "e1"))


def published_by_nobody(history: History) -> None:
    history.positions.append((6, ("gla", "e9")))


def quarantined(history: History) -> None:
    history.outcomes[3] = replace(history.outcomes[3], outcome="quarantined")


def hole_in_the_numbering(history: History) -> None:
    history.positions[-1] = (6, ("gla", "e5"))


def hole_in_a_stream(history: History) -> None:
    history.streams[0] = replace(history.streams[0], seen=((1, 2), (4, 5)))


def unknown_stream(history: History) -> None:
    history.streams.clear()


def broken_chain(history: History) -> None:
    chain = ((1, 3, b"a", None), (4, 2, b"b", b"x"))
    history.streams[0] = replace(history.streams[0], chain=chain)


def short_chain(history: History) -> None:
    history.streams[0] = replace(history.streams[0], chain=((1, 3, b"a", None),))


BROKEN: list[tuple[Callable[[History], None], str]] = [
    (never_in_kafka, "lost-write"),
    (never_sent, "lost-write"),
    (never_in_the_outbox, "lost-write"),
    (never_stored, "lost-write"),
    (never_numbered, "lost-write"),
    (numbered_twice, "duplicate"),
    (one_position_for_two, "duplicate"),
    (accepted_twice, "duplicate"),
    (two_outcomes, "duplicate"),
    (two_events_of_one_number, "duplicate"),
    (passed_in_kafka, "nonmonotonic"),
    (passed_in_the_log, "nonmonotonic"),
    (skipped, "poll-skip"),
    (jumped_over_what_is_gone, "poll-skip"),
    (started_too_late, "poll-skip"),
    (read_short, "unseen"),
    (never_claimed, "unseen"),
    (from_nowhere, "phantom"),
    (published_by_nobody, "phantom"),
    (quarantined, "refused"),
    (hole_in_the_numbering, "torn"),
    (hole_in_a_stream, "torn"),
    (unknown_stream, "torn"),
    (broken_chain, "torn"),
    (short_chain, "torn"),
]


def test_a_sound_history_has_no_anomaly() -> None:
    assert check(sound()) == []


@pytest.mark.parametrize(("breaking", "name"), BROKEN, ids=lambda one: getattr(one, "__name__", ""))
def test_each_way_to_break_it_is_named(breaking: Callable[[History], None], name: str) -> None:
    history = sound()
    breaking(history)
    assert name in {one.name for one in check(history)}


def test_each_anomaly_is_provoked() -> None:
    assert {name for _, name in BROKEN} == {
        "lost-write", "duplicate", "nonmonotonic", "poll-skip", "unseen", "phantom", "refused",
        "torn",
    }  # fmt: skip
