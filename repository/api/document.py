"""The interface's OpenAPI document, kept in `docs/reference/openapi.json`.

Run as `python -m repository.api.document`; a test fails while the file says anything else.
"""

import json
from pathlib import Path

from repository.api.app import make_app

FILE = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


def document() -> str:
    """Return the document as it is kept. The version is the release's business, not a change."""
    found = make_app().openapi()
    found["info"]["version"] = "1"
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), "utf-8")
