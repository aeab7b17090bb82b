"""What opening costs: the seal alone and the whole, beside one Ed25519 verification an event.

Once with batches as real publishers make them, once with full ones; in polls as a worker takes
them, so that a poll's end cuts a batch here too; and message by message, as whoever has only one.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from benchmarks.corpus import Sealer
from benchmarks.report import Report
from benchmarks.world import World
from intelbus.acceptance import accept
from intelbus.batch_opening import open_all
from intelbus.batches import proven_batches
from intelbus.codec import unframe
from intelbus.collecting import collect_seldom
from intelbus.contract import load_contract
from intelbus.kafka import POLL_LIMIT
from intelbus.keys import SigningKey, verify
from intelbus.message import ReceivedMessage, headers_to_bytes
from intelbus.opening import Refusal, StatementCache, open_message, unseal
from intelbus.sealing import BATCH_LIMIT
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry
from intelbus.trust_files import load_registry
from producers.generator.stream import endless

ROUNDS = 5
CEILING = "confidential"
Step = Callable[[], None]


class _FullBatches(Sealer):
    """Seals full batches only, whatever the agency's habit."""

    def _size(self, agency: str) -> int:
        return BATCH_LIMIT


def measure_opening(world: World, report: Report, *, seed: int, count: int) -> None:
    """Measure in this process, by processor time; rounds are interleaved, medians reported."""
    topics = Topics("opening.")
    registry = load_registry(world.folder / "ukhtc", now=datetime.now(UTC))
    collect_seldom()
    for name, sealer in (("mixed", Sealer), ("full", _FullBatches)):
        batches = _sealed(sealer(world.keys, topics, seed), seed, count)
        messages = [message for batch in batches for message in batch]
        costs = _measure(_steps(messages, registry, topics, next(iter(world.keys.values()))))
        report.add(
            f"opening_{name}",
            events_a_batch=round(len(messages) / len(batches), 1),
            **{f"{step}_us": round(cost / len(messages) * 1e6, 1) for step, cost in costs.items()},
            seal_times_ed25519=round(costs["ed25519_each"] / costs["seal"], 2),
            whole_times_ed25519=round(costs["ed25519_each"] / costs["whole"], 2),
        )


def _sealed(sealer: Sealer, seed: int, count: int) -> list[list[ReceivedMessage]]:
    """Return whole batches of at least `count` messages in all, as the broker hands them over."""
    received_at = datetime.now(UTC) + timedelta(seconds=60)
    batches: list[list[ReceivedMessage]] = []
    offset = 0
    for told in endless(seed):
        sent = [sealed.message for sealed in sealer.add(told)]
        if sent:
            batches.append(
                [
                    ReceivedMessage(
                        m.topic, 0, n, m.key, m.value, headers_to_bytes(m.headers), received_at
                    )
                    for n, m in enumerate(sent, offset)
                ]
            )
            offset += len(sent)
        if offset >= count:
            break
    return batches


def _steps(
    messages: Sequence[ReceivedMessage], registry: TrustRegistry, topics: Topics, key: SigningKey
) -> dict[str, Step]:
    polls = list(_polls(messages))
    signed = key.sign(b"x" * 300)
    how: dict[str, Any] = {"topics": topics, "ceiling": CEILING}

    def ed25519_each() -> None:
        for _ in messages:
            if not verify(key.public_key, signed, b"x" * 300):
                raise RuntimeError("a good signature was refused")

    def seal() -> None:
        statements, proven = StatementCache(), 0
        for poll in polls:
            found = proven_batches(poll, registry, statements=statements)
            inside = {position for batch in found for position in batch.positions}
            for position, one in enumerate(poll):
                if position not in inside:
                    unseal(one, registry, statements=statements)
            proven += len(inside)
        if proven < len(messages) * 0.9:
            raise RuntimeError(f"only {proven} of {len(messages)} were proven in whole batches")

    def seal_alone() -> None:
        statements = StatementCache()
        for one in messages:
            unseal(one, registry, statements=statements)

    def acceptance() -> None:
        for one in messages:
            value = one.value or b""
            schema_id, _ = unframe(value)
            kind = load_contract().kind_of(schema_id)
            if kind is None or accept(kind, schema_id, value, ceiling=CEILING) is None:
                raise RuntimeError("a generated event was doubted")

    def whole() -> None:
        statements = StatementCache()
        for poll in polls:
            if any(
                isinstance(one, Refusal)
                for one in open_all(poll, registry, **how, statements=statements)
            ):
                raise RuntimeError("a generated event was refused")

    def whole_alone() -> None:
        statements = StatementCache()
        for one in messages:
            open_message(one, registry, **how, statements=statements)

    return {
        step.__name__: step
        for step in (ed25519_each, seal, seal_alone, acceptance, whole, whole_alone)
    }


def _polls(messages: Sequence[ReceivedMessage]) -> Iterator[list[ReceivedMessage]]:
    for first in range(0, len(messages), POLL_LIMIT):
        yield list(messages[first : first + POLL_LIMIT])


def _measure(steps: dict[str, Step]) -> dict[str, float]:
    """Return the median processor seconds of each step."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            started = time.process_time()
            step()
            found[name].append(time.process_time() - started)
    return {name: median(times) for name, times in found.items()}
