"""By which trust registry a worker judges: the newest that is published, or kept in the store."""

import time
from datetime import UTC, datetime

import psycopg
import structlog

from consumers import metrics
from consumers.ingest.judgement import Judge
from consumers.ingest.quarantine import retry_after_registry
from intelbus.errors import IntelbusError, RefusedError
from intelbus.kafka_reading import read_registry
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry, UntrustedRegistryError
from intelbus.trust_files import pinned_authority
from repository import registry as kept_registry
from repository.database import Connection

REGISTRY_SECONDS = 15.0

log = structlog.get_logger()


class Judges:
    """Makes the judge of a worker, and another one when a newer registry is published."""

    def __init__(self, settings: Settings) -> None:
        """Read the pinned authority. Raises ConfigurationError."""
        self._settings = settings
        self._topics = Topics(settings.topic_prefix)
        self._authority = pinned_authority(settings.centre_home)
        self._due = 0.0

    def first(self, connection: Connection) -> Judge:
        """Return the judge to begin with.

        Raises RefusedError when there is no registry, UntrustedRegistryError when there is none but
        one that cannot be trusted, UnavailableError.
        """
        self._due = time.monotonic() + REGISTRY_SECONDS
        now = datetime.now(UTC)
        published = read_registry(self._settings)
        distrust: UntrustedRegistryError | None = None
        if published is not None:
            try:
                kept_registry.keep(connection, published, self._authority, now=now)
            except UntrustedRegistryError as error:
                # Whoever can write to the topic must not be able to stop the centre.
                distrust = error
                log.warning("registry_refused", error=str(error))
        registry = kept_registry.load(connection, self._authority, now=now)
        if registry is None and distrust is not None:
            raise distrust
        if registry is None:
            raise RefusedError(
                "there is no trust registry, so no message could be verified",
                subject=self._topics.trust,
                hint="run `ukhtc authority publish`",
            )
        return self._judge(registry)

    def renewed(self, connection: Connection, judge: Judge) -> Judge:
        """Return the judge to go on with; look for a newer registry every REGISTRY_SECONDS only.

        What waits in quarantine for such a registry is tried again. Raises psycopg.Error from that.
        """
        if time.monotonic() < self._due:
            return judge
        self._due = time.monotonic() + REGISTRY_SECONDS
        try:
            published = read_registry(self._settings)
            if published is not None:
                kept_registry.keep(connection, published, self._authority, now=datetime.now(UTC))
            registry = kept_registry.load(connection, self._authority, now=datetime.now(UTC))
        except (IntelbusError, psycopg.Error) as error:
            log.warning("registry_not_refreshed", error=str(error))
            return judge
        if registry is None or registry.version == judge.registry.version:
            return judge
        log.info("registry", version=registry.version)
        judge = self._judge(registry)
        counts = retry_after_registry(connection, judge)
        log.info("retried_quarantine", **counts)
        return judge

    def _judge(self, registry: TrustRegistry) -> Judge:
        metrics.REGISTRY_VERSION.set(registry.version)
        return Judge(registry, self._topics, self._settings.maximum_marking)
