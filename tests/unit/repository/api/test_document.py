"""What the interface promises changes only on purpose."""

from repository.api.document import FILE, document


def test_the_committed_document_is_the_interface() -> None:
    assert FILE.read_text("utf-8") == document(), "run `python -m repository.api.document`"
