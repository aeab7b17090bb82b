"""What a benchmark started ends with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.waiting import wait_until

# A shell that starts the tests in the background has its children ignore Ctrl-C.
BENCHMARK = """
import signal, sys, time
from pathlib import Path
from benchmarks.ending import end_in_order
from benchmarks.ingest import processes

signal.signal(signal.SIGINT, signal.default_int_handler)
end_in_order()
command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
with processes({"one": command}, {}, Path(sys.argv[1])):
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_benchmark_that_is_told_to_stop_leaves_nothing_running(
    tmp_path: Path, number: signal.Signals
) -> None:
    benchmark = subprocess.Popen(
        [sys.executable, "-c", BENCHMARK, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        env=dict(os.environ),
        stderr=subprocess.DEVNULL,
    )
    log = tmp_path / "one.log"
    wait_until(lambda: log.exists() and "up" in log.read_text(), timeout=60, what="its child is up")
    (child,) = psutil.Process(benchmark.pid).children()
    benchmark.send_signal(number)
    assert benchmark.wait(30) != 0
    assert not child.is_running()
