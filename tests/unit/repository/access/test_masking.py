"""What names a protected person is not readable in the texts either, and nothing else is masked."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.access import masking
from repository.access.masking import MASK, SLIPS, Mask, Withheld, masked, withheld_of
from repository.access.redaction import redacted
from repository.linking.terms import EVENT_TEXT, terms_of
from tests.support.events import sample_event
from tests.support.terms import words_of


def event_of(text: str, **over: Any) -> dict[str, Any]:
    """An event on Jonas Kazlauskas, who is shown, and on Ona Kazlauskienė, who is not."""
    event = sample_event("intelligence", text=text, **over)
    person, van, house, telephone = event["subjects"]
    victim = copy.deepcopy(person)
    victim |= {"local_id": "v", "role": "victim"}
    details = victim["details"]["person"]
    details["names"] = [
        {**details["names"][0], "full": full, "given": given, "family": family}
        for full, given, family in (
            ("Ona Kazlauskienė", "Ona", "Kazlauskienė"), ("Ona Kazlauskas", "Ona", "Kazlauskas"),
        )
    ]  # fmt: skip
    details["date_of_birth"] = {"year": 1991, "month": 2, "day": 3}
    details["documents"] = [{**details["documents"][0], "number": "LT 4455 66"}]
    theirs = copy.deepcopy(telephone) | {"local_id": "w"}
    theirs["details"]["telephone"]["number"] = "+447700900999"
    refuge = copy.deepcopy(house) | {"local_id": "r"}
    refuge["details"]["location"] |= {"kind": "refuge", "name": "Rowan House", "house": "9",
                                      "street": "Mill Lane", "postcode": "NN16 9ZZ"}  # fmt: skip
    event["subjects"] = [person, van, telephone, victim, theirs, refuge]
    event["relations"] = [{"from_id": "v", "to_id": "w", "kind": "uses", "text": None}]
    return event


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("He keeps Ona in the back.", f"He keeps {MASK} in the back."),
        ("ONA KAZLAUSKIENE was seen.", f"{MASK} was seen."),
        ("Kazlauskiene, Ona was seen.", f"{MASK} was seen."),
        ("Ona's passport", f"{MASK} passport"),
        ("Она Казлаускиене", MASK),
        ("Kazlauskeine was here", f"{MASK} was here"),
        ("Jonas Kazlauskas and Ona Kazlauskas", f"Jonas Kazlauskas and {MASK}"),
        ("Kazlauskas drives the van", "Kazlauskas drives the van"),
        ("born 3 February 1991 in", f"born {MASK} in"),
        ("born 03/02/1991", f"born {MASK}"),
        ("DOB 03.02.91.", f"DOB {MASK}."),
        ("on 3rd Feb 1991", f"on {MASK}"),
        ("since 1991-02-03", f"since {MASK}"),
        ("since 19910203", f"since {MASK}"),
        ("in February 1991", "in February 1991"),
        ("passport LT445566", f"passport {MASK}"),
        ("passport LT 44 55 66", f"passport {MASK}"),
        ("rang 07700 900999 twice", f"rang {MASK} twice"),
        ("rang 0044 7700 900 999", f"rang {MASK}"),
        ("rang 07700 900123", "rang 07700 900123"),
        ("at Rowan House, 9 Mill Lane, NN16 9ZZ", f"at {MASK}"),
        ("near nn169zz", f"near {MASK}"),
        ("at 9 Mill Ln, Kettering", f"at {MASK}, Kettering"),
        ("9, MILL LANE", MASK),
        ("in Mill Lane near the mill", f"in {MASK} near the mill"),
        # a town leads to nobody
        ("Kettering, and NN16 in all", "Kettering, and NN16 in all"),
        ("three vans", "three vans"),
        ("", ""),
    ],
)
def test_texts_say_nothing_of_who_is_withheld(text: str, shown: str) -> None:
    event = event_of(text)
    assert masked(text, withheld_of(event)) == shown
    assert redacted("intelligence", event, victims=False, sources=True)["text"] == shown
    assert redacted("intelligence", event, victims=True, sources=False)["text"] == text


@pytest.mark.parametrize(
    ("address", "text", "shown"),
    [
        ({"house": "12", "street": "Broadway"}, "at 12 Broadway", f"at {MASK}"),
        ({"house": "12", "street": "Broadway"}, "along Broadway", "along Broadway"),
        ({"house": "Rose Cottage", "street": None}, "at Rose Cottage", f"at {MASK}"),
        ({"house": "Rosemount", "street": "Mill Road"}, "Rosemount, Mill Rd", MASK),
        ({"house": "Flat 2, 9", "street": "High St"}, "Flat 2, 9 High Street", MASK),
        ({"house": "9", "street": "Mill Lane", "town": "Corby"}, "he lives in Corby", None),
    ],
)
def test_an_address_line_is_masked_however_it_is_written(
    address: dict[str, Any], text: str, shown: str | None
) -> None:
    event = event_of(text)
    event["subjects"][-1]["details"]["location"] |= address
    assert masked(text, withheld_of(event)) == (text if shown is None else shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at 52.40682, -1.51970 now", f"at {MASK} now"),
        ("at 52.4068,1.5197", f"at {MASK}"),
        ("maps/@52.40682,-1.5197,17z", f"maps/@{MASK},17z"),
        ("[-1.5197, 52.40682]", f"[-{MASK}]"),
        ("lat 52.407 and, later, lon -1.520", f"lat {MASK} and, later, lon -{MASK}"),
        ("latitude: 52,4068; longitude: -1,5197", f"latitude: {MASK}; longitude: -{MASK}"),
        ("52.4068°N 1.5197°W", f"{MASK}°N {MASK}°W"),
        ("at 52.41, -1.52", f"at {MASK}"),
        ("two devices at 52.4075, -1.5190", f"two devices at {MASK}"),
        ("52°24'24.6\"N 1°31'10.9\"W", MASK),
        ("52° 24′ 24″ N, 1° 31′ 11″ W", MASK),
        ("52 24 24 N 001 31 11 W", MASK),
        ("N52 24.409 W001 31.182", MASK),
        ("52 deg 24 min 24 s north", MASK),
        ("522424N 0013111W", MASK),
        ("at SP 328 789.", f"at {MASK}."),
        ("at SP3276678984", f"at {MASK}"),
        ("grid sp 3278", f"grid {MASK}"),
        ("E 432766, N 278984", MASK),
        # as rough as a town, somewhere else, or no place at all
        ("about 52.4, -1.5", "about 52.4, -1.5"),
        ("at 52.507, -1.620", "at 52.507, -1.620"),
        ("at SP 528 789", "at SP 528 789"),
        ("1.52 m tall, so they say; paid 52.41", "1.52 m tall, so they say; paid 52.41"),
        ("at 1:31 with 52 24 people", "at 1:31 with 52 24 people"),
        ("room SP 32, 52° of frost", "room SP 32, 52° of frost"),
    ],
)
def test_coordinates_are_masked_however_they_are_written(text: str, shown: str) -> None:
    event = event_of(text)
    event["subjects"][-1]["details"]["location"] |= {"latitude": 52.40682, "longitude": -1.5197}
    assert masked(text, withheld_of(event)) == shown


def test_a_place_that_is_shown_has_its_coordinates_shown() -> None:
    event = event_of("at 52.40682, -1.51970")
    event["subjects"][-1]["details"]["location"] |= {"latitude": None, "longitude": None}
    assert masked(event["text"], withheld_of(event)) == event["text"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ona has a van", f"{MASK} has a van"),
        ("Ona has a car", None),
        ("a car, three vans", "a car, three vans"),
    ],
)
def test_texts_that_show_nothing_may_be_left_out(text: str, shown: str | None) -> None:
    seen = redacted(
        "intelligence", event_of(text), victims=False, sources=True, shows=lambda one: "van" in one
    )
    assert seen["text"] == shown


def test_where_a_mask_may_make_words_none_is_left_out() -> None:
    event = event_of("阮文明van")
    event["subjects"][3]["details"]["person"]["names"][0]["full"] = "阮文明"
    seen = redacted(
        "intelligence",
        event,
        victims=False,
        sources=True,
        shows=lambda text: text.startswith("van"),
    )
    assert seen["text"] == f"{MASK}van"


def test_a_text_is_masked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mask, text = Mask(event_of("Ona has a van")), "Ona has a van"
    assert mask
    assert mask(text) == masked(text, mask.withheld) == f"{MASK} has a van"
    monkeypatch.setattr(masking, "masked", lambda *_: "again")
    assert mask(text) == f"{MASK} has a van"
    assert mask("Ona has a car") == "again"


def test_where_nothing_is_withheld_texts_are_as_they_are() -> None:
    event = event_of("Ona has a van")
    event["subjects"], event["relations"] = [], []
    mask = Mask(event)
    assert not mask
    assert mask("Ona has a van") == "Ona has a van"


def test_a_short_name_is_masked_where_it_is_written_as_a_name() -> None:
    event = event_of("An and an apple")
    name = event["subjects"][3]["details"]["person"]["names"][0]
    name["full"], name["given"], name["family"] = "An Nguyen", "An", "Nguyen"
    assert masked("An took an apple", withheld_of(event)) == f"{MASK} took an apple"


def test_names_of_scripts_without_spaces_are_masked_within_a_text() -> None:
    event = event_of("x")
    event["subjects"][3]["details"]["person"]["names"][0]["full"] = "阮文明"
    assert masked("據報阮文明在此", withheld_of(event)) == f"據報{MASK}在此"


def test_every_free_text_is_masked_and_codes_are_not() -> None:
    event = event_of("Ona", title="On Ona")
    event["subjects"][0]["text"] = "keeps Ona"
    event["relations"].append(
        {"from_id": "s1", "to_id": "s2", "kind": "uses", "text": "for Ona Kazlauskas"}
    )
    event["header"]["handling_conditions"] = "ask before Ona is named"
    shown = redacted("intelligence", event, victims=False, sources=False)
    assert "Ona" not in str(shown)
    assert shown["header"] == event["header"] | {
        "handling_conditions": f"ask before {MASK} is named"
    }


def test_without_a_protected_person_nothing_is_masked() -> None:
    event = sample_event("intelligence", text="Jonas Kazlauskas, born 28 February 1971")
    assert not withheld_of(event)
    assert redacted("intelligence", event, victims=False, sources=True) == event


def test_who_may_not_see_a_victim_does_not_find_the_text_by_the_name() -> None:
    event = event_of("He keeps Ona in the back", title="Rowan House")
    event["subjects"][0]["text"] = "her passport LT445566 is his"
    found = terms_of("intelligence", "gla", event)
    openly = words_of(found, sensitive=False)
    assert {"keeps", "back"} <= openly
    assert openly & {"ona", "rowan", "lt445566", "kazlauskiene"} == set()
    own = [one for one in found if one.ordinal == EVENT_TEXT]
    assert {"ona", "rowan", "lt445566"} <= words_of(own, sensitive=True)


@given(st.text("abcdez", min_size=6, max_size=9), st.data())
def test_one_slip_anywhere_does_not_give_a_long_name_away(name: str, data: st.DataObject) -> None:
    """A letter left out, added, changed or put before the one before it: as `SLIPS` promises."""
    at = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("abcdez"))
    slipped = data.draw(
        st.sampled_from(
            [
                f"{name[:at]}{letter}{name[at:]}",
                f"{name}{letter}",
                f"{name[:at]}{letter}{name[at + 1 :]}",
                f"{name[:at]}{name[at : at + 2][::-1]}{name[at + 2 :]}",
                *([f"{name[:at]}{name[at + 1 :]}"] if len(name) > SLIPS else []),
            ]
        )
    )
    withheld = Withheld(frozenset({name}), frozenset(), frozenset(), frozenset(), ())
    assert masked(f"saw {slipped} go", withheld) == f"saw {MASK} go"
