"""The agencies of the demonstration, as data: one row each. A new agency is a new row."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An agency: name, type, what it may publish, and its row in the published NRM table."""

    name: str
    type: str
    kinds: tuple[str, ...]
    published_as: str | None = None


_POLICE = (
    *("intelligence", "operation", "referral", "missing-child", "nil-return", "watch"),
    *("assessment", "retraction"),
)
_RESPONDER = ("referral", "victim-support", "retraction")


def _force(name: str) -> AgencyRow:
    return AgencyRow(name, "police", _POLICE, "Police")


def _council(name: str) -> AgencyRow:
    return AgencyRow(name, "local_authority", ("referral", "missing-child"), "Local authorities")


AGENCIES: Mapping[str, AgencyRow] = {
    "soca": AgencyRow("Serious Organised Crime Agency", "enforcement", _POLICE),
    "ukba": AgencyRow("UK Border Agency", "enforcement", (*_POLICE, "port-encounter"), "UKBA"),
    "gla": AgencyRow("Gangmasters Licensing Authority", "enforcement", (*_POLICE, "inspection")),
    "met": _force("Metropolitan Police Service"),
    "gmp": _force("Greater Manchester Police"),
    "south-wales": _force("South Wales Police"),
    "south-yorkshire": _force("South Yorkshire Police"),
    "northamptonshire": _force("Northamptonshire Police"),
    "strathclyde": _force("Strathclyde Police"),
    "psni": _force("Police Service of Northern Ireland"),
    "ceop": AgencyRow("Child Exploitation and Online Protection Centre", "enforcement", _POLICE),
    "hmrc": AgencyRow("HM Revenue & Customs", "enforcement", ("intelligence", "retraction")),
    "cps": AgencyRow("Crown Prosecution Service", "prosecutor", ("outcome", "referral"), "CPS"),
    "crimestoppers": AgencyRow("Crimestoppers", "charity", ("intelligence",)),
    "kettering-council": _council("Kettering Borough Council"),
    "croydon-council": _council("London Borough of Croydon"),
    "poppy": AgencyRow("Poppy Project", "charity", _RESPONDER, "Poppy"),
    "kalayaan": AgencyRow("Kalayaan", "charity", _RESPONDER, "Kalayaan"),
    "tara": AgencyRow("TARA", "charity", _RESPONDER, "TARA"),
    "migrant-helpline": AgencyRow("Migrant Helpline", "charity", _RESPONDER, "Migrant Helpline"),
    "nhs": AgencyRow("National Health Service", "health", ("referral",), "NHS"),
}
FORCES = tuple(code for code, row in AGENCIES.items() if row.type == "police")


def responders(published_as: str) -> tuple[str, ...]:
    """Return the agencies that one row of the published NRM table stands for."""
    return tuple(code for code, row in AGENCIES.items() if row.published_as == published_as)
