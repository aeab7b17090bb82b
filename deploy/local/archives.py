"""The archives that Kafka is made of, pinned by SHA-256 and downloaded once for all clones."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.certificates import trust_machine_store
from intelbus.errors import ConfigurationError, UnavailableError

LOCK_FILE = Path(__file__).with_name("archives.lock.json")
AT_ONCE = 6
TIMEOUT_SECONDS = 60

Advance = Callable[[int], None]
"""Called with the number of bytes just received."""


@dataclass(frozen=True, slots=True)
class Archive:
    """One file of Maven Central: its coordinate, and what its bytes must be."""

    coordinate: str
    sha256: str
    size: int

    @property
    def filename(self) -> str:
        """The file's name, `artifact-version.jar`."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


class AlteredArchiveError(ConfigurationError):
    """A downloaded archive is not the one the lock file names."""


def kafka_archives(lock_file: Path = LOCK_FILE) -> tuple[Archive, ...]:
    """Return every jar of Kafka's class path."""
    return tuple(Archive(**row) for row in _lock(lock_file)["kafka"])


def cache_folder() -> Path:
    """Return this user's download cache, shared by every clone (XDG base directories)."""
    configured = os.environ.get("XDG_CACHE_HOME")
    return (Path(configured) if configured else Path.home() / ".cache") / "intelbus"


def missing(archives: Sequence[Archive], cache: Path) -> list[Archive]:
    """Return the archives that the cache lacks. What it has was verified when it came."""
    return [archive for archive in archives if not path_in(cache, archive).is_file()]


def path_in(cache: Path, archive: Archive) -> Path:
    """Return where the cache keeps an archive: under its digest, so names cannot collide."""
    return cache / "archives" / archive.sha256[:16] / archive.filename


def download(archives: Sequence[Archive], cache: Path, advance: Advance) -> list[Path]:
    """Bring the archives into the cache and return their paths, in order.

    1 download beside the cache · 2 compare size and SHA-256 · 3 rename into place, so that a file
    in the cache is always whole and right, whenever this is interrupted.
    Raises AlteredArchiveError, UnavailableError, ConfigurationError (disk).
    """
    wanted = missing(archives, cache)
    if wanted:
        trust_machine_store(os.environ)
        with _staging(cache) as staging, ThreadPoolExecutor(AT_ONCE) as pool:
            jobs = [pool.submit(_download_one, one, cache, staging, advance) for one in wanted]
            try:
                for job in as_completed(jobs):
                    job.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return [path_in(cache, archive) for archive in archives]


def _download_one(archive: Archive, cache: Path, staging: Path, advance: Advance) -> None:
    import requests
    from jgo.maven import MavenContext, PythonResolver

    @contextmanager
    def progress(_name: str, _size: int) -> Iterator[Advance]:
        yield advance

    group, artifact, version = archive.coordinate.split(":")
    maven = MavenContext(
        resolver=PythonResolver(progress_callback=progress),
        repo_cache=staging / archive.sha256,
        timeout=TIMEOUT_SECONDS,
    )
    try:
        fetched = maven.resolver.download(
            maven.project(group, artifact).at_version(version).artifact()
        )
    except (requests.RequestException, RuntimeError) as error:
        raise UnavailableError(
            f"an archive could not be downloaded: {error}",
            subject=archive.coordinate,
            hint="check the network, the proxy settings (HTTPS_PROXY) and the certificate store "
            "(REQUESTS_CA_BUNDLE), then run the command again: what has arrived is kept",
        ) from error
    except OSError as error:
        raise _disk_error(error, cache) from error
    if fetched is None:
        raise UnavailableError("an archive was not found", subject=archive.coordinate)
    verify(archive, fetched)
    target = path_in(cache, archive)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(fetched, target)


def verify(archive: Archive, path: Path) -> None:
    """Return if the file is the archive of the lock. Raises AlteredArchiveError if it is not."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != archive.sha256:
        raise AlteredArchiveError(
            subject=f"{archive.coordinate}: expected {archive.sha256}, found {found}",
            hint="a proxy may have replaced the file; try again from another network",
        )


@contextmanager
def _staging(cache: Path) -> Iterator[Path]:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".downloading-", dir=cache))
    except OSError as error:
        raise _disk_error(error, cache) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _disk_error(error: OSError, folder: Path) -> ConfigurationError:
    return ConfigurationError(
        f"the download cache cannot be written: {error.strerror or error}",
        subject=str(folder),
        hint="free some space, or set XDG_CACHE_HOME to a folder on another disk",
    )


def _lock(lock_file: Path) -> dict[str, Any]:
    rows: dict[str, Any] = json.loads(lock_file.read_text("utf-8"))
    return rows
