"""Two stores: one of everything, and the same without what one reader may not see.

What the reader is answered must be the same in both, byte for byte: then nothing that is hidden has
any part in it. The second is made by the policy alone, never by the database's rules.
"""

import copy
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
from psycopg import sql

from intelbus.codec import decode_event, encode_event
from intelbus.keys import SigningKey
from intelbus.trust import Agency, TrustRegistry, sign_registry
from repository.access.policy import MARKINGS, RELEASES, may_read, rights
from repository.access.reader import Reader
from repository.access.redaction import redacted
from repository.database import connect
from repository.linking.stage import empty, link_all
from repository.relays import stage as relays
from repository.sequencer import sequence_once
from repository.statistics import stage as statistics
from tests.support.events import NOW, sample_event
from tests.support.store import store_made

TYPES = {"met": "police", "gla": "enforcement", "poppy": "charity", "ukhtc": "centre",
         "europol": "eea"}  # fmt: skip
AGENCIES = tuple(TYPES)
CODES = (*RELEASES, ("unknown", "9"))
KINDS = (
    "intelligence", "intelligence", "intelligence", "referral", "referral", "operation", "outcome",
    "missing-child", "port-encounter", "victim-support",
)  # fmt: skip
ROLES = ("controller", "suspect", "victim", "potential_victim", "witness")
PEOPLE = 12
PERIOD = (date(2009, 1, 1), date(2009, 12, 31))


@dataclass(slots=True)
class Said:
    """One event of the store, with what decides who may read it."""

    position: int
    agency: str
    event_id: UUID
    kind: str
    scheme: str
    handling: str
    marking: str
    case: str | None
    step: str | None
    amends: bool = False
    replaced_by: list["Said"] = field(default_factory=list)

    def seen_by(self, reader: Reader, broken: Collection[int] = ()) -> bool:
        """Return whether a reader may see it: it, and all that replaced it or took it back; or by
        glass that was broken for its position.
        """
        return self.position in broken or all(
            may_read(reader, one.agency, one.scheme, one.handling, one.marking, victim=False)
            for one in (self, *self.replaced_by[-1:])
        )


@dataclass(frozen=True, slots=True)
class Glass:
    """What one reader sees beyond their rights, and whether with what identifies victims there."""

    positions: frozenset[int] = frozenset()
    victims: bool = False


WHOLE = Glass()


def fill(connection: psycopg.Connection[Any], seed: int, count: int) -> list[Said]:
    """Store `count` events, sequence, link and count them; return what was said, by position.

    People, vehicles and telephones are few, so that records are tied across codes, markings and
    agencies, and some only through others. Some events are corrected or retracted, some of them
    under a stricter code. (Under a looser one, the correction itself says that there was a version
    before it.)
    """
    random = Random(seed)
    said: list[Said] = []
    enrol(connection)
    for number in range(count):
        target = random.choice(said) if said and random.random() < 0.15 else None
        cited = random.randrange(number) if number and random.random() < 0.5 else None
        passed_on = [] if cited is None else _passed_on(said[cited].agency, cited)
        said.append(_store(connection, random, number, target, passed_on))
    while sequence_once(connection):
        pass
    positions = dict(connection.execute("SELECT event_id, position FROM event_log").fetchall())
    for one in said:
        one.position = positions[one.event_id]
    link_all(connection)
    statistics.count_all(connection)
    relays.relay_all(connection)
    _tie(connection, random, said)
    _disclose(connection, random, said)
    return sorted(said, key=lambda one: one.position)


def enrol(connection: psycopg.Connection[Any]) -> None:
    """Keep a registry that says of each agency of which sort it is."""
    agencies = [Agency(code, code, sort, frozenset()) for code, sort in TYPES.items()]
    registry = TrustRegistry.of(1, NOW, NOW + timedelta(days=365), agencies, [])
    signed = sign_registry(registry, SigningKey.from_seed(bytes(32)))
    connection.execute(
        "INSERT INTO registry (version, signed) VALUES (1, %s) ON CONFLICT DO NOTHING", (signed,)
    )


def _tie(connection: psycopg.Connection[Any], random: Random, said: list[Said]) -> None:
    """Let some events stand as sanitised versions of others of their originators."""
    for one in random.sample(said, len(said) // 4):
        full = random.choice([other for other in said if other.agency == one.agency])
        connection.execute(
            "INSERT INTO sanitised_version (position, full_position, said_by) VALUES (%s, %s, 'x')",
            (one.position, full.position),
        )


def _disclose(connection: psycopg.Connection[Any], random: Random, said: list[Said]) -> None:
    """Let two organisations have exported some events, current ones and such as were replaced."""
    for number, organisation in enumerate(("ukhtc", "met") * 4):
        export_id = UUID(int=number + 1)
        at = NOW + timedelta(days=number)
        connection.execute(
            """INSERT INTO disclosure (export_id, exported_at, exported_by, recipient, party,
                purpose, form, kind, since, until, left_out, organisation)
            VALUES (%s, %s, 'x', 'y', 'law_enforcement', 'z', 'csv', 'referral', %s, %s, 0, %s)""",
            (export_id, at, *PERIOD, organisation),
        )
        for one in random.sample(said, 8):
            connection.execute(
                "INSERT INTO disclosed_event (export_id, position, handling) VALUES (%s, %s, %s)",
                (export_id, one.position, one.handling),
            )


def keep_searches(connection: psycopg.Connection[Any], readers: Iterable[Reader]) -> None:
    """Let each reader have a search that alerts, and know of every second event."""
    for reader in readers:
        row = connection.execute(
            """INSERT INTO saved_search (owner, organisation, name, query, filters, shared, alerts,
                purpose, rights, sources)
            VALUES (%s, %s, 'all', 'from:2009-01-01', '{}', false, true, 'x', %s::bit varying,
                %s) RETURNING search_no""",
            (reader.name, reader.organisation, rights(reader), reader.has("source_data")),
        ).fetchone()
        connection.execute(
            """INSERT INTO alert_told (search_no, agency, root_event_id)
            SELECT DISTINCT %s::bigint, e.agency, coalesce(e.corrects, e.event_id)
            FROM event e JOIN event_log l USING (agency, event_id) WHERE l.position %% 2 = 0""",
            row,
        )


def _store(
    connection: psycopg.Connection[Any],
    random: Random,
    number: int,
    target: Said | None,
    passed_on: list[dict[str, Any]],
) -> Said:
    if target and (target.kind == "retraction" or target.replaced_by or target.amends):
        target = None
    agency = target.agency if target else random.choice(AGENCIES)
    retracts = target is not None and random.random() < 0.4
    kind = "retraction" if retracts else (target.kind if target else random.choice(KINDS))
    scheme, handling = CODES[number % len(CODES)]
    marking = random.choice(MARKINGS[1:5])
    if target:
        stricter = random.random() < 0.5
        scheme, handling = CODES[3] if stricter else (target.scheme, target.handling)
        marking = target.marking
    header = {
        "grading_scheme": scheme,
        # What may be suggested to be corroborated, and what is suspected false.
        "information_grade": random.choice("4435" if scheme.startswith("five") else "CCDE"),
        "handling": handling,
        "marking": marking,
        "handling_conditions": "ask us first",
        "source_reference": f"REF {number:04}",
        "reported_at": NOW + timedelta(minutes=number),
    }
    if target and retracts:
        body: dict[str, Any] = {"target_event_id": target.event_id, "target_kind": target.kind}
    else:
        body = _body(kind, random, number)
        if kind == "intelligence":
            body["provenance"] = passed_on
        if target:
            header["corrects"] = target.event_id
    event = sample_event(kind, originator=agency, **header, **body)
    event_id = store_made(connection, kind, event)
    case, step = event.get("nrm_reference") if kind == "referral" else None, event.get("step")
    made = Said(0, agency, event_id, kind, scheme, handling, marking, case, step)
    if target:
        made.amends = True
        target.replaced_by.append(made)
    return made


def _passed_on(agency: str, number: int) -> list[dict[str, Any]]:
    """Return what an event says that passes on another."""
    step = {"kind": "agency", "origin": agency, "reference": f"REF {number:04}"}
    return [step | {"event_id": None, "received": None}]


def _body(kind: str, random: Random, number: int) -> dict[str, Any]:
    people = random.sample(range(PEOPLE), 2)
    subjects = [_person(f"s{at}", who, random) for at, who in enumerate(people)]
    template = sample_event("intelligence")["subjects"]
    vehicle, place, telephone = (copy.deepcopy(one) for one in template[1:4])
    vehicle["details"]["vehicle"]["registration"] = f"KX{random.randrange(8):02} ABZ"
    telephone["details"]["telephone"]["number"] = f"+4477009001{random.randrange(8):02}"
    place["details"]["location"]["house"] = str(random.randrange(4))
    for at, one in enumerate((vehicle, place, telephone)):
        one["local_id"] = f"t{at}"
        subjects.append(one)
    relations = [
        {"from_id": "s0", "to_id": f"t{random.randrange(3)}", "kind": "uses", "text": "seen to"}
    ]
    body: dict[str, Any] = {"subjects": subjects, "relations": relations}
    if kind == "intelligence":
        body["title"] = f"Report unique{number:04}"
        body["text"] = f"Word{number % 7} of the house and Person{people[0]} going there."
    if kind == "referral":
        body["nrm_reference"] = f"NRM/2009/{random.randrange(10):04}"
        step = random.choice(["referred", "referred", "reasonable_grounds", "conclusive_grounds"])
        body["step"] = step
        if step != "referred":
            body["decision"] = random.choice(["positive", "negative"])
        body["step_on"] = date(2009, 6, 1) + timedelta(days=random.randrange(100))
    if kind == "outcome":
        body["offence"] = f"Offence {number % 3}"
    return body


def _person(local_id: str, who: int, random: Random) -> dict[str, Any]:
    one = copy.deepcopy(sample_event("intelligence")["subjects"][0])
    person = one["details"]["person"]
    person["names"][0]["full"] = f"Person{who} Invented"
    person["names"][0]["given"], person["names"][0]["family"] = f"Person{who}", "Invented"
    # Each paper is one of two that the person has, or one that two people share: bridges.
    numbers = random.sample([f"A{who:03}", f"B{who:03}", f"C{who // 2:03}"], random.randint(1, 2))
    document = person["documents"][0]
    person["documents"] = [{**document, "number": number} for number in numbers]
    person["date_of_birth"] = None
    return {**one, "local_id": local_id, "role": random.choice(ROLES)}


def break_glass(
    connection: psycopg.Connection[Any],
    said: list[Said],
    reader: Reader,
    random: Random,
    *,
    victims: bool,
) -> Glass:
    """Let a reader see two events, with their versions, that are beyond their rights. Whether
    somebody may decide so is not asked here.
    """
    hidden = [one for one in said if not one.seen_by(reader)]
    positions: set[int] = set()
    for one in random.sample(hidden, min(2, len(hidden))):
        root = next(first for first in said if first is one or one in first.replaced_by)
        family = sorted(each.position for each in (root, *root.replaced_by))
        connection.execute(
            """WITH asked AS (
                INSERT INTO glass_request (reader, organisation, os_user, credential,
                    asked_position, victims, hours, reason)
                VALUES (%s, %s, '', '', %s, %s, 24, 'a life') RETURNING request_no
            )
            INSERT INTO glass_decision (request_no, decided_by, granted, expires_at, agency,
                root_event_id, positions)
            SELECT request_no, 'somebody else', true, now() + interval '1 day', %s, %s, %s
            FROM asked""",
            (reader.name, reader.organisation, one.position, victims, root.agency, root.event_id,
             family),
        )  # fmt: skip
        positions |= set(family)
    return Glass(frozenset(positions), victims)


@contextmanager
def copies(url: str, count: int) -> Iterator[list[str]]:
    """Yield the URLs of so many copies of the store as it is now, to make twins in."""
    server = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    original = urlsplit(url).path.lstrip("/")
    names = [f"{original}_twin_{number}" for number in range(count)]
    with psycopg.connect(server, autocommit=True) as connection:
        for name in names:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(original)
                )
            )
        try:
            yield [urlunsplit(urlsplit(url)._replace(path=f"/{name}")) for name in names]
        finally:
            for name in names:
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )


@contextmanager
def without_hidden(
    copy_url: str,
    said: list[Said],
    reader: Reader,
    glass: Glass,
) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection to the store as it would be had nothing been said that a reader may not
    see: a copy of the store, in a transaction that is undone afterwards.
    """
    with connect(copy_url) as connection, connection.transaction(force_rollback=True):
        # As every session's, which begins within this one.
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        _strip(connection, said, reader, glass)
        yield connection


def _strip(
    connection: psycopg.Connection[Any],
    said: list[Said],
    reader: Reader,
    glass: Glass,
) -> None:
    hidden = [one for one in said if not one.seen_by(reader, glass.positions)]
    decisions = [one.position for one in hidden if _own_decision(one, said, reader)]
    told = connection.execute(
        "SELECT * FROM nrm_step WHERE position = ANY(%s)", (decisions,)
    ).fetchall()
    ids = [one.event_id for one in hidden]
    for statement in (
        "DELETE FROM event WHERE event_id = ANY(%s)",
        "DELETE FROM event_log WHERE event_id = ANY(%s)",
        "DELETE FROM amendment WHERE amending_event_id = ANY(%s)",
    ):
        connection.execute(statement, (ids,))
    positions = [one.position for one in hidden]
    connection.execute(
        "DELETE FROM restatement WHERE position = ANY(%s) OR first_position = ANY(%s)",
        (positions, positions),
    )
    connection.execute(
        "DELETE FROM sanitised_version WHERE position = ANY(%s) OR full_position = ANY(%s)",
        (positions, positions),
    )
    connection.execute("DELETE FROM disclosed_event WHERE position = ANY(%s)", (positions,))
    victims, sources = reader.has("victim_data"), reader.has("source_data")
    for one in said:
        if one not in hidden and one.kind != "retraction":
            shown = victims or (glass.victims and one.position in glass.positions)
            _redact(connection, one, victims=shown, sources=sources)
    empty(connection)
    statistics.empty(connection)
    relays.empty(connection)
    link_all(connection)
    statistics.count_all(connection)
    relays.relay_all(connection)
    for row in told:
        marks = ", ".join(["%s"] * len(row))
        connection.execute(f"INSERT INTO nrm_step VALUES ({marks})", row)
    # A case is known by its oldest step, which a hidden decision may have been.
    connection.execute(
        """UPDATE nrm_step decision SET case_position = step.case_position FROM nrm_step step
        WHERE decision.position = ANY(%(own)s) AND step.reference = decision.reference
          AND NOT step.position = ANY(%(own)s)""",
        {"own": decisions},
    )
    concerned = connection.execute(
        "SELECT DISTINCT case_position FROM nrm_step WHERE position = ANY(%s)", (decisions,)
    ).fetchall()
    statistics.fold(connection, {case for (case,) in concerned})


def _own_decision(one: Said, said: list[Said], reader: Reader) -> bool:
    """Return whether it decides a case that the reader's organisation referred."""
    level = MARKINGS.index(one.marking)
    return (
        one.case is not None
        and one.step != "referred"
        and reader.clearance in MARKINGS
        and level <= MARKINGS.index(reader.clearance)
        and any(
            other.case == one.case and other.seen_by(reader)
            for other in said
            if other.step == "referred" and other.agency == reader.organisation
        )
    )


def _redact(
    connection: psycopg.Connection[Any], one: Said, *, victims: bool, sources: bool
) -> None:
    key = (one.agency, one.event_id)
    row = connection.execute(
        "SELECT value FROM event WHERE agency = %s AND event_id = %s", key
    ).fetchone()
    assert row is not None
    whole = decode_event(bytes(row[0])).event
    event = redacted(one.kind, whole, victims=victims, sources=sources)
    if one.kind == "intelligence":  # who passes on whom is told to all who may see both
        event = {**event, "provenance": whole["provenance"]}
    if one.case is not None:  # what makes steps a case; it is shown to nobody who may not see it
        event = {**event, "nrm_reference": one.case}
    value = encode_event(one.kind, event)
    connection.execute(
        "UPDATE event SET value = %s WHERE agency = %s AND event_id = %s", (value, *key)
    )
