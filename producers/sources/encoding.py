"""Which encoding a text file has: what its first bytes say, else UTF-8 if it is, else cp1252."""

import codecs
from pathlib import Path

from intelbus.errors import ConfigurationError

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def detect_encoding(path: Path) -> str:
    """Return the encoding of a file, reading it once through in constant memory.

    A byte order mark decides. Otherwise a file that is UTF-8 to its end is UTF-8: cp1252 text with
    accents is practically never valid UTF-8. What is left is cp1252, as Excel on Windows saves CSV.
    Raises ConfigurationError when it is neither.
    """
    with path.open("rb") as file:
        start = file.read(4)
        for mark, name in _MARKS:
            if start.startswith(mark):
                return name
    for name in ("utf-8", "cp1252"):
        if _decodes(path, name):
            return name
    raise ConfigurationError(
        "the file is neither UTF-8 nor cp1252 text",
        subject=str(path),
        hint='save it as UTF-8, or name its encoding in the mapping: [file] encoding = "…"',
    )


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
