"""JSON Lines: one event a line, in the source form."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from producers.sources.rows import Row

LINE_LIMIT = 4 * 1024 * 1024
"""Longest line read, in bytes: an event has at most 256 KiB once encoded."""


class JsonLines:
    """A JSONL file, UTF-8 with or without a byte order mark."""

    flat = False
    columns: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self._size = path.stat().st_size
        self._file = path.open("rb")
        self._read = 0

    def rows(self) -> Iterator[Row]:
        """Yield each line that is not blank."""
        number = 0
        while line := self._file.readline(LINE_LIMIT + 1):
            number += 1
            self._read += len(line)
            if len(line) > LINE_LIMIT:
                yield self._oversized(number, line)
            elif line.strip(b"\xef\xbb\xbf \t\r\n"):
                yield _read_line(number, line)

    def _oversized(self, number: int, start: bytes) -> Row:
        part = start
        while part and not part.endswith(b"\n"):
            part = self._file.readline(LINE_LIMIT)
            self._read += len(part)
        raw = start[:200].decode("utf-8", "replace")
        return Row(
            number, unreadable=f"the line is over {LINE_LIMIT} bytes", advice="split it", raw=raw
        )

    def progress(self) -> tuple[int, int]:
        """Return bytes read and bytes in all."""
        return self._read, self._size

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _read_line(number: int, line: bytes) -> Row:
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError as error:
        raw = line.decode("utf-8", "backslashreplace").strip()
        return Row(number, unreadable=f"not UTF-8: {error}", advice="save it as UTF-8", raw=raw)
    return parse_line(number, text)


def parse_line(number: int, text: str) -> Row:
    """Return the row of one line of JSON; a line of a rejects file is the row it was made from."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return Row(number, unreadable=f"not JSON: {error}", advice="mend the JSON", raw=text)
    if isinstance(value, dict) and value.keys() == {"reject", "row"}:
        value = value["row"]
        if isinstance(value, str):  # what could not be parsed, perhaps mended since
            return parse_line(number, value)
    if not isinstance(value, dict):
        return Row(number, unreadable="not a JSON object", advice="one {…} a line", raw=value)
    return Row(number, cells=value, raw=value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} occurs twice in one object")
    return out


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")
