"""Faults of the log: cut short under the cursor, made anew, given more partitions."""

import time
from functools import partial

from kafka import TopicPartition

from intelbus.kafka import admin_client, make_producer
from intelbus.kafka_sending import send
from intelbus.kafka_topics import create_topics, end_offsets
from intelbus.message import OutgoingMessage
from tests.chaos.scene import Fault, Scene
from tests.chaos.world import PARTITIONS
from tests.support.agencies import APPEND_TIME

STOP_SECONDS = 60.0
GROWN = 5


def _begin(scene: Scene) -> str:
    """Start everything, and return the topic to be broken once its beginning is stored."""
    world = scene.world
    world.prepare()
    world.start()
    world.wait_begun()
    scene.expected_stop = True
    return world.topics.for_kind("intelligence")


def _pause_ingest(scene: Scene, *, ended: bool) -> None:
    (ingest,) = scene.world.ingests()
    if ended:
        ingest.ask_to_end()
        ingest.wait_end()
    else:
        for worker in ingest.workers():
            worker.suspend()


def _resume_ingest(scene: Scene, *, ended: bool) -> None:
    (ingest,) = scene.world.ingests()
    if ended:
        ingest.start_anew()
    else:
        for worker in ingest.workers():
            worker.resume()
    scene.heal()
    _wait_for_loud_stop(scene)


def _wait_for_loud_stop(scene: Scene) -> None:
    """Wait for status 5 (docs/reference/exit-statuses.md): anything else is a silent skip."""
    (ingest,) = scene.world.ingests()
    started = time.monotonic()
    while not (ingest.statuses and ingest.statuses[-1] == 5):
        if time.monotonic() - started > STOP_SECONDS:
            scene.fail("silent", f"ingest did not stop with 5; it ended with {ingest.statuses}")
            return
        time.sleep(0.05)


def _truncated(ended: bool, scene: Scene) -> None:
    """Delete what is not read yet, as retention would that overtakes a slow reader."""
    topic = _begin(scene)
    _pause_ingest(scene, ended=ended)
    world = scene.world
    world.open_gate()
    world.wait(world.published, "everything is published")
    ends = end_offsets(world.settings, [topic])
    with admin_client(world.settings) as admin:
        admin.delete_records(
            {TopicPartition(*place): end for place, (_, end) in ends.items() if end}
        )
    _resume_ingest(scene, ended=ended)


def _recreated(ended: bool, scene: Scene) -> None:
    """Delete the topic and make another of its name that is longer than the cursor."""
    topic = _begin(scene)
    _pause_ingest(scene, ended=ended)
    settings = scene.world.settings
    ends = end_offsets(settings, [topic])
    with admin_client(settings) as admin:
        admin.delete_topics([topic])
        scene.world.wait(lambda: topic not in admin.list_topics(), "the topic is gone")
    create_topics(settings, {topic: APPEND_TIME}, partitions=PARTITIONS, replication=1)
    producer = make_producer(settings)
    for (name, partition), (_, end) in ends.items():
        for _ in range(end + 20):
            send(producer, OutgoingMessage(name, b"k", b"another log", ()), partition)
    producer.flush()
    producer.close()
    _resume_ingest(scene, ended=ended)


def _grown(scene: Scene) -> None:
    """Raise the number of partitions; an agency's first stream goes to the new ones too."""
    world = scene.world
    world.prepare(ingests=2)
    world.start()
    world.wait_begun()
    with admin_client(world.settings) as admin:
        admin.create_partitions(dict.fromkeys(world.topics.events, GROWN))
    world.open_gate()
    world.wait(world.published, "everything is published")
    scene.heal()


FAULTS = (
    Fault("truncated", "the log cut under the cursor of an ingest that was down",
          partial(_truncated, True)),
    Fault("truncated-running", "the log cut under the cursor of an ingest that runs",
          partial(_truncated, False)),
    Fault("recreated", "the topic made anew while ingest was down", partial(_recreated, True)),
    Fault("recreated-running", "the topic made anew under an ingest that runs",
          partial(_recreated, False)),
    Fault("partitions-raised", f"from {PARTITIONS} partitions a topic to {GROWN}", _grown),
)  # fmt: skip
