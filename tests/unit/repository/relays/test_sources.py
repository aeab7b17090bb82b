"""Sources: whom a report passes on, and which of its agency's sources it rests on."""

from uuid import UUID

from repository.relays.sources import Citation, citations_of, source_of
from tests.support.events import sample_event

TOLD = {"received": None, "event_id": None}


def step(kind: str, origin: str, reference: str | None = None, **over: object) -> dict[str, object]:
    return {**TOLD, "kind": kind, "origin": origin, "reference": reference, **over}


def cited(*steps: dict[str, object]) -> tuple[Citation, ...]:
    return citations_of(sample_event("intelligence", provenance=list(steps)))


def test_an_agency_is_cited_however_it_spells_the_reference() -> None:
    assert cited(step("agency", "SOCA", "SOCA/INT/0001")) == (Citation("soca:socaint0001"),)
    assert cited(step("agency", "soca", "soca int 0001")) == (Citation("soca:socaint0001"),)


def test_an_agency_without_a_reference_is_cited_as_a_whole() -> None:
    assert cited(step("agency", "soca")) == (Citation("soca:"),)


def test_own_sources_cite_nobody() -> None:
    assert cited(step("own_observation", "gla"), step("informant", "a source", "H1")) == ()
    assert cited(step("agency", "gla")) == ()


def test_a_chain_is_cited_nearest_first() -> None:
    event_id = UUID(int=7)
    chain = (
        step("agency", "hmrc", "9"),
        step("foreign_partner", "Europol", None, event_id=event_id),
    )
    assert cited(*chain) == (Citation("hmrc:9"), Citation("europol:", event_id))


def test_an_assessment_cites_its_sources() -> None:
    event = sample_event("assessment", sources=[UUID(int=5), UUID(int=6)])
    assert citations_of(event) == (Citation(None, UUID(int=5)), Citation(None, UUID(int=6)))


def test_two_informants_are_two_only_if_both_are_named() -> None:
    one, other = step("informant", "a source", "H1"), step("informant", "a source", "H2")
    nameless = step("informant", "a source")
    assert source_of([one]) != source_of([other])
    assert (
        source_of([nameless]) == source_of([]) == source_of([step("own_observation", "gla")]) == ""
    )
    assert "h1" not in source_of([one]).casefold().partition(":")[0]
