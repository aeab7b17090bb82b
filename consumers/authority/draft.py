"""The draft of the next registry: what enrolment and changes do to it. Pure; no file is touched."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from intelbus.contract import Kind
from intelbus.enrolment import EnrolmentRequest
from intelbus.errors import ConfigurationError, RefusedError
from intelbus.message import rfc3339
from intelbus.trust import Agency, TrustedKey, TrustRegistry

# A key may have signed what waited in an outbox since the agency made its request, but no request
# may reach back further than this.
REQUEST_AGE = timedelta(days=30)
ALL = "all"


class AlreadyEnrolledError(RefusedError):
    """The agency or the key is enrolled already."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Agencies and keys as the next version will have them, and the last version published."""

    published: int
    agencies: tuple[Agency, ...]
    keys: tuple[TrustedKey, ...]

    def agency(self, code: str) -> Agency:
        """Return an agency of the draft. Raises RefusedError when there is none."""
        for agency in self.agencies:
            if agency.code == code:
                return agency
        raise RefusedError(
            f"no agency {code!r} is enrolled", hint="see `ukhtc authority status` for the codes"
        )

    def next_registry(self, *, now: datetime, lifetime: timedelta) -> TrustRegistry:
        """Return the next version, to be signed."""
        return TrustRegistry.of(self.published + 1, now, now + lifetime, self.agencies, self.keys)

    def to_json(self) -> str:
        """Return the draft as JSON for its file; times in RFC 3339, keys in hexadecimal."""
        record = {
            "published": self.published,
            "agencies": [agency_row(a) for a in self.agencies],
            "keys": [key_row(k) for k in self.keys],
        }
        return json.dumps(record, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the draft in `text`. Raises ConfigurationError when it is damaged."""
        try:
            record = json.loads(text)
            agencies = [Agency(**{**r, "kinds": frozenset(r["kinds"])}) for r in record["agencies"]]
            keys = [
                TrustedKey(
                    **{
                        **r,
                        "public_key": bytes.fromhex(r["public_key"]),
                        "valid_from": _moment(r["valid_from"]),
                        "valid_until": _moment(r["valid_until"]),
                        "revoked_at": _moment(r["revoked_at"]),
                    }
                )
                for r in record["keys"]
            ]
            return cls(record["published"], tuple(agencies), tuple(keys))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(f"the draft registry is damaged: {error}") from error


def enrol(
    draft: Draft,
    request: EnrolmentRequest,
    *,
    name: str,
    agency_type: str,
    kinds: Iterable[str],
    now: datetime,
    lifetime: timedelta,
    add_key: bool = False,
) -> Draft:
    """Return the draft with the agency and its key.

    `add_key` gives an agency that is enrolled already a further key, and changes nothing else of
    it. The key counts from the request's own (signed) time. Raises AlreadyEnrolledError.
    """
    for key in draft.keys:
        if key.key_id == request.key_id:
            raise AlreadyEnrolledError(
                "this key is enrolled already", subject=f"{key.key_id} of {key.agency}"
            )
    known = {agency.code for agency in draft.agencies}
    if request.agency in known and not add_key:
        raise AlreadyEnrolledError(
            f"the agency {request.agency} is enrolled already",
            hint="pass --add-key to give it a further key, or use `ukhtc authority change`",
        )
    if request.agency not in known and add_key:
        raise RefusedError(
            f"no agency {request.agency} is enrolled", hint="enrol it without --add-key"
        )
    agencies = draft.agencies
    if not add_key:
        contact = request.contact or None
        made = Agency(request.agency, name, agency_type, kinds_of(kinds), True, contact)
        agencies = (*agencies, made)
    key = TrustedKey(
        request.key_id,
        request.agency,
        request.public_key,
        valid_from=_first_instant(request, now),
        valid_until=now + lifetime,
    )
    return replace(draft, agencies=agencies, keys=(*draft.keys, key))


def change(
    draft: Draft,
    code: str,
    *,
    kinds: Iterable[str] | None = None,
    active: bool | None = None,
    name: str | None = None,
) -> Draft:
    """Return the draft with an agency's row changed where something is given."""
    old = draft.agency(code)
    new = replace(
        old,
        kinds=old.kinds if kinds is None else kinds_of(kinds),
        active=old.active if active is None else active,
        name=name or old.name,
    )
    return replace(draft, agencies=tuple(new if a is old else a for a in draft.agencies))


def kinds_of(codes: Iterable[str]) -> frozenset[str]:
    """Return the kinds named; `all` stands for every kind of this release, written out.

    Written out, so that a kind added later is a right that somebody must grant.
    """
    named = {code.strip() for code in codes if code.strip()}
    if ALL in named:
        return frozenset(str(kind) for kind in Kind)
    unknown = named - {str(kind) for kind in Kind}
    if unknown or not named:
        raise ConfigurationError(
            f"no such kinds: {', '.join(sorted(unknown))}" if unknown else "no kind is named",
            hint=f"`all`, or some of {', '.join(Kind)}",
        )
    return frozenset(named)


def agency_row(agency: Agency) -> dict[str, Any]:
    """Return an agency as JSON shows it."""
    return {
        "code": agency.code,
        "name": agency.name,
        "type": agency.type,
        "kinds": sorted(agency.kinds),
        "active": agency.active,
        "contact": agency.contact,
    }


def key_row(key: TrustedKey) -> dict[str, Any]:
    """Return a key as JSON shows it."""
    return {
        "key_id": key.key_id,
        "agency": key.agency,
        "public_key": key.public_key.hex(),
        "valid_from": rfc3339(key.valid_from),
        "valid_until": key.valid_until and rfc3339(key.valid_until),
        "revoked_at": key.revoked_at and rfc3339(key.revoked_at),
        "revocation_reason": key.revocation_reason,
    }


def _first_instant(request: EnrolmentRequest, now: datetime) -> datetime:
    asked = _moment(request.created_at)
    if asked is None or asked > now:
        return now
    return max(asked, now - REQUEST_AGE)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without its zone: {text}")
    return moment
