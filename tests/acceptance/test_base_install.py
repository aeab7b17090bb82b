"""What an agency installs: the wheel without extras, in an empty environment, publishes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from intelbus.trust_files import SIGNING_KEY_FILE
from repository.database import connect
from tests.support.bus import Bus

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, environment: dict[str, str]) -> str:
    """Run a command away from the project's folder; return what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment that holds the wheel and what it requires."""
    place = tmp_path_factory.mktemp("agency")
    programs = place / "venv" / "bin"
    # The machine's own way to the package registry is kept, and nothing of this environment. pip
    # would take ten times as long to find the same packages by the same requirements.
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("INTELBUS_", "PYTHON"))}
    uv = (ROOT / ".bootstrap" / "bin" / "uv", "--quiet")
    run(*uv, "build", "--wheel", "--python", sys.executable, "--out-dir", place, ROOT,
        environment=kept)  # fmt: skip
    (wheel,) = place.glob("intelbus-*.whl")
    run(*uv, "venv", "--python", sys.executable, place / "venv", environment=kept)
    run(*uv, "pip", "install", "--python", programs / "python", wheel, environment=kept)
    return programs


def test_the_readme_publishes_from_the_base_install(
    bus: Bus, installed: Path, tmp_path: Path
) -> None:
    home = tmp_path / "gla"
    home.mkdir(mode=0o700)
    bus.key.save(home / SIGNING_KEY_FILE)
    environment = {
        "PATH": "/usr/bin:/bin",
        "INTELBUS_AGENCY": "gla",
        "INTELBUS_HOME": str(home),
        "INTELBUS_KAFKA_BOOTSTRAP": str(bus.settings.kafka_bootstrap),
        "INTELBUS_TOPIC_PREFIX": bus.settings.topic_prefix,
    }
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    for _ in range(2):  # the second time it is the same event
        run(installed / "python", "-c", example, environment=environment)
    listed = run(installed / "intelbus", "schemas", "list", environment=environment)
    assert "missing-child" in listed
    missing = run(
        installed / "python",
        "-c",
        "from importlib.util import find_spec;"
        "print([n for n in ('sqlalchemy', 'prometheus_client', 'jgo') if find_spec(n)])",
        environment=environment,
    )
    assert missing == "[]\n"
    assert bus.ingest_all()[:3] == (1, 0, 0)
    with connect(bus.settings.require_database()) as connection:
        stored = connection.execute("SELECT source_reference, agency FROM event").fetchall()
    assert stored == [("GLA/2009/0117", "gla")]
