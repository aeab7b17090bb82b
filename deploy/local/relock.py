"""`python -m deploy.local.relock`: write the lock file anew, after a version below is changed.

Dependencies are resolved by jgo from Kafka's own POM; each digest is of the file that Maven Central
serves, so review the difference before committing it.
"""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from deploy.local.archives import LOCK_FILE
from deploy.local.certificates import trust_machine_store

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
# The binding without which Kafka's log lines go nowhere; its version is log4j-core's.
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl"


def main() -> None:
    """Resolve, download and pin every archive."""
    import os

    import jgo

    trust_machine_store(os.environ)
    kafka = {f"{one.groupId}:{one.artifactId}:{one.version}" for one in jgo.resolve(KAFKA)} | {
        KAFKA
    }
    log4j = next(name for name in kafka if ":log4j-core:" in name).rpartition(":")[2]
    kafka.add(f"{LOGGING}:{log4j}")
    with tempfile.TemporaryDirectory() as folder:
        lock = {"kafka": [pin(name, Path(folder)) for name in sorted(kafka)]}
    LOCK_FILE.write_text(json.dumps(lock, indent=1) + "\n", "utf-8")


def pin(coordinate: str, folder: Path) -> dict[str, Any]:
    """Download an archive from Maven Central and return its row of a lock file."""
    from jgo.maven import MavenContext

    maven = MavenContext(repo_cache=folder, timeout=60)
    group, artifact, version = coordinate.split(":")
    path = maven.resolver.download(maven.project(group, artifact).at_version(version).artifact())
    content = Path(str(path)).read_bytes()
    return {
        "coordinate": coordinate,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }


if __name__ == "__main__":
    main()
