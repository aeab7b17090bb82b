"""Agency to analyst: the demonstration on real servers, judged by what it must show."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.servers import Addresses

ROOT = Path(__file__).parents[2]
DEADLINE = 300.0


@pytest.fixture(scope="module")
def demonstration(
    servers: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.demo", "--workers", "2"],
        cwd=tmp_path_factory.mktemp("demonstration"),
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "INTELBUS_KAFKA_BOOTSTRAP": servers.kafka_bootstrap,
            "INTELBUS_DATABASE_URL": servers.database_url,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )


def test_all_is_as_it_must_be(demonstration: subprocess.CompletedProcess[str]) -> None:
    shown = demonstration.stdout + demonstration.stderr
    assert demonstration.returncode == 0, shown
    assert "all as it must be" in shown


def test_the_accounts_balance(demonstration: subprocess.CompletedProcess[str]) -> None:
    assert "accounts in balance" in demonstration.stdout


def test_the_referrals_are_the_published_ones(
    demonstration: subprocess.CompletedProcess[str],
) -> None:
    assert "DIFFERENT" not in demonstration.stdout
    # nine first responders, five outcomes, five bands, three of the quarter, three offences
    assert demonstration.stdout.count("equal") == 9 + 5 + 5 + 3 + 3


@pytest.mark.parametrize(
    "reason", ["unknown_key", "duplicate", "not_in_batch", "kind_not_permitted"]
)
def test_what_is_hostile_is_refused_for_its_reason(
    demonstration: subprocess.CompletedProcess[str], reason: str
) -> None:
    refused = demonstration.stdout.partition("What was refused")[2]
    assert reason in refused
