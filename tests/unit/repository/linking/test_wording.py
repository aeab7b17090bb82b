"""Wordings: what stands side by side for whom."""

from repository.linking import normalise
from repository.linking.wording import strings, wording, wordings_of
from tests.support.events import sample_event


def test_texts_are_found_in_order_at_any_depth() -> None:
    event = {"a": "1", "b": [{"c": "2", "d": None}, "3", ("4", [])], "e": {"f": ["5"]}, "g": 6}
    assert strings(event) == ["1", "2", "3", "4", "5"]


def test_words_stand_side_by_side_within_a_text() -> None:
    event = sample_event(
        "intelligence", title="White van", text="The O'Hare van, white", subjects=[], relations=[]
    )
    shown, more = wordings_of("intelligence", event)
    assert {" white van ", " the ohare van white "} <= set(shown.split("\n"))
    assert more == ""


def test_a_text_of_one_word_and_who_told_are_left_out() -> None:
    event = sample_event("intelligence", title="Lorries", subjects=[], relations=[])
    event["provenance"] = [{"origin": "a careful neighbour"}]
    shown, _ = wordings_of("intelligence", event)
    assert "lorries" not in shown
    assert "careful" not in shown


def test_what_names_a_victim_is_told_apart_and_a_mask_parts_words() -> None:
    event = sample_event("referral")
    event["subjects"] = [event["subjects"][0] | {"role": "victim", "text": "met in Dover"}]
    (name,) = event["subjects"][0]["details"]["person"]["names"][:1]
    event["relations"] = []
    event["header"]["handling_conditions"] = f"ask before {name['full']} is moved"
    shown, more = wordings_of("referral", event)
    assert " ask before \n is moved " in shown
    assert " ask before is moved " not in shown
    words = wording([normalise.tokens(name["full"])]).strip()
    assert words not in shown
    assert f" ask before {words} is moved " in more
    assert " met in dover " in more
    assert " ask before \n" not in more
