"""An ingest worker outside the consumer group of the others, so that it is given every partition.

`python -m tests.chaos.rival`: what a second deployment by mistake would be.
"""

from consumers.ingest import worker
from consumers.ingest.supervisor import work
from intelbus.settings import load_settings


def main() -> None:
    """Run one worker under another group's name until told to stop."""
    worker.GROUP = "rival"
    work(load_settings(), None)


if __name__ == "__main__":
    main()
