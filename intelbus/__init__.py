"""intelbus: share intelligence on human trafficking, signed and whole.

An agency's program needs one name: `from intelbus import Publisher`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from intelbus.publishing.publisher import Publisher

__all__ = ["Publisher"]


def __getattr__(name: str) -> Any:
    # Imported when asked for, so that tools which only read schemas start quickly.
    if name == "Publisher":
        from intelbus.publishing.publisher import Publisher

        return Publisher
    raise AttributeError(name)
