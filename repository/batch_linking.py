"""`ukhtc linking batch`: Splink on DuckDB over all persons in the store, beside the linker's word.

An audit: nothing is changed. It names records and entities by their numbers and repeats nothing of
what they say; whoever follows one up reads it by `ukhtc entity show`, under their own rights.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import networkx as nx
import psycopg

from intelbus.errors import IntelbusError
from intelbus.reading import read_event
from repository.linking.closure import RecordId, entity_name, record_name

PERSONS: LiteralString = """
SELECT r.position, r.ordinal, r.entity_position, r.entity_ordinal, e.value
FROM record r
JOIN event_log l ON l.position = r.position
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE r.kind = 'person' ORDER BY r.position, r.ordinal
"""
COLUMNS = ("given", "family", "born", "sex", "nationality", "document")
# What Splink predicts on: records that share one of these are compared.
BLOCKING = (("document",), ("given", "family"), ("given", "born"), ("family", "born"))
LEAST_RECORDS = 10
JOINED = 0.95
"""The match probability from which Splink's pairs join."""


class BatchError(IntelbusError):
    """The batch could not be run."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A record of a person: its number, the entity the linker gave it, and what is compared."""

    record: RecordId
    entity: RecordId
    values: Mapping[str, str | None]


def stored_persons(connection: psycopg.Connection[Any]) -> Iterator[Stored]:
    """Yield every record of a person in the store, in order of position."""
    for position, ordinal, ep, eo, value in connection.execute(PERSONS):
        subject = read_event(bytes(value))["subjects"][ordinal]
        yield Stored((position, ordinal), (ep, eo), values_of(subject["details"]["person"]))


def values_of(person: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what Splink compares of a person: the first name, and a date if it is whole."""
    name = next(iter(person["names"]), None) or {"given": None, "family": None, "full": ""}
    words = str(name["full"]).split()
    born = person["date_of_birth"]
    whole = born and born["month"] and born["day"]
    documents = [one["number"] for one in person["documents"] if one["number"]]
    return {
        "given": (name["given"] or " ".join(words[:-1]) or "").casefold() or None,
        "family": (name["family"] or " ".join(words[-1:])).casefold() or None,
        "born": f"{born['year']:04}-{born['month']:02}-{born['day']:02}" if whole else None,
        "sex": person["sex"],
        "nationality": next(iter(person["nationalities"]), None),
        "document": documents[0] if documents else None,
    }


def splink_pairs(rows: Sequence[Mapping[str, str | None]]) -> list[tuple[int, int, float]]:
    """Return the pairs of rows that Splink joins, with their match probability.

    m, u and the prior are estimated on these rows alone. Raises BatchError.
    """
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    if len(rows) < LEAST_RECORDS:
        raise BatchError(
            f"there are {len(rows)} records of persons, too few to learn from",
            hint=f"Splink needs {LEAST_RECORDS} and does well with thousands",
        )
    connection = duckdb.connect()
    columns = ", ".join(f"{name} VARCHAR" for name in COLUMNS)
    connection.execute(f"CREATE TABLE persons (unique_id BIGINT, {columns})")
    marks = ", ".join("?" for _ in range(len(COLUMNS) + 1))
    connection.executemany(
        f"INSERT INTO persons VALUES ({marks})",  # noqa: S608 - marks alone
        [[at, *(row[name] for name in COLUMNS)] for at, row in enumerate(rows)],
    )
    known = {name for name in COLUMNS if any(row[name] for row in rows)}
    comparisons = {
        "given": cl.NameComparison("given"),
        "family": cl.NameComparison("family"),
        "born": cl.DateOfBirthComparison("born", input_is_string=True),
        "sex": cl.ExactMatch("sex"),
        "nationality": cl.ExactMatch("nationality").configure(term_frequency_adjustments=True),
        "document": cl.DamerauLevenshteinAtThresholds("document", [1]),
    }
    blocking: list[Any] = [block_on(*names) for names in BLOCKING if known.issuperset(names)]
    if not blocking:
        raise BatchError("no two columns that Splink could compare on are known")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[made for name, made in comparisons.items() if name in known],
        blocking_rules_to_generate_predictions=blocking,
    )
    try:
        linker = Linker(
            DuckDBAPI(connection=connection).register("persons"), settings, log_level="ERROR"
        )
        linker.training.estimate_probability_two_random_records_match(blocking[:2], recall=0.8)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for names in (("given", "family"), ("born",)):
            if known.issuperset(names):
                linker.training.estimate_parameters_using_expectation_maximisation(block_on(*names))
        found = linker.inference.predict(threshold_match_probability=JOINED)
        listed = found.as_record_list()
    except Exception as error:
        # Splink raises what DuckDB and its own checks raise; none of it is of our making.
        raise BatchError(f"Splink stopped: {error}") from error
    finally:
        connection.close()
    return sorted(
        (int(one["unique_id_l"]), int(one["unique_id_r"]), float(one["match_probability"]))
        for one in listed
    )


def disagreements(
    persons: Sequence[Stored], pairs: Sequence[tuple[int, int, float]]
) -> list[dict[str, Any]]:
    """Return where Splink and the linker differ, the surest first.

    `joins`: Splink joins two entities, by the pair it is surest of. `parts`: it sees several groups
    of records in one entity; records of which it joins nothing are one each.
    """
    found: dict[tuple[RecordId, RecordId], dict[str, Any]] = {}
    graph = nx.Graph()
    graph.add_nodes_from(range(len(persons)))
    for a, b, chance in pairs:
        one, other = persons[a], persons[b]
        if one.entity == other.entity:
            graph.add_edge(a, b)
            continue
        low, high = sorted((one.entity, other.entity))
        row = found.get((low, high))
        if row is None or chance > row["probability"]:
            found[low, high] = {
                "splink": "joins",
                "entities": [entity_name(low), entity_name(high)],
                "records": [[record_name(one.record)], [record_name(other.record)]],
                "probability": round(chance, 4),
            }
    parts: dict[RecordId, list[list[str]]] = {}
    for members in nx.connected_components(graph):
        listed = sorted(persons[at].record for at in members)
        entity = persons[next(iter(members))].entity
        parts.setdefault(entity, []).append([record_name(record) for record in listed])
    split = [
        {
            "splink": "parts",
            "entities": [entity_name(entity)],
            "records": sorted(groups, key=lambda group: (-len(group), group)),
            "probability": None,
        }
        for entity, groups in sorted(parts.items())
        if len(groups) > 1
    ]
    return [*sorted(found.values(), key=lambda row: -row["probability"]), *split]


def compare_with_splink(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Run Splink over all persons in the store and return the report. Raises BatchError."""
    persons = list(stored_persons(connection))
    pairs = splink_pairs([one.values for one in persons])
    found = disagreements(persons, pairs)
    return {
        "records": len(persons),
        "entities": len({one.entity for one in persons}),
        "splink_pairs": len(pairs),
        "agreed_pairs": sum(persons[a].entity == persons[b].entity for a, b, _ in pairs),
        "disagreements": found,
    }
