"""Documents: which differ, what is one person's, and who fits two."""

import pytest

from repository.linking.documents import Doubts, differ, fit_two, held
from tests.support.pairs import edges

P, Q = "passport:lt:lt1234567", "passport:lt:lt7418529"
SLIP = "passport:lt:lt1234657"
BAR = 6.0


def of(*documents: str) -> frozenset[str]:
    return frozenset(documents)


@pytest.mark.parametrize(
    ("one", "other", "two"),
    [
        (of(P), of(Q), True),
        (of(P), of(P), False),
        (of(P), of(SLIP), False),
        (of(P), of("passport:lv:lt7418529"), False),
        (of(P), of("identity_card:lt:lt7418529"), False),
        (of(P, Q), of(Q), False),
        (of(P, "identity_card:lt:1234567"), of(Q, "identity_card:lt:1234567"), False),
        (of(P), of(), False),
    ],
)
def test_two_numbers_of_one_kind_and_issuer_differ(
    one: frozenset[str], other: frozenset[str], *, two: bool
) -> None:
    assert differ(one, other) is two
    assert differ(other, one) is two


def test_who_is_reported_with_two_has_both_wherever_one_is_said() -> None:
    third = "passport:lt:lt5550000"
    said = {1: of(P), 2: of(P, Q), 3: of(Q, third), 4: of("passport:vn:b1"), 5: of()}
    assert held(said, said) == {
        **dict.fromkeys((1, 2, 3), of(P, Q, third)),
        4: of("passport:vn:b1"),
    }


def test_who_fits_two_has_no_document_that_tells() -> None:
    documents = {1: of(P), 2: of(Q)}

    def fits(weight: float, own: frozenset[str] = frozenset()) -> bool:
        said = {**documents, **({3: own} if own else {})}
        return list(fit_two([3], said, edges((3, 1, 20.0), (3, 2, weight)), BAR)) == [3]

    assert fits(BAR)
    assert not fits(BAR - 0.1)
    assert not fits(BAR, of(SLIP))
    assert not fits(BAR, of("passport:lt:lt0000000"))
    assert fits(BAR, of("identity_card:lt:lt0000000"))


def test_a_persons_word_settles_a_doubt() -> None:
    documents, pairs = {1: of(P), 2: of(Q)}, edges((3, 1, 20.0), (3, 2, 20.0))

    def doubts(apart: set[int], *ties: tuple[int, int, float]) -> Doubts:
        return Doubts(documents, {3: apart}, pairs, BAR, edges(*ties))

    unsaid = doubts(set())
    assert (unsaid.on(1, 2), unsaid.on(1, 3), unsaid.on(2, 3)) == (True, True, True)
    one = doubts(set(), (1, 3, 12.0))
    assert (one.on(1, 2), one.on(1, 3), one.on(2, 3)) == (True, False, True)
    two = doubts({2})
    assert (two.on(1, 2), two.on(1, 3)) == (True, False)
    same = doubts(set(), (1, 2, 12.0))
    assert (same.on(1, 2), same.on(1, 3), same.on(2, 3)) == (False, False, False)
