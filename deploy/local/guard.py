"""`python -m deploy.local.guard DATA PID`: wait until a process ends, then remove its servers.

So a test run or a demonstration that is killed leaves nothing running and nothing on the disk.
"""

import contextlib
import sys
import time
from pathlib import Path

import psutil

from deploy.local.servers import down
from intelbus.errors import ConfigurationError


def main(data: Path, owner: int) -> None:
    """Wait for the owner (a process, not a number: a reused id is another process), then remove."""
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(owner).wait()
    while data.is_dir():
        try:
            down(data, remove=True)
            return
        except ConfigurationError:
            time.sleep(0.5)  # a command holds the folder; the kernel frees it when that ends


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
