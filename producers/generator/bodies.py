"""The kinds besides intelligence and referrals: what each agency would say of a ring."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from producers.generator.invention import Stock
from producers.generator.stories import Ring, about, heading
from producers.generator.told import Told

Body = Callable[[Stock, Ring, date], dict[str, Any]]


def _inspection(stock: Stock, ring: Ring, _on: date) -> dict[str, Any]:
    return {
        "inspection_reference": f"INS/{stock.number('inspection') + 1:05d}",
        "sector": stock.random.choice(("agriculture", "shellfish", "food_processing", "packaging")),
        "licence_status": stock.random.choice(("licensed", "unlicensed", "revoked")),
        "workers_encountered": stock.random.randint(3, 60),
        "findings": [{"kind": stock.random.choice(("withheld_wages", "overcrowding", "none"))}],
        "trafficking_indicated": ring.exploitation == "labour" and stock.random.random() < 0.5,
    }


def _outcome(stock: Stock, ring: Ring, on: date) -> dict[str, Any]:
    sexual = ring.exploitation == "sexual"
    statute = "Sexual Offences Act 2003 s.58" if sexual else "AI(ToC)A 2004 s.4"
    convicted = stock.random.random() < 0.7
    return {
        "case_reference": f"CASE/{stock.number('case') + 1:05d}",
        "offence": f"Trafficking for {ring.exploitation} exploitation",
        "statute": statute,
        "charges": stock.random.randint(1, 6),
        "plea": stock.random.choice(("guilty", "not_guilty")),
        "result": "convicted" if convicted else "acquitted",
        "result_on": on.isoformat(),
        "sentence_months": stock.random.randint(18, 132) if convicted else None,
        "victims_gave_evidence": stock.random.randint(0, 3),
        "victims_declined": [{"reason": "fear", "count": stock.random.randint(1, 3)}],
        "defendant_may_be_victim": stock.random.random() < 0.1,
    }


def _port_encounter(stock: Stock, ring: Ring, _on: date) -> dict[str, Any]:
    return {
        "place": stock.random.choice(("Dover", "Heathrow", "Gatwick", "Holyhead", "Croydon ASU")),
        "person_status": "child" if ring.children else "adult",
        "carrier": stock.random.choice(("ferry", "air", "lorry")),
        "action": "referred to the local authority" if ring.children else "interviewed",
    }


def _missing_child(stock: Stock, _ring: Ring, _on: date) -> dict[str, Any]:
    return {
        "incident_reference": f"MC/{stock.number('missing') + 1:05d}",
        "step": stock.random.choice(("went_missing", "found", "link_suspected")),
        "missing_from": "local authority care",
    }


def _assessment(_stock: Stock, ring: Ring, on: date) -> dict[str, Any]:
    return {
        "title": f"{ring.name}: group map",
        "product": "group_map",
        "period_from": (on - timedelta(days=90)).isoformat(),
        "period_to": on.isoformat(),
    }


def _victim_support(stock: Stock, _ring: Ring, on: date) -> dict[str, Any]:
    return {
        "step": stock.random.choice(("entered", "left", "returned_home")),
        "step_on": on.isoformat(),
        "provider": "poppy",
    }


def _watch(stock: Stock, _ring: Ring, on: date) -> dict[str, Any]:
    return {
        "watch_reference": f"W/{stock.number('watch') + 1:05d}",
        "step": "placed",
        "expires_on": (on + timedelta(days=90)).isoformat(),
    }


def _operation(_stock: Stock, ring: Ring, _on: date) -> dict[str, Any]:
    return {"operation_name": ring.name, "step": "warrant", "lead_agency": "soca"}


# One row a kind: what fills its body.
BODIES: Mapping[str, Body] = {
    "inspection": _inspection,
    "outcome": _outcome,
    "port-encounter": _port_encounter,
    "missing-child": _missing_child,
    "assessment": _assessment,
    "victim-support": _victim_support,
    "watch": _watch,
    "operation": _operation,
}
CHILD_ONLY = frozenset({"missing-child"})


def event(stock: Stock, agency: str, kind: str, ring: Ring, on: date, **body: Any) -> Told:
    """Return an agency's event of one of the kinds in BODIES; `body` replaces fields of it."""
    subjects, relations, truth = about(
        stock.random, ring, victims=kind not in {"outcome", "inspection"}
    )
    if kind in CHILD_ONLY:
        subjects, relations, truth = _child_alone(subjects, truth)
    source = {
        **heading(stock, agency, kind, on),
        **BODIES[kind](stock, ring, on),
        "subjects": subjects,
        "relations": relations,
        **body,
    }
    return Told(agency, source, truth)


def _child_alone(
    subjects: list[dict[str, Any]], truth: dict[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, str]]:
    alone = [{**s, "role": "missing_child"} for s in subjects if s["role"] == "potential_victim"]
    return alone, [], {s["local_id"]: truth[s["local_id"]] for s in alone}


def nil_return(stock: Stock, agency: str, first: date, last: date) -> Told:
    """Return an agency's word that it has nothing to report for a period."""
    source = {
        **heading(stock, agency, "nil-return", last),
        "period_from": first.isoformat(),
        "period_to": last.isoformat(),
        "kinds": ["intelligence"],
    }
    return Told(agency, source)
