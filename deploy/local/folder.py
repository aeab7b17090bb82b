"""The local servers' data directory: what lies where, its lock, ports and password."""

import fcntl
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intelbus.errors import ConfigurationError
from intelbus.settings import SERVERS_FILE

HOST = "127.0.0.1"
NEEDED_BYTES = 1_000_000_000
# Below the range that outgoing connections take theirs from: a port stays ours between two runs.
LOWEST_PORT, HIGHEST_PORT = 20_000, 32_000
PORTS = ("kafka", "kafka_controller", "postgres")
RELEASE_SECONDS = 5.0
"""For so long a port of last time may still be held by a server that was killed."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A data directory, by its absolute path."""

    path: Path

    @property
    def servers_file(self) -> Path:
        """The addresses, written once both servers answer; absent whenever they may not."""
        return self.path / SERVERS_FILE

    def log(self, server: str) -> Path:
        """Where a server's output goes."""
        return self.path / "logs" / f"{server}.log"

    def create(self) -> None:
        """Make the directory, for its owner only. Raises ConfigurationError (disk, permission)."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            (self.path / "logs").mkdir(exist_ok=True)
            free = shutil.disk_usage(self.path).free
        except OSError as error:
            raise ConfigurationError(
                f"the data directory cannot be used: {error.strerror or error}",
                subject=str(self.path),
                hint="set INTELBUS_DATA to a folder you can write to",
            ) from error
        if free < NEEDED_BYTES:
            raise ConfigurationError(
                f"the disk is nearly full: {free // 1_000_000} MB are free, "
                f"{NEEDED_BYTES // 1_000_000} MB are needed",
                subject=str(self.path),
                hint="free some space, or set INTELBUS_DATA to a folder on another disk",
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the directory against another `up` or `down`; the kernel lets go if we are killed.

        Raises ConfigurationError when another command holds it.
        """
        with (self.path / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ConfigurationError(
                    "another command is starting or stopping these servers",
                    subject=str(self.path),
                    hint="wait for it to end, then try again",
                ) from error
            yield

    @property
    def password_file(self) -> Path:
        """Where PostgreSQL's password is."""
        return self.path / "postgres.password"

    def password(self) -> str:
        """Return PostgreSQL's password, made the first time and readable by its owner only."""
        if not self.password_file.exists():
            write_private(self.password_file, secrets.token_urlsafe(24))
        return self.password_file.read_text("utf-8")

    def ports(self, chosen: dict[str, int | None]) -> dict[str, int]:
        """Return a port for each server: the one asked for, else last time's, else a free one.

        Raises ConfigurationError when a port that was asked for is taken.
        """
        path = self.path / "ports.json"
        remembered = _read_json(path)
        ports: dict[str, int] = {}
        for name in PORTS:
            asked = chosen.get(name)
            if asked is not None and not is_free(asked):
                raise ConfigurationError(
                    f"port {asked} is taken by another program",
                    subject=f"{HOST}:{asked} for {name}",
                    hint="stop that program, or choose another port "
                    "(`intelbus up --help`); without a choice a free one is found",
                )
            last = remembered.get(name)
            keep = asked or (last if isinstance(last, int) and comes_free(last) else None)
            ports[name] = keep or free_port(taken=set(ports.values()))
        write_private(path, json.dumps(ports))
        return ports

    def addresses(self) -> dict[str, str] | None:
        """Return what the servers file says, or None while there is none."""
        return _read_json(self.servers_file) or None


def is_free(port: int) -> bool:
    """Return whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def comes_free(port: int) -> bool:
    """Return whether a port is free, or soon is: a killed server lets go of it a moment later."""
    deadline = time.monotonic() + RELEASE_SECONDS
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def free_port(taken: set[int]) -> int:
    """Return a port that nobody listens on and that is not among `taken`."""
    while True:
        port = LOWEST_PORT + secrets.randbelow(HIGHEST_PORT - LOWEST_PORT)
        if port not in taken and is_free(port):
            return port


def write_private(path: Path, text: str) -> None:
    """Write a whole file that only its owner may read, or leave the old one untouched."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    os.replace(fresh, path)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
