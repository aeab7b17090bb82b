"""Origins: echoes are never counted, in any order; nothing rests on what was withdrawn."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from repository.relays.origins import Cites, Corroboration, Graph, Repeats, Version

DAY = datetime(2009, 6, 1, tzinfo=UTC)


def version(position: int, agency: str, **over: object) -> Version:
    made = Version(
        position=position,
        agency=agency,
        root_event_id=UUID(int=position),
        event_id=UUID(int=position),
        name=f"{agency}:{position}",
        reported_at=DAY + timedelta(days=position),
        asserts=True,
        source="",
        stands=True,
    )
    return replace(made, **over)  # type: ignore[arg-type]


def behind(
    versions: list[Version],
    repeats: list[tuple[int, int, str, int]] | None = None,
    cites: list[Cites] | None = None,
    restates: dict[int, int] | None = None,
    asked: list[int] | None = None,
) -> Corroboration:
    graph = Graph(versions, [Repeats(*row) for row in repeats or []], cites or [], restates or {})
    return graph.corroboration(asked or [one.position for one in versions])


SOCA, GLA, MET, HMRC = (version(n, a) for n, a in enumerate(("soca", "gla", "met", "hmrc"), 1))


def test_two_agencies_are_two_origins() -> None:
    found = behind([SOCA, GLA])
    assert found.independent == 2
    assert [(one.agency, one.positions) for one in found.origins] == [("gla", (2,)), ("soca", (1,))]


def test_one_rumour_relayed_by_three_is_one() -> None:
    repeats = [(2, 1, "quoted", 1), (3, 1, "reworded", 1), (4, 2, "quoted", 1)]
    found = behind([SOCA, GLA, MET, HMRC], repeats)
    assert found.independent == 1
    assert found.echoes == {2: (1,), 3: (1,), 4: (2,)}


def test_two_relays_of_a_report_that_is_not_here_are_one() -> None:
    cites = [Cites(2, "soca:7", None), Cites(3, "soca:7", None)]
    found = behind([GLA, MET], cites=cites)
    assert (found.independent, found.origins[0].held) == (1, False)


def test_a_cited_report_is_the_same_once_it_is_here() -> None:
    cites = [Cites(2, SOCA.name, None), Cites(3, None, SOCA.event_id)]
    assert behind([SOCA, GLA, MET], cites=cites).independent == 1


def test_reports_that_repeat_each_other_in_a_circle_are_one() -> None:
    cites = [Cites(1, GLA.name, None), Cites(2, MET.name, None), Cites(3, SOCA.name, None)]
    assert behind([SOCA, GLA, MET], cites=cites).independent == 1


def test_an_agency_corroborates_itself_only_from_another_source() -> None:
    again = version(2, "soca")
    assert behind([SOCA, again]).independent == 1
    assert behind([SOCA, replace(again, source="informant:1")]).independent == 2


def test_a_restatement_is_not_counted() -> None:
    again = replace(GLA, agency="soca", source="informant:1")
    assert behind([SOCA, again], restates={2: 1}).independent == 1


def test_what_is_too_much_alike_counts_once() -> None:
    found = behind([SOCA, GLA, MET], [(2, 1, "alike", 0)])
    assert (found.independent, found.unsure) == (2, ((1, 2),))


def test_likely_other_words_never_add_an_origin() -> None:
    """One of its two reports seems to repeat what is not asked about: no second origin."""
    versions = [SOCA, GLA, version(5, "gla")]
    assert behind(versions, [(2, 1, "reworded", 1)], asked=[2, 5]).independent == 1


def test_nothing_rests_on_what_was_withdrawn() -> None:
    withdrawn = replace(SOCA, stands=False)
    found = behind([withdrawn, GLA, MET], [(2, 1, "quoted", 1)], asked=[2, 3])
    assert (found.independent, found.baseless) == (1, (2,))


def test_a_correction_stands_for_what_it_corrects() -> None:
    corrected = version(9, "soca", root_event_id=SOCA.root_event_id)
    versions = [replace(SOCA, stands=False), corrected, GLA]
    assert behind(versions, [(2, 1, "quoted", 1)], asked=[9, 2]).independent == 1


def test_a_relay_corrected_so_that_it_repeats_nobody_is_an_origin() -> None:
    corrected = version(9, "gla", root_event_id=GLA.root_event_id)
    versions = [SOCA, replace(GLA, stands=False), corrected]
    assert behind(versions, [(2, 1, "quoted", 1)], asked=[1, 9]).independent == 2


def test_a_watch_or_an_assessment_is_no_origin() -> None:
    assert behind([SOCA, replace(GLA, asserts=False)]).independent == 1


AGENCIES = st.sampled_from(["soca", "gla", "met"])
VERSIONS = st.lists(AGENCIES, min_size=1, max_size=7).map(
    lambda agencies: [version(n, agency) for n, agency in enumerate(agencies, 1)]
)
ROWS = st.lists(
    st.tuples(
        *(st.integers(1, 7), st.integers(1, 7)),
        st.sampled_from([("quoted", 1), ("reworded", 1), ("cited", 1), ("alike", 0)]),
    ),
    max_size=10,
)


@given(VERSIONS, ROWS, st.randoms())
def test_neither_the_order_nor_another_echo_adds_an_origin(
    versions: list[Version], rows: list[tuple[int, int, tuple[str, int]]], random: object
) -> None:
    repeats = sorted({(a, b, kind, verdict) for a, b, (kind, verdict) in rows if a != b})
    found = behind(versions, repeats)
    shuffled, mixed = list(versions), list(repeats)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert behind(shuffled, mixed) == found
    assert found.independent <= len({one.agency for one in versions})
    echo = version(8, "hmrc")
    more = behind([*versions, echo], [*repeats, (8, 1, "quoted", 1)])
    assert more.independent == found.independent
