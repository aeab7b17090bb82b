"""Where the vectors and data shared between repositories are."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2].parent / "shared"


def shared_path(*parts: str) -> Path:
    """Return a path under INTELBUS_SHARED (by default the folder `shared` beside the repository).

    Skips the test, saying so, when there is none; with INTELBUS_STRICT=1 it fails instead.
    """
    root = Path(os.environ.get("INTELBUS_SHARED") or _BESIDE)
    path = root.joinpath(*parts)
    if path.exists():
        return path
    reason = f"INTELBUS_SHARED not set: {'/'.join(parts)} is not in {root}"
    if os.environ.get("INTELBUS_STRICT") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
