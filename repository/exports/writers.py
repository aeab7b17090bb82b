"""One export in each form: CSV, GraphML, HTCDS 2.0, STIX 2.1. Each has a table of its fields."""

import json
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from repository.access.policy import height_of
from repository.exports.selection import PROTECTED, Exported, Watermark, label_of
from repository.exports.victims import Victim, victims
from repository.spreadsheets import csv_text

HEADER_FIELDS = ("reported_at", "marking", "handling", "handling_conditions", "source_grade",
                 "information_grade", "urgency")  # fmt: skip
# HTCDS 2.0 (IOM, field standards 2.0): our code → its value. What has no value there is Other.
GENDER = {"female": "Feminine", "male": "Masculine"}
EXPLOITATION = {
    "sexual": "SexualExploitation",
    "labour": "ForcedLabour",
    "domestic_servitude": "Servitude",
}
CONTROL = {
    "threats": "PhysicalThreats",
    "threats_of_law_enforcement": "ThreatsLawEnforcement",
    "uses_children": "ThreatensChildrenFamily",
    "debt_bondage": "DebtBondage",
    "false_promises": "FalsePromises",
    "physical_abuse": "PhysicalAbuse",
    "sexual_abuse": "SexualAbuse",
    "takes_earnings": "TakesEarnings",
    "restricts_finances": "RestrictsFinancialAccess",
    "restricts_medical_care": "RestrictsMedicalCare",
    "withholds_necessities": "WithholdsNecessities",
    "psychological_abuse": "PsychologicalAbuse",
    "psychoactive_substances": "PsychoactiveSubstance",
    "excessive_working_hours": "ExcessiveWorkingHours",
    "withholds_documents": "WithholdsDocuments",
}
HTCDS_FIELDS = ("prs_Gender", "prs_Nationality", "vic_TraffickingStatus",
                "vic_TypeOfExploitation", "vic_MethodsOfControl", "cas_IncomingReferralDate",
                "cas_ReferringOrganisation")  # fmt: skip


def as_csv(events: Sequence[Exported], mark: Watermark) -> bytes:
    """Return one row an event; every row carries the watermark."""
    columns = ("position", "agency", "kind", *HEADER_FIELDS, "subjects", "watermark")
    rows = [
        (
            one.position,
            one.agency,
            one.kind,
            *(_text(one.event["header"][name]) for name in HEADER_FIELDS),
            "; ".join(label_of(subject) for subject in one.event.get("subjects", ())),
            mark.line(),
        )
        for one in events
    ]
    return csv_text(columns, rows).encode("utf-8")


def as_htcds(events: Sequence[Exported], mark: Watermark) -> bytes:
    """Return one row a victim, without a name, a date of birth or an address: of a case of the
    National Referral Mechanism one, however many of its steps are here.
    """
    rows = [
        (
            GENDER.get(one.sex or "", "NonSpecifiedUnknown"),
            ";".join(one.nationalities),
            _status(one),
            _picked(EXPLOITATION, one.exploitation),
            _picked(CONTROL, one.control),
            _text(one.referred_on),
            _text(one.referred_by),
            mark.line(),
        )
        for one in victims(events)
    ]
    return csv_text((*HTCDS_FIELDS, "watermark"), rows).encode("utf-8")


def _status(one: Victim) -> str:
    """Return what was decided of a victim; while that is open, what who reported them says. A
    negative decision says what was not shown, which is no status.
    """
    if one.decision == "negative":
        return ""
    if one.role == "victim" or (one.conclusive and one.decision == "positive"):
        return "ActualVictimOfTrafficking"
    return "PossibleVictimOfTrafficking"


def as_graphml(events: Sequence[Exported], mark: Watermark) -> bytes:
    """Return events and subjects as nodes, roles and stated relations as edges; of a network, what
    several events name is one node.
    """
    import networkx

    graph = networkx.MultiDiGraph(watermark=mark.line())
    for one in events:
        root = f"e{one.position}"
        marking = one.event["header"]["marking"]
        graph.add_node(root, label=one.kind, agency=one.agency, marking=marking)
        ids = {}
        for ordinal, subject in enumerate(one.event.get("subjects", ())):
            thing = one.things.get(ordinal)
            node = f"{root}-{ordinal}" if thing is None else f"n{thing}"
            ids[subject["local_id"]] = node
            known = graph.nodes.get(node, {})
            label = min(filter(None, (known.get("label"), _xml(label_of(subject)))))
            highest = max(known.get("marking", marking), marking, key=height_of)
            graph.add_node(node, label=label, marking=highest)
            graph.add_edge(root, node, label=subject["role"])
        for relation in one.event.get("relations", ()):
            graph.add_edge(ids[relation["from_id"]], ids[relation["to_id"]], label=relation["kind"])
    out = BytesIO()
    networkx.write_graphml(graph, out)
    return out.getvalue()


def as_stix(events: Sequence[Exported], mark: Watermark) -> bytes:
    """Return a STIX 2.1 bundle: a report an event, its subjects as identities, locations and
    observables. Each object refers to its markings: our marking and handling as a statement, and
    the watermark. Ids are the same whenever the same event is exported.
    """
    import stix2

    made: dict[str, Any] = {}
    centre = stix2.Identity(
        id=_id("identity", "ukhtc"), name="UK Human Trafficking Centre",
        identity_class="organization",
        created=mark.exported_at, modified=mark.exported_at,
    )  # fmt: skip
    made[centre.id] = centre

    def statement(text: str) -> Any:
        one = stix2.MarkingDefinition(
            id=_id("marking-definition", text), created=mark.exported_at, created_by_ref=centre.id,
            definition_type="statement", definition=stix2.StatementMarking(text),
        )  # fmt: skip
        return made.setdefault(one.id, one)

    water = statement(mark.line())
    for one in events:
        header = one.event["header"]
        grade = f"{header['source_grade'] or ''}{header['information_grade'] or ''}"
        words = f"marking {header['marking']}; handling {header['grading_scheme']} {one.handling}"
        common: dict[str, Any] = {
            "created_by_ref": centre.id,
            "created": header["reported_at"],
            "modified": header["reported_at"],
            "object_marking_refs": [statement(words).id, water.id],
        }
        refs = []
        for ordinal, subject in enumerate(one.event.get("subjects", ())):
            found = _stix_subject(stix2, one, ordinal, subject, common)
            made[found.id] = found
            refs.append(found.id)
        report = stix2.Report(
            id=_id("report", one.event_id), name=f"{one.kind} of {one.agency}", **common,
            published=header["reported_at"], report_types=["threat-report"],
            labels=[f"grade-{grade.lower()}"] if grade else ["ungraded"],
            object_refs=refs or [centre.id],
        )  # fmt: skip
        made[report.id] = report
    bundle = stix2.Bundle(objects=list(made.values()), allow_custom=False)
    # The library's own indenting looks for every property in the whole bundle: minutes for 1,000.
    return json.dumps(json.loads(bundle.serialize()), ensure_ascii=False, indent=1).encode("utf-8")


def _stix_subject(
    stix2: Any, one: Exported, ordinal: int, subject: Mapping[str, Any], common: Mapping[str, Any]
) -> Any:
    ((kind, details),) = subject["details"].items()
    name = f"{one.event_id}/{ordinal}"
    if kind == "location":
        country = details["country"] or "GB"
        return stix2.Location(
            id=_id("location", name), country=country, city=details["town"], **common
        )
    group = kind == "organisation"
    kinds = {"person": "individual", "organisation": "organization"}
    protected = subject["role"] in PROTECTED
    return stix2.Identity(
        id=_id("identity", name), name=label_of(subject), roles=[subject["role"]],
        identity_class="group" if group and details["kind"] == "organised_crime_group"
        else kinds.get(kind, "unknown"),
        description="identity withheld" if protected else None, **common,
    )  # fmt: skip


def _id(kind: str, name: str) -> str:
    return f"{kind}--{uuid5(NAMESPACE_URL, f'urn:intelbus:{kind}:{name}')}"


def _picked(values: Mapping[str, str], codes: Iterable[str]) -> str:
    return ";".join(sorted({values.get(code, "Other") for code in codes}))


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value or "")


def _xml(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff")  # fmt: skip # noqa: E501


WRITERS = {"csv": as_csv, "graphml": as_graphml, "htcds": as_htcds, "stix": as_stix}
