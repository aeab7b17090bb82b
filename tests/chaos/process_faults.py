"""Faults of programs: killed at a step or at random, stopped, rivalled."""

from functools import partial

from tests.chaos.processes import wait_gone
from tests.chaos.scene import TAKEOVER_SECONDS, Fault, Scene

STEPS = {
    "ingest": ("fenced", "stored", "committed"),
    "sequencer": ("locked", "read", "moved", "tied", "committed"),
    "linker": (
        *("locked", "read", "decided", "removed", "told_apart", "described", "blocked", "judged"),
        *("renewed", "moved", "committed"),
    ),
    "terms": ("locked", "read", "removed", "written", "moved", "committed"),
    "publisher": ("storing", "stored", "sealing", "sealed", "sending", "sent", "acked"),
}
"""Every numbered step at which a program can be told to die (intelbus/failpoints.py)."""

RANDOM_KILLS = 4
ORPHAN_SECONDS = 30.0


def _killed_at(step: str, scene: Scene) -> None:
    world, program = scene.world, step.partition(".")[0]
    name = {
        "ingest": "ingest_0",
        "publisher": scene.choose.choice(("load_gla", "load_met")),
    }.get(program, program)
    world.prepare()
    world.start(**{name: scene.failpoint(step)})
    world.wait_begun()
    before = scene.epochs()
    scene.arm()
    world.open_gate()
    scene.wait_acted()
    scene.heal()
    if program == "ingest":
        scene.wait_takeover(before)


def _killed_at_random(scene: Scene) -> None:
    world = scene.world
    world.prepare(ingests=2)
    world.start()
    world.wait_begun()
    world.open_gate()
    victims = list(world.programs.values())
    for _ in range(RANDOM_KILLS):
        victim = scene.choose.choice(victims)
        said = world.said()
        wanted = min(said + scene.choose.randrange(1, 25), 180)
        world.wait(lambda wanted=wanted: world.said() >= wanted, "the load goes on")  # type: ignore[misc]
        workers = victim.workers()
        if workers and scene.choose.random() < 0.5:
            scene.choose.choice(workers).kill()
        else:
            victim.kill()
    scene.heal()


def _worker_killed(scene: Scene) -> None:
    world = scene.world
    world.prepare(workers=2)
    world.start()
    world.wait_begun()
    before = scene.epochs()
    world.open_gate()
    supervisor = world.ingests()[0]
    victim = scene.choose.choice(supervisor.workers())
    victim.kill()
    scene.heal()
    scene.wait_takeover(before)
    world.wait(
        lambda: len([one for one in supervisor.workers() if one.pid != victim.pid]) == 2,
        "the supervisor starts a killed worker again",
        seconds=TAKEOVER_SECONDS,
    )


def _supervisor_killed(scene: Scene) -> None:
    world = scene.world
    world.prepare(workers=2)
    world.start()
    world.wait_begun()
    before = scene.epochs()
    supervisor = world.ingests()[0]
    orphans = supervisor.workers()
    world.open_gate()
    supervisor.kill()
    scene.heal()
    if wait_gone(orphans, ORPHAN_SECONDS) is None:
        scene.fail("orphan", f"workers outlived their supervisor by {ORPHAN_SECONDS:g} s")
    scene.wait_takeover(before)


def _zombie(scene: Scene) -> None:
    """Stopped wherever it is, past the session timeout, and woken when another owns its work."""
    world = scene.world
    world.prepare(ingests=2)
    world.start()
    world.wait_begun()
    world.wait_all_claimed()  # who owns nothing yet leaves nothing to take over
    before = scene.epochs()
    (worker,) = scene.choose.choice(world.ingests()).workers()
    worker.suspend()
    try:
        world.open_gate()
        scene.wait_takeover(before)
    finally:
        worker.resume()
    scene.heal()


def _zombie_within(step: str, scene: Scene) -> None:
    """Stopped inside its transaction, locks in hand, and woken when another owns its work."""
    world = scene.world
    world.prepare(ingests=2)
    stopping = scene.failpoint(step, "STOP")
    world.start(ingest_0=stopping, ingest_1=stopping)
    world.wait_begun()
    before = scene.epochs()
    scene.arm()
    world.open_gate()
    scene.wait_acted()
    try:
        scene.wait_takeover(before)
    finally:
        for program in world.ingests():
            for worker in program.workers():
                worker.resume()
    scene.heal()


def _rivals(scene: Scene) -> None:
    """Two ingests of different consumer groups: each is given every partition."""
    world = scene.world
    world.prepare()
    world.start()
    world.wait_begun()
    before = scene.epochs()
    rival = world.program("rival", ["tests.chaos.rival"])
    world.loose.append(rival)
    world.open_gate()
    rival.start()
    scene.wait_takeover(before)
    scene.heal()


FAULTS = (
    *(
        Fault(f"kill-{step}", f"SIGKILL at {step}", partial(_killed_at, step))
        for program, steps in STEPS.items()
        for step in (f"{program}.{name}" for name in steps)
    ),
    Fault(
        "kill-at-random", f"{RANDOM_KILLS} SIGKILLs of any program under load", _killed_at_random
    ),
    Fault("kill-worker", "SIGKILL of one of two supervised workers", _worker_killed),
    Fault("kill-supervisor", "SIGKILL of the supervisor of two workers", _supervisor_killed),
    Fault("zombie", "SIGSTOP past the session timeout, then SIGCONT", _zombie),
    *(
        Fault(
            f"zombie-{step}",
            f"the same, stopped at {step}",
            partial(_zombie_within, f"ingest.{step}"),
        )
        for step in STEPS["ingest"]
    ),
    Fault("rivals", "two ingests that are both given every partition", _rivals),
)
