"""Terms of events, as tests look at them."""

from collections.abc import Iterable

from repository.linking.terms import Terms


def words_of(found: Iterable[Terms], *, sensitive: bool) -> frozenset[str]:
    """Return all terms that are for readers of victims' data alone, or for the others too."""
    return frozenset[str]().union(*(one.words for one in found if one.sensitive is sensitive))
