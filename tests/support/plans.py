"""What PostgreSQL says it will do."""

from collections.abc import Iterator
from typing import Any


def steps(plan: Any) -> Iterator[Any]:
    """Yield a plan and all plans in it."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from steps(part)
