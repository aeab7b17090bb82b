"""The commands of docs/guides/http.md, run as they are written."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from repository.linking.stage import link_all
from repository.sequencer import sequence_once
from repository.statistics.stage import count_all
from tests.support.interface import PASSWORD, code_of, make_account, make_reader, serving
from tests.support.store import store_event

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "http.md"


def commands() -> list[str]:
    """Return the guide's curl commands, each with its continuation lines."""
    return re.findall(r"^    (curl .*(?:\n {6,}.*)*)", GUIDE.read_text("utf-8"), re.MULTILINE)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_of_the_guide_work_as_written(database_url: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path) as interface:
        with psycopg.connect(database_url, autocommit=True) as connection:
            make_reader(connection, "ana", roles=("analyst", "exporter"))
            secret = make_account(connection, interface.home, "ana")
            store_event(connection, "intelligence")
            sequence_once(connection)
            link_all(connection)
            count_all(connection)
        known = {"URL": interface.url, "PASSWORD": PASSWORD, "CODE": code_of(secret)}
        ran = 0
        for command in commands():
            done = subprocess.run(
                ["sh", "-c", command], env={**os.environ, **known}, capture_output=True, text=True
            )
            assert done.returncode == 0, command
            if "format=csv" in command:
                assert done.stdout.startswith('"table","value","cases"')
            else:
                answer: dict[str, Any] = json.loads(done.stdout)
                assert "status" not in answer or "title" not in answer, (command, answer)
                known["TOKEN"] = answer.get("token") or known.get("TOKEN", "")
            ran += 1
    assert ran == 14
