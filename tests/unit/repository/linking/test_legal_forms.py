"""Legal forms are no part of a name, and letters that look like them are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.linking.fields import organisation
from repository.linking.legal_forms import AT_THE_END, without_form
from repository.linking.normalise import tokens


@pytest.mark.parametrize(
    "text",
    [
        "Berzas Ltd", "Berzas Limited", "Berzas (Ltd)", "Berzas, Ltd.", "Berzas & Co. KG",
        "Berzas S.R.L.", "S.C. Berzas S.R.L.", "SC Berzas SRL", "Berzas SpA", "Berzas S.p.A.",
        "Berzas Sp. z o.o.", "Berzas sp. j.", "Berzas O.O.D.", "Бержас ЕООД", "Berzas E.O.O.D.",
        "Berzas S.A.", "Berzas G.m.b.H.", "Berzas d.o.o.", "Berzas Sh.p.k.", "Berzas Kft.",
        "Berzas s.r.o.", "Berzas spol. s r.o.", "Berzas a.s.", "UAB Berzas", "Berzas, UAB",
        "SIA Berzas", "Berzas OÜ", "Berzas A/S", "Berzas ApS", "Berzas AB", "Berzas Oy",
        "Berzas N.V.", "Berzas B.V.", "OOO Berzas", "ООО «Берзас»", "ТОВ Берзас",
        "ТзОВ «Берзас»", "Berzas Pty Ltd", "Berzas Private Limited", "Berzas Sdn Bhd",
    ],
)  # fmt: skip
def test_a_form_is_no_part_of_the_name(text: str) -> None:
    assert organisation(text) in {"berzas", "berzhas"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AB Cleaning", "ab cleaning"),
        ("SP Foods Ltd", "sp foods"),
        ("AG Labour", "ag labour"),
        ("SA Logistics", "sa logistics"),
        ("Co-op", "co op"),
        ("Thai Spa", "thai spa"),
        ("Company of Wolves", "company wolves"),
        ("Alpha Ltd t/a Beta", "alpha beta"),
        ("Alpha Inc. - Beta", "alpha beta"),
        ("The Co", "co"),
        ("Ltd", "ltd"),
        ("J & S A", "j s a"),
    ],
)
def test_what_is_part_of_the_name_is_kept(text: str, expected: str) -> None:
    assert organisation(text) == expected


@given(st.text(max_size=40))
def test_a_name_of_any_words_keeps_one(text: str) -> None:
    assert bool(without_form(text)) == bool(tokens(text))


def test_forms_are_written_as_they_are_compared() -> None:
    forms = [form for row in AT_THE_END.values() for form in row.split()]
    assert [form for form in forms if tokens(form) != [form]] == []
