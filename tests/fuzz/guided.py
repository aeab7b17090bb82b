"""`python -m tests.fuzz.guided`: libFuzzer, by way of atheris, led by the branches it reaches.

It starts from valid bytes and keeps whatever reaches a line not seen before. Each input is a mutant
with its right answers stated, examined as those of the tables are.
"""

import secrets
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import atheris
import typer

with atheris.instrument_imports(include=["intelbus"]):
    from intelbus import dsse
    from intelbus.codec import decode_control
    from intelbus.message import SEAL_HEADER
    from intelbus.opening import StatementCache
    from tests.fuzz.examine import examine
    from tests.fuzz.mutant import ACCEPTED, Mutant, codes
    from tests.fuzz.outsiders import resealed, seal_of
    from tests.fuzz.rogue_bytes import answers_to_a_change
    from tests.fuzz.rogue_claims import Claim
    from tests.fuzz.rogue_statements import HONEST_BEAT, SIGNED
    from tests.fuzz.rounds import _sealed, trust
    from tests.fuzz.spans import FRAME
    from tests.fuzz.templates import templates
    from tests.support.sealed import KEY, STREAM, TOPIC, TOPICS, batch, received, remade
from uuid import UUID

from intelbus.message import stream_key

EVENT_ID = UUID(int=7 << 76 | 2 << 62 | 1)
TRUST, STATEMENTS = trust(), StatementCache()
HONEST = received(batch(3).messages[1])
SEAL = seal_of(HONEST)
STATEMENT = decode_control("Seal", SEAL)["statement"]


def _value(data: bytes) -> Mutant:
    """Bytes behind a template's frame, sealed by a rogue agency."""
    template = templates()[data[0] % len(templates())] if data else templates()[0]
    topic = next(t for t in TOPICS.events if TOPICS.accepts(t, template.kind))
    before = template.numbered(1, EVENT_ID)
    value = before[:FRAME] + data[1:]
    claim = Claim(template, stream_key(STREAM), value, template.headers(EVENT_ID), topic)
    expected = answers_to_a_change(before, value, template.spans)
    return Mutant("value", _sealed(topic, [claim])[0], expected)


def _seal(data: bytes) -> Mutant:
    """Bytes for a seal, by somebody without a key."""
    headers = tuple((n, data if n == SEAL_HEADER else v) for n, v in HONEST.headers)
    expected = codes("malformed_seal", "unknown_key", "bad_signature", "not_in_batch")
    right = codes(ACCEPTED) if data == SEAL else expected
    return Mutant("seal", remade(HONEST, headers=headers), right)


def _statement(data: bytes) -> Mutant:
    """Bytes for a statement, signed by a rogue agency."""
    signature = KEY.sign(dsse.pae(dsse.BATCH_STATEMENT, data))
    expected = codes(
        "malformed_seal", "unknown_key", "wrong_topic", "not_in_batch", "key_not_yet_valid",
        "key_expired", "wrong_stream", "sequence_mismatch", ACCEPTED,
    )  # fmt: skip
    message = resealed(HONEST, statement=data, signature=signature)
    return Mutant("statement", message, expected)


def _heartbeat(data: bytes) -> Mutant:
    expected = codes("malformed_seal", "unknown_key", "bad_signature", "oversized")
    right = codes(ACCEPTED) if data == HONEST_BEAT.value else expected
    return Mutant("heartbeat", remade(received(HONEST_BEAT), value=data), right, "heartbeat")


def _registry(data: bytes) -> Mutant:
    right = codes(ACCEPTED if data == SIGNED else "untrusted")
    return Mutant("registry", remade(HONEST, value=data, topic=TOPIC), right, "registry")


MAKERS = (_value, _seal, _statement, _heartbeat, _registry)


def open_one(data: bytes) -> None:
    """Open what the bytes stand for: the first says what, the rest are its bytes."""
    if data:
        mutant = MAKERS[data[0] % len(MAKERS)](data[1:])
        problem = examine(mutant, TRUST, STATEMENTS, refusals=False).problem
        if problem:
            raise AssertionError(f"{mutant.mutation}: {problem}")


def _seeds() -> list[bytes]:
    values = [
        bytes([0, number]) + template.numbered(1, EVENT_ID)[FRAME:]
        for number, template in enumerate(templates())
    ]
    rest = (SEAL, STATEMENT, HONEST_BEAT.value, SIGNED)
    return values + [bytes([number]) + one for number, one in enumerate(rest, start=1)]


def main(
    seconds: Annotated[int, typer.Option(min=1, help="How long.")] = 300,
    seed: Annotated[int | None, typer.Option(help="Of libFuzzer. [random, and printed]")] = None,
    corpus: Annotated[Path, typer.Option(help="Where findings go.")] = Path(".intelbus/fuzz"),
) -> None:
    """Open inputs led by coverage; exit status 1 on a finding, whose bytes are kept."""
    chosen = seed or secrets.randbelow(2**31) + 1
    print(f"seed {chosen}; findings go to {corpus}", file=sys.stderr, flush=True)
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="intelbus-fuzz-") as folder:
        for number, data in enumerate(_seeds()):
            open_one(data)
            (Path(folder) / f"seed-{number}").write_bytes(data)
        arguments = {
            "max_total_time": seconds,
            "seed": chosen,
            "max_len": 4096,
            "timeout": 20,
            "rss_limit_mb": 1024,
            "error_exitcode": 1,
            "timeout_exitcode": 1,
            "artifact_prefix": f"{corpus}/",
            "print_final_stats": 1,
        }
        options = [f"-{name}={value}" for name, value in arguments.items()]
        atheris.Setup([sys.argv[0], *options, folder], open_one)
        atheris.Fuzz()  # ends the process


if __name__ == "__main__":
    typer.run(main)
