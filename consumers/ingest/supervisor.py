"""Several ingest workers, each a process of its own; one that dies is started again."""

import multiprocessing
import signal
import sys
import time
from types import FrameType

import psycopg
import structlog

from intelbus.collecting import collect_seldom
from intelbus.errors import IntelbusError, UnavailableError
from intelbus.settings import Settings

PATIENCE = 15.0
BACKOFF_LIMIT = 30.0

log = structlog.get_logger()


class Stop:
    """Set by SIGTERM or SIGINT; the batch in hand is finished first."""

    def __init__(self) -> None:
        self.asked = False

    def install(self) -> None:
        """Take over both signals of this process."""
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)

    def __call__(self) -> bool:
        return self.asked

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True


def work(settings: Settings, metrics_port: int | None) -> None:
    """Run one worker in this process until it is told to stop."""
    from consumers.ingest.worker import Worker
    from intelbus import logs

    logs.configure()
    stop = Stop()
    stop.install()
    worker: Worker | None = None
    if metrics_port is not None:
        from consumers.health import serve

        serve(metrics_port, ready=lambda: worker is not None and worker.ready())
    parent = multiprocessing.parent_process()

    def stopping() -> bool:
        # A supervisor that was killed cannot tell its workers to end.
        return stop() or (parent is not None and not parent.is_alive())

    try:
        worker = Worker(settings)
        collect_seldom()
        worker.run(stopping)
    except IntelbusError as error:
        log.error("worker_stopped", error=str(error))
        sys.exit(error.exit_status)
    except psycopg.Error as error:
        # Outside a batch (a claim, the registry): a new process starts from the cursors.
        log.error("worker_stopped", kind=type(error).__name__, sqlstate=error.sqlstate)
        sys.exit(UnavailableError.exit_status)


def supervise(settings: Settings, *, workers: int, metrics_port: int | None) -> int:
    """Keep `workers` running; return the exit status once told to stop.

    A worker that ends with a status that trying again cannot mend (refused, misconfigured) ends
    them all with that status.
    """
    context = multiprocessing.get_context("spawn")
    stop = Stop()
    stop.install()

    def start(number: int) -> multiprocessing.process.BaseProcess:
        port = metrics_port + number if metrics_port is not None else None
        process = context.Process(target=work, args=(settings, port), name=f"ingest-{number}")
        process.start()
        return process

    running = {number: start(number) for number in range(workers)}
    failures = dict.fromkeys(running, 0)
    due: dict[int, float] = {}
    status = 0
    while not stop() and not status:
        for number, process in list(running.items()):
            process.join(0.2 / workers)
            if process.exitcode is None or stop():
                continue
            if process.exitcode in {2, 3, 5}:
                status = process.exitcode
                break
            if number not in due:
                failures[number] += 1
                wait = min(BACKOFF_LIMIT, 0.5 * 2 ** failures[number])
                due[number] = time.monotonic() + wait
                log.warning("worker_died", worker=number, status=process.exitcode, again_in=wait)
            elif time.monotonic() > due[number]:
                del due[number]
                running[number] = start(number)
    for process in running.values():
        if process.is_alive():
            process.terminate()
    for process in running.values():
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
    return status
