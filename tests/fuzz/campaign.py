"""A campaign: rounds of mutants opened in processes of their own, so that a crash is a finding.

An examining process says which mutant it holds before it opens it. When it dies or stands still,
that mutant is the finding, and a new process goes on without it.
"""

import json
import multiprocessing
import resource
import signal
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Lock
from typing import Any

from intelbus.message import ReceivedMessage
from intelbus.opening import StatementCache
from tests.fuzz.examine import apart, examine
from tests.fuzz.mutant import Mutant
from tests.fuzz.rounds import mutants, trust

STALL_SECONDS = 60.0  # for a whole round of about a hundred; one takes a fifth of a second
ADDRESS_SPACE = 2 * 1024**3  # bytes; beyond it a mutant meets MemoryError, which is a crash
PROGRESS_SECONDS = 10.0
REFUSALS_ASKED = 8  # of so many undecodable events Apache avro is asked of one: it is slow

Place = tuple[int, int]
"""A round's number, and a mutant's place in it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A mutant that got a wrong answer, or none."""

    place: Place
    mutation: str
    about: str
    problem: str


@dataclass(slots=True)
class Report:
    """What a campaign came to. `answers` counts (mutation, answer); memory is in bytes."""

    seed: int
    first_round: int
    next_round: int
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    slowest: float = 0.0
    seconds: float = 0.0
    memory_before: int = 0
    memory_after: int = 0

    @property
    def opened(self) -> int:
        """How many mutants were opened."""
        return self.answers.total()

    def lines(self) -> Iterator[str]:
        """Yield the closing table: one line a mutation, with how often each answer was given."""
        by_mutation: dict[str, Counter[str]] = {}
        for (mutation, answer), count in self.answers.items():
            by_mutation.setdefault(mutation, Counter())[answer] = count
        for mutation, answers in sorted(by_mutation.items()):
            given = ", ".join(f"{answer} {count}" for answer, count in answers.most_common())
            yield f"{mutation:45} {answers.total():9}  {given}"
        memory = (self.memory_before / 1e6, self.memory_after / 1e6)
        yield (
            f"{self.opened} mutants in {self.seconds:.0f} s, seed {self.seed}, rounds"
            f" {self.first_round} to {self.next_round - 1}; slowest {self.slowest:.3f} s; greatest"
            f" resident size {memory[0]:.0f} MB after the first round, {memory[1]:.0f} MB at the"
            f" end; {len(self.findings)} findings"
        )


def run(
    seed: int,
    *,
    mutants_wanted: int,
    seconds: float | None = None,
    first_round: int = 0,
    processes: int = 1,
    corpus: Path | None = None,
    progress: Callable[[str], object] = lambda line: None,
) -> Report:
    """Open at least `mutants_wanted` mutants, unless `seconds` pass first; return what came of it.

    Each finding's message is written to `corpus` as JSON when that is given. Of several processes
    each takes its share of the rounds.
    """
    report = Report(seed, first_round, first_round)
    started = reported = time.monotonic()
    following = [first_round + lane for lane in range(processes)]  # each process's next round
    one_at_a_time, over = Lock(), Event()

    def take(outcome: dict[str, Any]) -> None:
        nonlocal reported
        report.next_round = min(following)
        report.answers.update(outcome["answers"])
        report.slowest = max(report.slowest, outcome["slowest"])
        report.memory_before = report.memory_before or outcome["memory"]
        report.memory_after = max(report.memory_after, outcome["memory"])
        _note(report, seed, outcome["findings"], corpus, progress)
        now = time.monotonic()
        report.seconds = now - started
        if now - reported > PROGRESS_SECONDS:
            reported = now
            progress(
                f"{report.opened} mutants, {report.opened / report.seconds:.0f}/s, next round"
                f" {report.next_round}, {len(report.findings)} findings"
            )
        if report.opened >= mutants_wanted or (seconds is not None and report.seconds > seconds):
            over.set()

    def watch(lane: int) -> None:
        wrong: set[Place] = set()
        while not over.is_set():
            with _Examiner(seed, following[lane], processes, frozenset(wrong)) as examiner:
                for outcome in examiner.rounds():
                    with one_at_a_time:
                        if over.is_set():
                            return
                        if isinstance(outcome, Finding):
                            wrong.add(outcome.place)
                            _note(report, seed, [outcome], corpus, progress)
                            break
                        following[lane] += processes
                        take(outcome)

    with ThreadPoolExecutor(processes) as watching:
        try:
            for ended in as_completed([watching.submit(watch, lane) for lane in range(processes)]):
                ended.result()
        finally:  # one has failed, or Ctrl-C: the others end too
            over.set()
    return report


def _note(
    report: Report,
    seed: int,
    findings: list[Finding],
    corpus: Path | None,
    progress: Callable[[str], object],
) -> None:
    for finding in findings:
        report.findings.append(finding)
        again = f"again: --seed {seed} --first-round {finding.place[0]} --mutants 1"
        progress(f"FINDING {finding.mutation} ({finding.about}): {finding.problem}; {again}")
        if corpus is not None:
            corpus.mkdir(parents=True, exist_ok=True)
            number, place = finding.place
            path = corpus / f"{seed}-{number}-{place}.json"
            path.write_text(json.dumps(_written(finding, mutants(seed, number)[place]), indent=1))


def _written(finding: Finding, mutant: Mutant) -> dict[str, Any]:
    message: ReceivedMessage = mutant.message
    return {
        "mutation": finding.mutation,
        "about": finding.about,
        "problem": finding.problem,
        "expected": sorted(mutant.expected),
        "opener": mutant.opener,
        "topic": message.topic,
        "key": None if message.key is None else b64encode(message.key).decode(),
        "value": None if message.value is None else b64encode(message.value).decode(),
        "headers": [[name, b64encode(value).decode()] for name, value in message.headers],
        "received_at": message.received_at.isoformat(),
    }


class _Examiner:
    """The process that opens mutants, and what it says: rounds done, or the one it died of."""

    def __init__(self, seed: int, first_round: int, step: int, skipped: frozenset[Place]) -> None:
        context = multiprocessing.get_context("spawn")
        self._seed = seed
        self._held = context.Array("q", [first_round, 0], lock=False)
        self._reports, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_examine_rounds, args=(seed, first_round, step, skipped, self._held, theirs)
        )
        self._process.start()
        theirs.close()

    def __enter__(self) -> "_Examiner":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    def rounds(self) -> Iterator["dict[str, Any] | Finding"]:
        """Yield the outcome of each round; a Finding, once, when the process gave up."""
        while True:
            try:
                if not self._reports.poll(STALL_SECONDS):
                    yield self._finding(f"stall: no answer within {STALL_SECONDS:.0f} s")
                    return
                yield self._reports.recv()
            except EOFError:
                self._process.join(10)
                died = self._process.exitcode or 0
                how = signal.Signals(-died).name if died < 0 else f"exit status {died}"
                yield self._finding(f"crash: the process ended with {how}")
                return

    def _finding(self, problem: str) -> Finding:
        number, place = self._held[0], self._held[1]
        mutant = mutants(self._seed, number)[place]
        return Finding((number, place), mutant.mutation, mutant.about, problem)


def _examine_rounds(
    seed: int, number: int, step: int, skipped: frozenset[Place], held: Any, reports: Connection
) -> None:
    """Open each `step`th round until killed. Runs in the examining process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    registry, statements = trust(), StatementCache()
    while True:
        answers: Counter[tuple[str, str]] = Counter()
        findings, slowest = [], 0.0
        made = mutants(seed, number)
        for place, mutant in enumerate(made):
            if (number, place) in skipped:
                continue
            held[0], held[1] = number, place
            examined = examine(mutant, registry, statements, refusals=place % REFUSALS_ASKED == 0)
            answers[mutant.mutation, examined.answer] += 1
            slowest = max(slowest, examined.seconds)
            if examined.problem:
                findings.append(
                    Finding((number, place), mutant.mutation, mutant.about, examined.problem)
                )
        if all(one != number for one, _ in skipped):  # what was skipped may not be opened at all
            for place, problem in apart(
                made, registry, statements, outsiders=number % 2 == 0
            ).items():
                held[1] = place
                one = made[place]
                findings.append(Finding((number, place), one.mutation, one.about, problem))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        try:
            reports.send(
                {"answers": answers, "findings": findings, "slowest": slowest, "memory": peak}
            )
        except BrokenPipeError:
            sys.exit(0)
        number += step
