"""What opening costs: the seal alone and the whole, beside one Ed25519 verification an event."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from benchmarks.corpus import sealed_batches
from benchmarks.report import Report
from benchmarks.world import World
from intelbus.acceptance import accept
from intelbus.codec import unframe
from intelbus.contract import load_contract
from intelbus.keys import verify
from intelbus.message import ReceivedMessage
from intelbus.opening import StatementCache, open_message, unseal
from intelbus.topics import Topics
from intelbus.trust_files import load_registry

ROUNDS = 5


def measure_opening(world: World, report: Report, *, seed: int, count: int) -> None:
    """Measure in this process, by processor time; rounds are interleaved, medians reported."""
    topics = Topics("opening.")
    registry = load_registry(world.folder / "ukhtc", now=datetime.now(UTC))
    received_at = datetime.now(UTC) + timedelta(seconds=60)
    messages = [
        ReceivedMessage(m.topic, 0, n, m.key, m.value, m.headers, received_at)
        for batch in sealed_batches(world.keys, topics, seed=seed, count=count)
        for n, m in enumerate(sealed.message for sealed in batch)
    ]
    key = next(iter(world.keys.values()))
    signed = key.sign(b"x" * 300)

    def ed25519(_messages: Sequence[ReceivedMessage]) -> None:
        for _ in _messages:
            if not verify(key.public_key, signed, b"x" * 300):
                raise RuntimeError("a good signature was refused")

    def seal(_messages: Sequence[ReceivedMessage]) -> None:
        statements = StatementCache()
        for one in _messages:
            unseal(one, registry, statements=statements)

    def whole(_messages: Sequence[ReceivedMessage]) -> None:
        statements = StatementCache()
        for one in _messages:
            open_message(
                one, registry, topics=topics, ceiling="confidential", statements=statements
            )

    def acceptance(_messages: Sequence[ReceivedMessage]) -> None:
        for one in _messages:
            value = one.value or b""
            schema_id, _ = unframe(value)
            kind = load_contract().kind_of(schema_id)
            if kind is None or accept(kind, schema_id, value, ceiling="confidential") is None:
                raise RuntimeError("a generated event was doubted")

    steps: dict[str, Callable[[Sequence[ReceivedMessage]], None]] = {
        "ed25519_each": ed25519,
        "seal": seal,
        "accept": acceptance,
        "whole": whole,
    }
    found: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            started = time.process_time()
            step(messages)
            found[name].append((time.process_time() - started) / len(messages) * 1e6)
    costs: dict[str, Any] = {name: round(median(one), 1) for name, one in found.items()}
    report.add(
        "opening",
        microseconds_an_event=costs,
        **{f"{name}_us": cost for name, cost in costs.items()},
        seal_times_ed25519=round(costs["ed25519_each"] / costs["seal"], 2),
        whole_times_ed25519=round(costs["ed25519_each"] / costs["whole"], 2),
    )
