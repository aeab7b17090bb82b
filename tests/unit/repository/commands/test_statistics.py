"""What a table shows of a value."""

from repository.commands.statistics import cell


def test_what_is_no_range_does_not_read_as_one() -> None:
    assert cell("positions", [2620, 2622, 2625]) == "2620, 2622, 2625"
    assert cell("interval", [3, 9]) == "3 – 9"
    assert (cell("share", 0.5), cell("outside", None), cell("events", 7)) == ("0.500", "", "7")
