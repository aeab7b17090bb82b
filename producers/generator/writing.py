"""Writing what was told: one JSONL file an agency, and the truth in a file apart."""

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from producers.generator.told import Told


def write(told: Iterable[Told], folder: Path, truth: Path | None = None) -> Counter[str]:
    """Write `<folder>/<agency>.jsonl` and the truth; return the events written by agency.

    Files are written anew, one line an event, keys in a fixed order: the same input gives the same
    bytes. Memory does not grow with the number of events. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    with ExitStack() as files:
        opened: dict[str, TextIO] = {}
        aside = _open(files, truth) if truth is not None else None
        for one in told:
            if one.agency not in opened:
                opened[one.agency] = _open(files, folder / f"{one.agency}.jsonl")
            opened[one.agency].write(_line(one.source))
            counts[one.agency] += 1
            if aside is not None:
                aside.write(_line(one.truth()))
    return counts


def _open(files: ExitStack, path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return files.enter_context(path.open("w", encoding="utf-8", newline="\n"))


def _line(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
