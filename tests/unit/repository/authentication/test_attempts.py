"""How long a name is blocked: a table, never shorter with more failures."""

from repository.authentication.attempts import WAITS, wait_after


def test_the_first_mistakes_cost_nothing_and_the_wait_has_an_end() -> None:
    waits = [wait_after(failures).total_seconds() for failures in range(1, 1000)]
    assert waits[:4] == [0, 0, 0, 0]
    assert waits == sorted(waits)
    assert waits[-1] == WAITS[-1][1] == 900
