"""The sequencer and the linker in one process, until told to stop."""

import signal
from threading import Event, Thread

from deploy.demo.children import die_with_parent
from intelbus.settings import load_settings
from repository.linking.stage import run_linker
from repository.sequencer import run_sequencer
from repository.stage_metrics import StageMetrics


def main() -> None:
    """Run both stages until SIGTERM or Ctrl-C."""
    die_with_parent()
    database, stop = load_settings().require_database(), Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threads = [
        Thread(target=run, args=(database, stop), kwargs={"metrics": StageMetrics(name)})
        for name, run in (("sequencer", run_sequencer), ("linker", run_linker))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
