"""Suggestions: offered with their reasons, never for what is doubted, and never a grade changed."""

import pytest

from repository.relays.origins import Corroboration, Origin
from repository.relays.suggestion import Graded, suggestions

FIVE, THREE = "five_by_five_by_five", "three_by_five_by_two"


def found(*agencies: str, independent: int | None = None) -> Corroboration:
    origins = tuple(Origin(a, "", (n,), True) for n, a in enumerate(agencies, 1))
    return Corroboration(len(agencies) if independent is None else independent, origins, {}, (), ())


def test_a_report_that_cannot_be_judged_may_be_corroborated() -> None:
    graded = [Graded(1, FIVE, "4"), Graded(2, FIVE, "2")]
    (only,) = suggestions(found("gla", "met"), graded)
    assert (only.position, only.information) == (1, "3")
    assert only.because.endswith("2 independent origins (gla, met)")


@pytest.mark.parametrize("information", ["1", "2", "3", "5", None])
def test_no_other_evaluation_is_touched(information: str | None) -> None:
    graded = [Graded(1, FIVE, information), Graded(2, FIVE, "2"), Graded(3, FIVE, "2")]
    assert suggestions(found("gla", "met", "soca"), graded) == []


def test_the_other_scheme_has_its_own_row() -> None:
    (only,) = suggestions(found("gla", "met"), [Graded(1, THREE, "D"), Graded(2, THREE, "A")])
    assert (only.scheme, only.information) == (THREE, "B")


def test_one_origin_suggests_nothing() -> None:
    assert suggestions(found("gla"), [Graded(1, FIVE, "4")]) == []
    assert suggestions(found("gla", "met", independent=1), [Graded(1, FIVE, "4")]) == []


def test_what_is_suspected_false_supports_nothing() -> None:
    assert suggestions(found("gla", "met"), [Graded(1, FIVE, "4"), Graded(2, FIVE, "5")]) == []
