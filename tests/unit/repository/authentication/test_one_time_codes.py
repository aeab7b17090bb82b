"""One-time codes: RFC 6238's own examples, the window, and no code twice."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from repository.authentication.one_time_codes import STEP, address_of, step_of

# RFC 6238 appendix B, SHA-1, the last six of its eight digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()
EXAMPLES = ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"))


@pytest.mark.parametrize(("moment", "code"), EXAMPLES)
def test_the_examples_of_rfc_6238(moment: int, code: str) -> None:
    now = datetime.fromtimestamp(moment, UTC)
    assert step_of(SECRET, code, now, 0) == moment // STEP


STEPS = [(-2, False), (-1, True), (0, True), (1, True), (2, False)]


@pytest.mark.parametrize(("steps", "good"), STEPS)
def test_a_clock_may_be_one_step_off(steps: int, good: bool) -> None:
    moment, code = EXAMPLES[1]
    now = datetime.fromtimestamp(moment, UTC) - timedelta(seconds=steps * STEP)
    assert (step_of(SECRET, code, now, 0) is not None) is good


def test_no_code_serves_twice_nor_one_before_it() -> None:
    moment, code = EXAMPLES[1]
    now = datetime.fromtimestamp(moment, UTC)
    step = step_of(SECRET, code, now, 0)
    assert step is not None
    assert step_of(SECRET, code, now, step) is None
    assert step_of(SECRET, code, now, step + 1) is None


@pytest.mark.parametrize("code", ["", "28708", "2870820", "２８７０８２", "287083"])
def test_what_is_no_code(code: str) -> None:
    assert step_of(SECRET, code, datetime.fromtimestamp(59, UTC), 0) is None


def test_the_address_names_the_reader_and_escapes_the_name() -> None:
    assert address_of(SECRET, "a b&c").startswith(
        "otpauth://totp/UKHTC%20intelbus:a%20b%26c?secret="
    )
