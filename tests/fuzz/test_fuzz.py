"""The short campaign, and that the campaign itself would notice."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest

from intelbus import batch_opening, batches
from intelbus.contract import load_contract
from intelbus.opening import StatementCache
from intelbus.reasons import REASONS
from tests.fuzz import campaign, examine
from tests.fuzz.campaign import run
from tests.fuzz.examine import UNATTRIBUTED
from tests.fuzz.mutant import ACCEPTED, Mutant, codes
from tests.fuzz.rounds import NAMES, PER_ROUND, mutants, trust

SEED = 2009
SHORT = 20_000
# Found when a message is stored, not when it is opened: tests/integration/test_ingest.py.
FOUND_WHEN_STORING = {"equivocation", "unstorable"}


def test_no_hostile_message_gets_a_wrong_answer() -> None:
    report = run(SEED, mutants_wanted=SHORT, processes=2)

    assert report.findings == []
    assert report.opened >= SHORT
    assert {mutation for mutation, _ in report.answers} == set(NAMES)
    given = {answer for _, answer in report.answers}
    assert set(REASONS) - FOUND_WHEN_STORING <= given


def test_a_round_is_the_same_whenever_it_is_asked_for() -> None:
    assert mutants(5, 3) == mutants(5, 3)
    assert len(mutants(5, 4)) == PER_ROUND
    assert mutants(5, 3) != mutants(6, 3)


def test_each_mutation_states_its_answers() -> None:
    for number in range(20):
        for mutant in mutants(SEED, number):
            assert mutant.expected
            assert mutant.expected <= {*REASONS, ACCEPTED, "untrusted"}


def test_no_schema_has_a_map_whose_keys_could_be_repeated() -> None:
    assert not [one.name for one in load_contract().all() if '"map"' in one.text]


def test_senders_are_named_only_where_the_seal_held() -> None:
    assert set(REASONS) >= UNATTRIBUTED
    assert {REASONS[code].whose_fault for code in set(REASONS) - UNATTRIBUTED} <= {
        "agency",
        "centre",
        "unknown",
    }
    assert all(REASONS[code].whose_fault != "agency" for code in UNATTRIBUTED)


def _honest() -> Mutant:
    return mutants(SEED, 0)[0]


def _raise(*_: Any, **__: Any) -> bool:
    raise RecursionError


def _hoard(*_: Any, **__: Any) -> bool:
    below = examine._peak() - psutil.Process().memory_info().rss
    return bool(len(bytes([1]) * (below + 64 * 1024 * 1024)))


@pytest.mark.parametrize(
    ("opening", "problem"), [(_raise, "crash: RecursionError"), (_hoard, "memory: ")]
)
def test_a_fault_of_opening_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, opening: Callable[..., bool], problem: str
) -> None:
    monkeypatch.setattr(examine, "_open", opening)
    assert examine.examine(_honest(), trust(), StatementCache()).problem.startswith(problem)


@pytest.mark.parametrize(
    ("module", "check", "careless"),
    [(batches, "_place", 0), (batch_opening, "is_rfc3339_of", True)],
)
def test_another_answer_to_messages_that_came_together_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, check: str, careless: object
) -> None:
    def found() -> bool:
        return any(
            examine.apart(mutants(SEED, number), trust(), StatementCache(), outsiders=False)
            for number in range(6)
        )

    assert not found()
    monkeypatch.setattr(module, check, lambda *_: careless)
    assert found()


def test_a_wrong_answer_is_a_finding_and_its_bytes_are_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    finding = campaign.Finding((0, 0), "honest: untouched", "", "answer: accepted")
    report = campaign.Report(SEED, 0, 1)
    campaign._note(report, SEED, [finding], tmp_path, lambda line: None)

    (kept,) = tmp_path.iterdir()
    assert json.loads(kept.read_text())["problem"] == "answer: accepted"
    wrong = replace(_honest(), expected=codes("undecodable"))
    assert examine.examine(wrong, trust(), StatementCache()).problem.startswith("answer: accepted")


@pytest.mark.timeout(60)
def test_a_campaign_ends_when_one_of_its_processes_cannot_be_heard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problems = chain([OSError("the disk is full")], repeat(None))

    def note(*_: object) -> None:
        if problem := next(problems):
            raise problem

    monkeypatch.setattr(campaign, "_note", note)
    with pytest.raises(OSError, match="the disk is full"):
        run(SEED, mutants_wanted=1_000_000, processes=2)


@pytest.mark.parametrize(
    ("sent", "seconds", "problem"),
    [
        (signal.SIGSEGV, 5.0, "crash: the process ended with SIGSEGV"),
        (signal.SIGSTOP, 1.0, "stall: no answer within 1 s"),
    ],
)
def test_a_process_that_dies_or_stands_still_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, sent: signal.Signals, seconds: float, problem: str
) -> None:
    with campaign._Examiner(SEED, 0, 1, frozenset()) as examiner:
        outcomes = examiner.rounds()
        assert isinstance(next(outcomes), dict)
        monkeypatch.setattr(campaign, "STALL_SECONDS", seconds)
        os.kill(examiner._process.pid or 0, sent)
        *_, last = outcomes
    assert isinstance(last, campaign.Finding)
    assert last.problem == problem
    assert last.place >= (0, 0)
