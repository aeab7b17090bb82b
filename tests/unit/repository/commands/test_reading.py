"""What commands print of content."""

from repository.commands.reading import on_one_line, printable


def test_content_neither_steers_the_terminal_nor_begins_a_line_of_ours() -> None:
    forged = "note.\n9998  soca  intelligence\x1b[2J\r2 found"
    assert printable(forged) == "note.\n9998  soca  intelligence\\x1b[2J\\x0d2 found"
    assert on_one_line(forged) == "note. 9998  soca  intelligence\\x1b[2J\\x0d2 found"
