"""Weighed pairs for tests of clustering."""


def edges(*pairs: tuple[int, int, float]) -> dict[int, dict[int, float]]:
    """Return pairs (a, b, weight) both ways, as clustering takes them."""
    found: dict[int, dict[int, float]] = {}
    for a, b, weight in pairs:
        found.setdefault(a, {})[b] = weight
        found.setdefault(b, {})[a] = weight
    return found
