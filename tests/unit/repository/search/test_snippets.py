"""Passages are the event's own words, with what matched marked."""

from repository.search.snippets import PASSAGE, holding, snippets


def test_the_words_are_marked_as_they_are_written() -> None:
    event = {"header": {"source_reference": "van"}, "text": "A white VAN at Vân's farm."}
    (found,) = snippets(event, {"van"})
    assert [found.text[a:b] for a, b in found.marks] == ["VAN"]


def test_other_spellings_of_a_name_are_marked() -> None:
    event = {"subjects": [{"details": {"person": {"names": [{"full": "Jonas Kazlauskaz"}]}}}]}
    (found,) = snippets(event, {"kazlauskas"})
    assert [found.text[a:b] for a, b in found.marks] == ["Kazlauskaz"]


def test_a_long_text_is_cut_around_the_first_match() -> None:
    (found,) = snippets({"text": "x " * 500 + "needle " + "y " * 500}, {"needle"})
    assert len(found.text) == PASSAGE
    assert [found.text[a:b] for a, b in found.marks] == ["needle"]


def test_what_stands_in_another_passage_is_shown_once() -> None:
    name = {"full": "Jonas Kazlauskas", "given": "Jonas", "family": "Kazlauskas"}
    event = {
        "title": "Kazlauskas again",
        "text": "Neighbours say that Jonas KAZLAUSKAS lives there.",
        "subjects": [{"details": {"person": {"names": [name, name | {"full": "J. Kazlauskas"}]}}}],
    }
    texts = [one.text for one in snippets(event, {"kazlauskas"})]
    assert sorted(texts) == sorted(["Kazlauskas again", event["text"], "J. Kazlauskas"])


def test_nothing_is_shown_of_what_does_not_match() -> None:
    assert snippets({"text": "nothing of the kind"}, {"van"}) == []


def test_a_text_holds_a_word_however_it_is_written() -> None:
    holds = holding({"kazlauskas", "van"})
    assert holds("a white VÂN")
    assert holds("Kazlauskaz")
    assert not holds("caravan")
