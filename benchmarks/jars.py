"""Kafka Connect and Debezium's JDBC sink: jars of Maven Central, pinned as the servers' are.

They serve the benchmark alone, so they have a lock file of their own. Write it anew, after a
version below is changed, with `python -m benchmarks.jars`, and review the difference.
"""

import json
import os
import tempfile
from pathlib import Path

from deploy.local.archives import Archive, cache_folder, download
from deploy.local.certificates import trust_machine_store
from deploy.local.relock import pin

LOCK_FILE = Path(__file__).with_name("jars.lock.json")
KAFKA = "4.3.1"
# The first to name an artifact decides its version: Kafka's own, then what the connector needs.
ENDPOINTS = (
    f"org.apache.kafka:kafka-clients:{KAFKA}",
    f"org.apache.kafka:connect-json:{KAFKA}",
    "io.debezium:debezium-connector-jdbc:3.6.0.Final",
    # the connector's POM names its connection pool by a group that the pool has left
    "org.hibernate.orm:hibernate-agroal:7.2.0.Final",
    f"org.apache.kafka:connect-runtime:{KAFKA}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
)
# Drivers of databases that are not benchmarked.
LEFT_OUT = ("mysql-connector-j", "mariadb-java-client", "mssql-jdbc", "ojdbc11")


def class_path() -> list[Path]:
    """Return Connect's class path with the connector on it, downloading what is missing."""
    rows = json.loads(LOCK_FILE.read_text("utf-8"))["connect"]
    return download([Archive(**row) for row in rows], cache_folder(), lambda _received: None)


def main() -> None:
    """Resolve, download and pin every jar."""
    import jgo

    trust_machine_store(os.environ)
    found: dict[str, str] = {}
    for endpoint in ENDPOINTS:
        name, _, version = endpoint.rpartition(":")
        found.setdefault(name, version)
        for one in jgo.resolve(endpoint):
            found.setdefault(f"{one.groupId}:{one.artifactId}", str(one.version))
    wanted = [
        f"{name}:{version}"
        for name, version in sorted(found.items())
        if name.split(":")[1] not in LEFT_OUT and not name.startswith("org.hibernate:")
    ]
    with tempfile.TemporaryDirectory() as folder:
        lock = {"connect": [pin(one, Path(folder)) for one in wanted]}
    LOCK_FILE.write_text(json.dumps(lock, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
