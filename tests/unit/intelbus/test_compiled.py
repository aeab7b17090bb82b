"""What is compiled before events wait."""

from intelbus.compiled import compile_events, compiled
from intelbus.contract import load_contract


def test_every_events_schema_is_compiled_beforehand() -> None:
    compile_events()
    before = compiled.cache_info().misses
    for released in load_contract().all():
        if released.kind is not None:
            compiled(released.schema_id)
    assert compiled.cache_info().misses == before
