"""Faults of the servers and of the clock."""

import signal
from functools import partial
from pathlib import Path

import psycopg

from tests.chaos.scene import Fault, Scene
from tests.chaos.servers import hold, shifted_clock

MINUTES = 10
CUTS = 5
CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
SPARE_BYTES = 48 * 1024


def _begin(scene: Scene, *, ingests: int = 1, **environment: dict[str, str]) -> None:
    scene.world.prepare(ingests=ingests)
    scene.world.start(**environment)
    scene.world.wait_begun()


def _broker_killed(scene: Scene) -> None:
    _begin(scene)
    scene.world.open_gate()
    hold(scene.choose.uniform(0.0, 0.6))
    scene.breakable.kill_kafka()
    scene.breakable.start_kafka()
    scene.heal()


def _broker_paused(scene: Scene) -> None:
    """Longer than a request's time (10 s), so that the client gives it up."""
    _begin(scene)
    scene.world.open_gate()
    hold(scene.choose.uniform(0.0, 0.6))
    scene.breakable.pause_kafka()
    try:
        hold(scene.choose.uniform(11.0, 16.0))
    finally:
        scene.breakable.resume_kafka()
    scene.heal()


def _postgres_restarted(how: signal.Signals, scene: Scene) -> None:
    _begin(scene)
    scene.world.open_gate()
    hold(scene.choose.uniform(0.0, 0.6))
    scene.breakable.restart_postgres(how)
    scene.heal()


def _connections_cut(scene: Scene) -> None:
    _begin(scene, ingests=2)
    scene.world.open_gate()
    database = psycopg.conninfo.conninfo_to_dict(scene.world.database)["dbname"]
    with psycopg.connect(scene.world.addresses.database_url, autocommit=True) as connection:
        for _ in range(CUTS):
            hold(scene.choose.uniform(0.05, 0.5))
            connection.execute(CONNECTIONS, [database])
    scene.heal()


def _disk_full(scene: Scene) -> None:
    """Fill the file system of the run's tablespace; writes fail with 53100 until it is freed."""
    _begin(scene)
    ballast = scene.world.disk / "ballast"
    _fill(ballast)
    scene.world.open_gate()
    try:
        scene.world.wait(lambda: _refused_for_space(scene.world.folder), "the disk is full")
    finally:
        ballast.unlink()
    scene.heal()


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(SPARE_BYTES))
        except OSError:
            return


def _refused_for_space(logs: Path) -> bool:
    return any(
        mark in log.read_text("utf-8", "replace")
        for log in logs.glob("*.log")
        for mark in ("53100", "DiskFull", "No space left")
    )


def _clock_of_programs(scene: Scene) -> None:
    """Programs end and come back with a clock that is wrong, some ahead, some behind."""
    _begin(scene)
    scene.world.open_gate()
    for program in scene.choose.sample(list(scene.world.programs.values()), 3):
        program.change(shifted_clock(scene.choose.choice((MINUTES, -MINUTES))))
        program.kill()
    scene.heal()


FAULTS = (
    Fault("broker-killed", "SIGKILL of the broker, then started again", _broker_killed,
          exclusive=True),
    Fault("broker-paused", "SIGSTOP of the broker for 11 to 16 s", _broker_paused, exclusive=True),
    Fault("postgres-restarted", "PostgreSQL stopped (fast) and started",
          partial(_postgres_restarted, signal.SIGINT), exclusive=True),
    Fault("postgres-crashed", "PostgreSQL stopped at once, recovering as after a crash",
          partial(_postgres_restarted, signal.SIGQUIT), exclusive=True),
    Fault("connections-cut", f"every database connection terminated, {CUTS} times",
          _connections_cut),
    Fault("disk-full", "the tablespace's file system full, then freed", _disk_full,
          exclusive=True, small_disk=True),
    Fault("clock-programs", f"programs come back with clocks {MINUTES} minutes wrong",
          _clock_of_programs),
)  # fmt: skip
