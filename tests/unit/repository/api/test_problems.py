"""Problems advise who calls, not who is at a terminal."""

import json

import pytest

from intelbus.errors import ConflictError, IntelbusError, InvalidRequestError
from repository.access.officer import NoOfficerError
from repository.access.session import NoPurposeError
from repository.api.app import make_app
from repository.api.problems import CALLS, problem_of
from repository.exports.disclosures import OfSearch
from repository.exports.recipients import RecipientError
from repository.exports.refusals import NothingMayLeaveError
from repository.queries.event import NoEventError
from repository.review.decisions import DecidedError
from repository.sanitising.rules import (
    NoSuchEventsError,
    NotSanitisedError,
    NotTheirsError,
    TiedError,
)
from repository.saved.searches import TooWideError


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (
            NoEventError("there is no event 7", hint="try `ukhtc search`"),
            "there is no event 7: try `GET /v1/search`",
        ),
        (
            DecidedError("said", hint="`ukhtc review undo 17` takes it back"),
            "said: `POST /v1/review/decisions/{decision}/undo` takes it back",
        ),
        (
            NoPurposeError(hint="give a case reference: --purpose, or INTELBUS_PURPOSE"),
            "Nobody reads without a purpose: give a case reference: Intelbus-Purpose",
        ),
        # What the centre does at its own machine has no call.
        (
            NoEventError("x", hint="the centre does with `ukhtc account oidc`"),
            "x: the centre does with `ukhtc account oidc`",
        ),
    ],
)
def test_a_hint_names_the_call_and_not_the_command(error: IntelbusError, detail: str) -> None:
    assert json.loads(problem_of(error).body)["detail"] == detail


@pytest.mark.parametrize(
    ("error", "exit_status"),
    [
        (OfSearch("no such words").nothing(), 1),
        (NothingMayLeaveError(3, "poppy"), 5),
        (RecipientError("no organisation is enrolled under this code"), 5),
    ],
)
def test_an_export_that_cannot_be_made_is_no_matter_of_rights(
    error: IntelbusError, exit_status: int
) -> None:
    assert (problem_of(error).status_code, error.exit_status) == (422, exit_status)


@pytest.mark.parametrize(
    ("error", "status", "exit_status"),
    [
        (InvalidRequestError("2009-01-01 is not after today"), 422, 2),
        (TooWideError("more than 1,000 events match"), 422, 5),
        (ConflictError("there are 100 already"), 409, 5),
        (DecidedError("somebody has said"), 409, 5),
        (TiedError("it is of another already"), 409, 5),
        (NoSuchEventsError(), 404, 1),
        (NotSanitisedError("it is of another kind"), 422, 5),
        (NotTheirsError(), 403, 5),
        (NoOfficerError(), 403, 5),
    ],
)
def test_what_is_wrong_is_no_matter_of_rights_and_what_is_forbidden_is(
    error: IntelbusError, status: int, exit_status: int
) -> None:
    assert (problem_of(error).status_code, error.exit_status) == (status, exit_status)


def test_every_call_that_a_hint_names_is_there() -> None:
    paths = make_app().openapi()["paths"]
    for call in CALLS.values():
        method, _, path = call.partition(" ")
        assert method.lower() in paths[path], call
