"""Both command lines hold every command there is; they and the interface open without the heavy
libraries.
"""

import subprocess
import sys
from pathlib import Path

import pytest

import consumers.cli
import producers.cli

ROOT = Path(__file__).parents[2]
HEAVY = {"kafka", "sqlalchemy", "psycopg", "openpyxl", "jgo", "prometheus_client"}
FOR_FEW_ANSWERS = {
    "scipy", "datasketch", "networkx", "authlib", "joserfc", "sqlalchemy", "openpyxl", "odfdo"
}  # fmt: skip


@pytest.mark.parametrize(
    ("program", "folders"),
    [
        (producers.cli, ["producers"]),
        (consumers.cli, ["consumers", "repository"]),
    ],
)
def test_every_module_of_commands_is_mounted(program: object, folders: list[str]) -> None:
    there = {
        path.stem
        for folder in folders
        for path in (ROOT / folder / "commands").glob("*.py")
        if "def register(" in path.read_text("utf-8")
    }
    mounted = {
        getattr(one, "__name__", "").rpartition(".")[2]
        for one in vars(program).values()
        if ".commands." in getattr(one, "__name__", "")
    }
    assert mounted == there


def test_every_command_of_the_centre_is_shown_in_a_panel() -> None:
    app = consumers.cli.assemble()
    there = [*app.registered_commands, *app.registered_groups]
    names = sorted(name for names in consumers.cli.PANELS.values() for name in names.split())
    assert sorted(one.name or getattr(one.callback, "__name__", "") for one in there) == names
    assert {one.rich_help_panel for one in there} == set(consumers.cli.PANELS)


@pytest.mark.parametrize("program", ["producers.cli", "consumers.cli"])
def test_help_loads_nothing_heavy(program: str) -> None:
    loaded = loaded_by(f"import {program} as cli; cli.assemble()")
    assert HEAVY & loaded == set()


def test_the_interface_opens_without_what_few_answers_need() -> None:
    assert FOR_FEW_ANSWERS & loaded_by("import repository.api.app, repository.api.server") == set()


def loaded_by(code: str) -> set[str]:
    """Return the modules that a process which runs only this has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.split())
