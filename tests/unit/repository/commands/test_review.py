"""What `ukhtc review decide` refuses before it looks at anything."""

import pytest
from typer.testing import CliRunner

from consumers.cli import assemble
from intelbus.errors import InvalidRequestError


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--same", "--not-same"],
        ["--not-same", "--same"],
        ["--same", "--unsure"],
        ["--not-same", "--unsure"],
        ["--same", "--not-same", "--unsure"],
    ],
)
def test_a_decision_is_exactly_one(flags: list[str]) -> None:
    asked = ["review", "decide", "R1-0:R2-0", *flags, "--because", "seen the photographs"]
    result = CliRunner().invoke(assemble(), asked)
    assert result.exit_code == 2, result.output
    assert "exactly one of --same, --not-same, --unsure" in " ".join(result.output.split())


@pytest.mark.parametrize("pair", ["R1-0", "R1-0:", "one:two"])
def test_what_is_no_pair_is_wrong_usage(pair: str) -> None:
    asked = ["review", "decide", pair, "--same", "--because", "seen the photographs"]
    result = CliRunner().invoke(assemble(), asked)
    assert isinstance(result.exception, InvalidRequestError)
    assert result.exception.exit_status == 2
