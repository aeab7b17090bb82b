"""`ukhtc serve` as a process, and readers who come to it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import psycopg
import pyotp

from repository.access.accounts import keep_reader
from repository.access.reader import Reader
from repository.authentication.accounts import add_account, credential_of
from repository.authentication.interface_key import InterfaceKey
from repository.authentication.passwords import Passwords
from repository.authentication.sessions import open_session
from tests.support.waiting import wait_until

PASSWORD = "three words and more"
PURPOSE = "OP/TEST/1"
ROOMY = {f"INTELBUS_RATE_{which}": "1000000/minute" for which in ("READER", "ADDRESS", "LOGIN")}


@dataclass
class Interface:
    """A running server: its address, its process, its folder, its log so far."""

    url: str
    process: subprocess.Popen[bytes]
    home: Path
    log_file: Path

    def log(self) -> list[dict[str, Any]]:
        """Return what it has logged; every line must be one JSON object."""
        return [json.loads(line) for line in self.log_file.read_text("utf-8").splitlines()]

    def stop(self) -> int:
        """Tell it to stop and return the status that it ends with."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def serving(
    database_url: str, home: Path, *options: str, **environment: str
) -> Iterator[Interface]:
    """Run `ukhtc serve` on a free port until the block ends."""
    home.mkdir(parents=True, exist_ok=True)
    log_file = home / f"serve-{os.urandom(4).hex()}.log"
    variables = os.environ | ROOMY | environment
    variables |= {
        "INTELBUS_DATABASE_URL": database_url,
        "INTELBUS_CENTRE_HOME": str(home / "ukhtc"),
    }
    program = "from consumers.cli import main; main()"
    command = [sys.executable, "-c", program, "serve", "--port", "0", "--json-logs", *options]
    with log_file.open("wb") as out:
        process = subprocess.Popen(command, env=variables, stderr=out, stdout=out)
    try:
        url = wait_until(lambda: _address(process, log_file), timeout=120, what=f"see {log_file}")
        yield Interface(url, process, home / "ukhtc", log_file)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(30)


def _address(process: subprocess.Popen[bytes], log_file: Path) -> str | None:
    text = log_file.read_text("utf-8")
    if process.poll() is not None:
        raise AssertionError(f"it ended with {process.returncode}: {text}")
    found = re.search(r'"url": "([^"]+)"', text)
    return found[1] if found else None


@contextmanager
def provider_running() -> Iterator[str]:
    """Run the OpenID provider of the tests; yield its address."""
    command = [sys.executable, "-m", "tests.support.openid_provider"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait(30)


def make_reader(
    connection: psycopg.Connection[Any],
    name: str,
    *,
    organisation: str = "ukhtc",
    clearance: str = "confidential",
    roles: Sequence[str] = ("analyst",),
    party: str = "law_enforcement",
) -> Reader:
    """Let somebody read; return them."""
    made = Reader(name, organisation, clearance, frozenset(roles), party)
    keep_reader(connection, made)
    return made


def make_account(connection: psycopg.Connection[Any], home: Path, name: str) -> str:
    """Give a reader an account with PASSWORD; return the secret of its codes."""
    key = InterfaceKey.load_or_make(home)
    address = add_account(connection, key, Passwords(), name, PASSWORD)
    return parse_qs(urlsplit(address).query)["secret"][0]


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return the one-time code of now, or of so many steps from now."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def bearer_for(connection: psycopg.Connection[Any], name: str, purpose: str = PURPOSE) -> str:
    """Open a session of a reader; return its token."""
    token, _ = open_session(
        connection, name, purpose=purpose, credential=credential_of(name), now=datetime.now(UTC)
    )
    return token


def client_of(url: str, token: str, **options: Any) -> httpx2.Client:
    """Return a client that comes with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.Client(base_url=url, headers=headers, timeout=30, **options)
