"""What the interface promises changes only on purpose."""

from repository.api.app import make_app
from repository.api.document import FILE, document


def test_the_committed_document_is_the_interface() -> None:
    assert FILE.read_text("utf-8") == document(), "run `python -m repository.api.document`"


def test_whatever_is_read_may_be_answered_as_known_already() -> None:
    """Sessions and logging in are nobody's to keep."""
    reads = {
        path: operations["get"]["responses"]
        for path, operations in make_app().openapi()["paths"].items()
        if path.startswith("/v1/") and "get" in operations
    }
    without = {path for path, responses in reads.items() if "304" not in responses}
    assert without == {"/v1/sessions/current", "/v1/oidc/login", "/v1/oidc/callback"}
