"""How a ring of people and things is told: by several agencies, again, corrected, relayed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from producers.generator.invention import Stock
from producers.generator.narrative import (
    MANNERS,
    Matter,
    dressed,
    forwarded,
    matter,
    retell,
    sentences,
)
from producers.generator.people import Invented, person_details
from producers.generator.things import as_written
from producers.generator.told import Told

GRADES = ("B21", "B31", "C31", "B32", "E41", "A11", "C41")


@dataclass(frozen=True, slots=True)
class Ring:
    """The truth behind several reports: who, what and where."""

    name: str
    exploitation: str
    suspects: tuple[Invented, ...]
    victims: tuple[Invented, ...]
    things: tuple[tuple[str, str, Mapping[str, Any]], ...]  # role, truth, details
    matter: Matter
    children: bool = False


def ring(
    stock: Stock,
    name: str,
    *,
    language: str | None,
    exploitation: str,
    place: str,
    suspects: int = 2,
    victims: int = 2,
    children: bool = False,
) -> Ring:
    """Return a new ring with a house, a van, a telephone and an account."""
    things = tuple(
        (role, *stock.thing(kind, place=place))
        for role, kind in (
            ("exploitation_site", "location"),
            ("means_of_transport", "vehicle"),
            ("means_of_contact", "telephone"),
            ("means_of_payment", "account"),
        )
    )
    return Ring(
        name,
        exploitation,
        tuple(stock.person(language) for _ in range(suspects)),
        tuple(stock.person(language, child=children) for _ in range(victims)),
        things,
        matter(stock.random, stock.split),
        children,
    )


def about(
    random: Random, ring: Ring, *, people: int = 2, things: int = 2, victims: bool = True
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, str]]:
    """Return subjects, relations and their truth, as one agency came to know them."""
    chosen: list[tuple[str, str, dict[str, Any]]] = [
        ("controller", p.truth, person_details(random, p))
        for p in random.sample(ring.suspects, min(people, len(ring.suspects)))
    ]
    if victims and ring.victims:
        person = random.choice(ring.victims)
        age = "child" if ring.children else "adult"
        chosen.append(
            ("potential_victim", person.truth, person_details(random, person, age_status=age))
        )
    for role, truth, details in random.sample(ring.things, min(things, len(ring.things))):
        chosen.append((role, truth, written(random, details)))
    subjects = [
        {"local_id": f"s{n}", "role": role, **details}
        for n, (role, _, details) in enumerate(chosen, start=1)
    ]
    relations = [
        {"from_id": "s1", "to_id": subject["local_id"], "kind": "uses"}
        for subject in subjects
        if subject["role"].startswith("means_")
    ]
    return subjects, relations, {f"s{n}": truth for n, (_, truth, _) in enumerate(chosen, start=1)}


def written(random: Random, details: Mapping[str, Any]) -> dict[str, Any]:
    """Return a thing as one clerk typed it: spaces and prefixes vary, the thing does not."""
    copied = {kind: dict(fields) for kind, fields in details.items()}
    if "telephone" in copied:
        copied["telephone"]["number"] = as_written(random, copied["telephone"]["number"])
    if "vehicle" in copied and random.random() < 0.4:
        copied["vehicle"]["registration"] = copied["vehicle"]["registration"].replace(" ", "")
    if "location" in copied and random.random() < 0.4:
        copied["location"]["postcode"] = copied["location"]["postcode"].lower()
    return copied


def heading(stock: Stock, agency: str, kind: str, on: date) -> dict[str, Any]:
    """Return the header fields of an event, graded and marked as its kind usually is."""
    random = stock.random
    reported = on + timedelta(days=random.randrange(3))
    occurred = random.choice(
        (
            on.isoformat(),
            f"{on.year}-{on.month:02d}",
            f"{(on - timedelta(days=9)).isoformat()}/{on.isoformat()}",
        )
    )
    made: dict[str, Any] = {
        "kind": kind,
        "source_reference": stock.reference(agency, kind[:3].upper()),
        "reported_at": f"{reported.isoformat()}T{8 + random.randrange(10):02d}:"
        f"{random.randrange(60):02d}Z",
        "occurred": occurred,
        "urgency": random.choice(("routine", "routine", "routine", "priority")),
        "marking": random.choice(("restricted", "restricted", "confidential")),
    }
    if kind == "intelligence":
        made["grade"] = random.choice(GRADES)
        if random.random() < 0.04:
            made["grade"] = "B15"
            made["handling_conditions"] = "Refer to the originator before any action."
    else:
        made["handling"] = "1"
    return made


def report(
    stock: Stock,
    agency: str,
    told_of: Ring,
    on: date,
    *,
    route: str = "agency",
    provenance: Sequence[Mapping[str, Any]] = (),
) -> Told:
    """Return an agency's intelligence report on a ring."""
    subjects, relations, truth = about(stock.random, told_of)
    names = [s["person"]["names"][0]["full"] for s in subjects if s["role"] == "controller"]
    words = sentences(stock.random, told_of.matter, names, stock.random.randint(2, 3))
    source = {
        **heading(stock, agency, "intelligence", on),
        "title": told_of.name,
        "text": dressed(stock.random, stock.split, words),
        "route": route,
        "provenance": list(provenance) or own_sources(stock, agency),
        "exploitation": [{"kind": told_of.exploitation}],
        "subjects": subjects,
        "relations": relations,
    }
    if route == "crimestoppers":
        source["grade"] = "E41"
        source["provenance"] = []
        source.pop("handling_conditions", None)
    return Told(agency, source, truth, words=words)


def own_sources(stock: Stock, agency: str) -> list[dict[str, Any]]:
    """Return what a report says of the agency's own source; half say nothing."""
    draw = stock.random.random()
    if draw < 0.25:
        return [{"origin": agency, "kind": "own_observation"}]
    if draw < 0.5:
        source = {"origin": "registered source", "kind": "informant"}
        named = {"reference": f"H{stock.random.randrange(40):03d}"} if draw < 0.35 else {}
        return [source | named]
    return []


def contradicted(stock: Stock, agency: str, told_of: Ring, on: date) -> Told:
    """Return a report that says of the ring's van what no other report does: its colour is wrong.

    Both stay in the store, each with its grade; which is right is for a person to find out.
    """
    made = report(stock, agency, told_of, on)
    role, truth, details = next(one for one in told_of.things if "vehicle" in one[2])
    said = written(stock.random, details)
    said["vehicle"]["colour"] = stock.random.choice(("red", "green", "yellow"))
    others = [one for one in made.source["subjects"] if "vehicle" not in one]
    van = {"local_id": "van", "role": role, **said}
    kept = {one["local_id"] for one in others}
    relations = [r for r in made.source["relations"] if {r["from_id"], r["to_id"]} <= kept]
    source = {**made.source, "subjects": [*others, van], "relations": relations}
    truths = {local: one for local, one in made.subjects.items() if local in kept}
    return Told(agency, source, {**truths, "van": truth}, words=made.words)


def relay(
    stock: Stock,
    agency: str,
    first: Told,
    told_of: Ring,
    on: date,
    *,
    manner: str | None = None,
    cited: bool | None = None,
) -> Told:
    """Return another agency's report of what somebody else first reported.

    Some say whose report they pass on (`cited`), others only repeat it, in one of MANNERS, beside
    something of their own now and then, and on all, some or none of its subjects.
    """
    random = stock.random
    manner = manner or random.choice(MANNERS)
    cited = random.random() < 0.55 if cited is None else cited
    origin = {
        "origin": first.agency,
        "reference": first.source["source_reference"],
        "kind": "agency",
    }
    made = report(stock, agency, told_of, on, provenance=[origin])
    words = retell(random, stock.split, first.words, manner)
    if random.random() < 0.25:
        words.append(random.choice(made.words))
    source = {
        **made.source,
        "text": forwarded(random, stock.split, dressed(random, stock.split, words)),
        "provenance": [origin] if cited else own_sources(stock, agency),
        **_passed_on(random, first),
    }
    truth = {one["local_id"]: first.subjects[one["local_id"]] for one in source["subjects"]}
    key = (first.agency, first.source["source_reference"])
    how = f"{manner}, cited" if cited else manner
    return Told(agency, source, truth, "relay", key, how, words)


def _passed_on(random: Random, first: Told) -> dict[str, Any]:
    """Return the subjects that a relay names, and the relations between them."""
    subjects = list(first.source["subjects"])
    draw = random.random()
    if draw < 0.08:
        subjects = []
    elif draw < 0.4 and len(subjects) > 1:
        kept = random.sample(range(len(subjects)), random.randint(1, len(subjects) - 1))
        subjects = [subjects[number] for number in sorted(kept)]
    there = {one["local_id"] for one in subjects}
    relations = [
        one for one in first.source["relations"] if {one["from_id"], one["to_id"]} <= there
    ]
    return {"subjects": subjects, "relations": relations}


def retold(stock: Stock, first: Told) -> Iterator[Told]:
    """Yield, now and then, what becomes of a report: repeated, restated, corrected, retracted."""
    random, key = stock.random, (first.agency, first.source["source_reference"])
    draw = random.random()
    if draw < 0.05:
        yield Told(first.agency, first.source, first.subjects, "repeat", key)
    elif draw < 0.08:
        other = stock.reference(first.agency, "RE")
        again = {**first.source, "source_reference": other}
        yield Told(first.agency, again, first.subjects, "restatement", key, words=first.words)
    elif draw < 0.12 and first.source["kind"] == "intelligence":
        corrected = {
            **first.source,
            "occurred": first.source["reported_at"][:10],
            "text": first.source["text"] + " Corrected: the date first given was wrong.",
        }
        yield Told(first.agency, corrected, first.subjects, "correction", key)
    elif draw < 0.13:
        source = {
            "kind": "retraction",
            "source_reference": stock.reference(first.agency, "RET"),
            "reported_at": first.source["reported_at"],
            "marking": first.source["marking"],
            "handling": "1",
            "retracts": key[1],
            "target_kind": first.source["kind"],
            "reason": "source_unreliable",
        }
        yield Told(first.agency, source, {}, "retraction", key)
