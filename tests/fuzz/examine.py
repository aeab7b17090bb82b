"""Open one mutant, measure it, and say what is wrong with the answer, if anything is."""

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

from intelbus.batch_opening import open_all
from intelbus.message import ReceivedMessage
from intelbus.opening import (
    Refusal,
    StatementCache,
    open_heartbeat,
    open_message,
)
from intelbus.opening_replies import open_receipt
from intelbus.reasons import REASONS
from intelbus.trust import TrustRegistry, UntrustedRegistryError, verify_registry
from tests.fuzz.mutant import ACCEPTED, Mutant
from tests.fuzz.oracle import disagreement
from tests.support.sealed import CENTRE_KEY, NOW, TOPICS

SECONDS_LIMIT = 1.0
MEMORY_LIMIT = 32 * 1024 * 1024  # bytes; a value is 256 KiB at most

# Answers that are given before a seal has proved who sent the message.
UNATTRIBUTED = frozenset(
    {
        "oversized", "no_value", "registry_expired", "unsealed", "malformed_seal", "unknown_key",
        "bad_signature", "wrong_topic", "not_in_batch", "key_not_yet_valid", "key_expired",
        "key_revoked",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of a mutant: the answer, seconds of processor time, bytes of new memory, and
    `problem`, empty when the answer is a right one."""

    answer: str
    seconds: float
    memory: int
    problem: str = ""


def examine(
    mutant: Mutant, trust: TrustRegistry, statements: StatementCache, *, refusals: bool = True
) -> Examined:
    """Open a mutant and judge the answer. Never raises for what the mutant does.

    Memory is the growth of the process's greatest resident size: whatever one mutant takes beyond
    all before it shows. Apache avro is asked of every event that was accepted and, with
    `refusals`, of every one that was found undecodable.
    """
    before, started = _peak(), time.process_time()
    problem, attributed = "", False
    try:
        attributed = _open(mutant, mutant.trust or trust, statements)
        answer = ACCEPTED
    except Refusal as refusal:
        answer, attributed = refusal.reason.code, refusal.attribution is not None
    except UntrustedRegistryError:
        answer = "untrusted"
    except Exception as error:  # anything else is what this looks for
        answer = type(error).__name__
        problem = f"crash: {error!r:.500}"
    seconds, memory = time.process_time() - started, _peak() - before
    if not problem:
        problem = _wrong(mutant, answer, attributed, seconds, memory)
    if not problem and mutant.opener == "event" and (answer == ACCEPTED or refusals):
        problem = disagreement(mutant.message, answer)
    return Examined(answer, seconds, memory, problem)


def apart(
    mutants: Sequence[Mutant],
    trust: TrustRegistry,
    statements: StatementCache,
    *,
    outsiders: bool,
) -> dict[int, str]:
    """Return where messages opened together get another answer than each alone, by place.

    Without what outsiders made of the honest messages, whole batches are among them.
    """
    events = {
        place: mutant.message
        for place, mutant in enumerate(mutants)
        if mutant.opener == "event" and mutant.trust is None
        if outsiders or not mutant.mutation.startswith("outsider")
    }
    messages = list(events.values())
    alone = _answers(messages, trust, statements, together=False)
    together = _answers(messages, trust, statements, together=True)
    return {
        place: f"apart: {answer!r:.300} together, {expected!r:.300} alone"
        for place, answer, expected in zip(events, together, alone, strict=True)
        if answer != expected
    }


def _answers(
    messages: Sequence[ReceivedMessage],
    trust: TrustRegistry,
    statements: StatementCache,
    *,
    together: bool,
) -> list[object]:
    """Return events as they are, refusals as what they say and of whom."""
    if together:
        opened = open_all(
            messages, trust, topics=TOPICS, ceiling="confidential", statements=statements
        )
        return [_said(one) if isinstance(one, Refusal) else one for one in opened]
    answers: list[object] = []
    for message in messages:
        try:
            answers.append(
                open_message(
                    message, trust, topics=TOPICS, ceiling="confidential", statements=statements
                )
            )
        except Refusal as refusal:
            answers.append(_said(refusal))
    return answers


def _said(refusal: Refusal) -> object:
    return refusal.reason.code, refusal.detail, refusal.attribution


def _open(mutant: Mutant, trust: TrustRegistry, statements: StatementCache) -> bool:
    """Open with what reads such messages; return whether somebody is named as the sender."""
    match mutant.opener:
        case "event":
            opened = open_message(
                mutant.message,
                trust,
                topics=TOPICS,
                ceiling="confidential",
                statements=statements,
            )
            return opened.agency == opened.statement.agency
        case "heartbeat":
            return bool(open_heartbeat(mutant.message, trust, topics=TOPICS).agency)
        case "receipt":
            open_receipt(mutant.message, trust, statements=statements)
            return True
        case "registry":
            verify_registry(mutant.message.value or b"", CENTRE_KEY.public_key, now=NOW)
            return True


def _wrong(mutant: Mutant, answer: str, attributed: bool, seconds: float, memory: int) -> str:
    if answer not in mutant.expected:
        return f"answer: {answer}, expected {' or '.join(sorted(mutant.expected))}"
    if mutant.opener == "event":
        held = answer == ACCEPTED or answer not in UNATTRIBUTED
        if held != attributed:
            return f"attribution: {answer} {'without' if held else 'with'} a sender"
    if answer in REASONS and REASONS[answer].whose_fault == "agency" and mutant.opener == "event":
        assert attributed
    if seconds > SECONDS_LIMIT:
        return f"stall: {seconds:.2f} s"
    if memory > MEMORY_LIMIT:
        return f"memory: {memory} bytes"
    return ""


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
