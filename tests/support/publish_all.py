"""A publishing program to be killed: `python publish_all.py HOME KAFKA PREFIX COUNT`.

Publishes COUNT events in pieces, delivering after each, and starts from the beginning each time.
"""

import sys
from pathlib import Path

from intelbus import Publisher
from tests.support.agencies import settings_of
from tests.support.events import sample_source

PIECE = 60


def run(home: Path, kafka: str, prefix: str, count: int) -> None:
    with Publisher(settings_of(home, kafka=kafka, prefix=prefix)) as publisher:
        for start in range(0, count, PIECE):
            for number in range(start, min(start + PIECE, count)):
                source = sample_source("intelligence", source_reference=f"GLA/{number}")
                publisher.publish("intelligence", source)
            publisher.flush(30)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
