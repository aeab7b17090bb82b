"""The centre's processes: ingest workers, and one each for the stages behind it."""

import multiprocessing
import signal
import threading
from types import FrameType

import structlog

from consumers.ingest.supervisor import Stop, supervise
from intelbus.settings import Settings

STAGES = ("sequencer", "linker", "receipts", "statistics", "notices", "relays", "terms")
PATIENCE = 15.0

log = structlog.get_logger()


def run_stage_process(name: str, settings: Settings, metrics_port: int | None) -> None:
    """Run one stage in this process until SIGTERM or SIGINT."""
    from intelbus import logs

    logs.configure()
    stop, ready = threading.Event(), threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    if metrics_port is not None:
        from consumers.health import serve

        serve(metrics_port, ready=ready.is_set)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent, stop), daemon=True).start()
    if name == "sequencer":
        from intelbus.trust_files import centre_key
        from repository.sequencer import run_sequencer
        from repository.stage_metrics import StageMetrics

        run_sequencer(
            settings.require_database(),
            stop,
            metrics=StageMetrics(name),
            ready=ready,
            key=centre_key(settings.centre_home),
        )
    elif name == "linker":
        from repository.linking.stage import run_linker
        from repository.stage_metrics import StageMetrics

        run_linker(settings.require_database(), stop, metrics=StageMetrics(name), ready=ready)
    elif name == "statistics":
        from repository.stage_metrics import StageMetrics
        from repository.statistics.stage import run_counting

        run_counting(settings.require_database(), stop, metrics=StageMetrics(name), ready=ready)
    elif name == "terms":
        from repository.linking.posting import run_posting
        from repository.stage_metrics import StageMetrics

        run_posting(settings.require_database(), stop, metrics=StageMetrics(name), ready=ready)
    elif name == "relays":
        from repository.relays.stage import run_relays
        from repository.stage_metrics import StageMetrics

        run_relays(settings.require_database(), stop, metrics=StageMetrics(name), ready=ready)
    elif name == "notices":
        from repository.notices.stage import run_notices
        from repository.registry import load_pinned
        from repository.stage_metrics import StageMetrics

        run_notices(
            settings.require_database(),
            lambda connection: load_pinned(connection, settings.centre_home),
            stop,
            metrics=StageMetrics(name),
            ready=ready,
        )
    else:
        from consumers.receipts import run_receipts

        run_receipts(settings, stop, ready=ready)


def _follow(parent: multiprocessing.process.BaseProcess, stop: threading.Event) -> None:
    """Stop when the command is gone: one that was killed cannot tell its stages to end."""
    parent.join()
    stop.set()


class _Stages:
    """The stage processes; one that ends is started again while the centre runs."""

    def __init__(self, settings: Settings, first_port: int | None) -> None:
        self._settings = settings
        self._first_port = first_port
        self._context = multiprocessing.get_context("spawn")
        self._running = {name: self._start(name) for name in STAGES}
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="stages", daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """Stop them all, and wait."""
        self._over.set()
        self._keeper.join()
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.join(PATIENCE)
            if process.is_alive():
                process.kill()

    def _start(self, name: str) -> multiprocessing.process.BaseProcess:
        port = self._first_port + STAGES.index(name) if self._first_port is not None else None
        process = self._context.Process(
            target=run_stage_process, args=(name, self._settings, port), name=name
        )
        process.start()
        return process

    def _keep(self) -> None:
        while not self._over.wait(1.0):
            for name, process in self._running.items():
                if process.exitcode is not None:
                    log.warning("stage_died", stage=name, status=process.exitcode)
                    self._running[name] = self._start(name)


def run_centre(settings: Settings, *, workers: int, metrics_port: int | None) -> int:
    """Run everything until told to stop; return the exit status of the ingest."""
    Stop().install()  # an early signal must not leave a child behind
    stages = _Stages(settings, metrics_port + workers if metrics_port is not None else None)
    try:
        return supervise(settings, workers=workers, metrics_port=metrics_port)
    finally:
        stages.stop()
