"""Which postings are of the few that whoever is beyond law enforcement looks through."""

import importlib

import pytest

from repository.access.classes import FAR, is_far
from repository.access.context import CONTEXT
from repository.access.policy import OWN, WIDE, sees_narrowly
from repository.access.reader import ROLES, Reader
from repository.derived import posting


def test_code_table_and_migration_say_the_same_of_the_index() -> None:
    releases = ", ".join(str(8 * number) for number in sorted(WIDE))
    narrow = f"access_class >= {OWN * FAR} OR (access_class & 56) IN ({releases})"
    (index,) = (one for one in posting.indexes if one.name == "ix_posting_narrow")
    assert str(index.dialect_options["postgresql"]["where"]) == narrow
    migration = importlib.import_module("repository.migrations.versions.0041_narrow_postings")
    assert narrow == migration.NARROW
    assert f">= {FAR})" in CONTEXT


@pytest.mark.parametrize(
    ("sort", "far"),
    [("police", False), ("prosecutor", False), ("centre", False), ("charity", True),
     ("health", True), ("eea", True), ("never heard of", True), ("", False)],
)  # fmt: skip
def test_a_number_says_who_is_far(sort: str, far: bool) -> None:
    assert is_far(sort) == far


@pytest.mark.parametrize(
    ("party", "organisation", "narrowly"),
    [("non_prosecuting", "poppy", True), ("unknown", "press", True), ("foreign", "fbi", False),
     ("eea", "europol", False), ("law_enforcement", "met", False), ("prosecuting", "cps", False),
     ("non_prosecuting", "ukhtc", False)],
)  # fmt: skip
def test_who_sees_nothing_of_others_but_what_is_told_beyond_law_enforcement(
    party: str, organisation: str, narrowly: bool
) -> None:
    reader = Reader("r", organisation, "top_secret", frozenset(ROLES), party)
    assert sees_narrowly(reader) == narrowly
