"""The trust registry: which key speaks for which agency, for which kinds, from when until when.

One complete, signed, versioned, expiring snapshot (after TUF's snapshot role). This module judges
bytes and decides; where the bytes are kept is its callers' business.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Self

from intelbus import dsse
from intelbus.codec import VALUE_LIMIT, decode_control, encode_control
from intelbus.errors import RefusedError
from intelbus.keys import SigningKey, WeakKeyError, check_public_key, key_id_of, verify
from intelbus.topics import RETRACTION

CENTRE = "ukhtc"
REGISTRY_KEY = b"registry"
AGENCY_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
AGENCY_CODE_LENGTH = 40

# How long after a key's last day a message may still arrive that was signed before it: an outbox
# may wait for a network. It bounds what a key stolen after its last day can back-date.
LATE_DELIVERY = timedelta(days=30)


class UntrustedRegistryError(RefusedError):
    """The trust registry is not to be believed."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An enrolled agency and the kinds of event it may publish."""

    code: str
    name: str
    type: str
    kinds: frozenset[str]
    active: bool = True
    contact: str | None = None

    def may_publish(self, kind: str) -> bool:
        """Return whether it may publish this kind; whoever may publish may also retract."""
        return kind in self.kinds or (kind == RETRACTION and bool(self.kinds))


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key, whose it is, and when it counts: from `valid_from`, before `valid_until`."""

    key_id: str
    agency: str
    public_key: bytes
    valid_from: datetime
    valid_until: datetime | None = None
    revoked_at: datetime | None = None
    revocation_reason: str | None = None

    def objection(self, *, signed_at: datetime, received_at: datetime) -> str | None:
        """Return the reason code against a signature of this key, or None if it counts.

        Judged at both times: a stolen key can back-date its signature, not the broker's clock.
        """
        if self.revoked_at is not None and received_at >= self.revoked_at:
            return "key_revoked"
        if signed_at < self.valid_from or received_at < self.valid_from:
            return "key_not_yet_valid"
        end = self.valid_until
        if end is not None and (signed_at >= end or received_at - LATE_DELIVERY >= end):
            return "key_expired"
        return None


@dataclass(frozen=True, slots=True)
class TrustRegistry:
    """One version of the registry. Made by `verify_registry`, or drafted by the authority.

    Raises UntrustedRegistryError when its parts contradict one another.
    """

    version: int
    issued_at: datetime
    expires_at: datetime
    agencies: Mapping[str, Agency] = field(default_factory=dict)
    keys: Mapping[str, TrustedKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "agencies", MappingProxyType(dict(self.agencies)))
        object.__setattr__(self, "keys", MappingProxyType(dict(self.keys)))
        contradiction = next(_contradictions(self), None)
        if contradiction:
            raise UntrustedRegistryError(
                f"the trust registry contradicts itself: {contradiction}",
                subject=f"version {self.version}",
            )

    @classmethod
    def of(
        cls,
        version: int,
        issued_at: datetime,
        expires_at: datetime,
        agencies: Iterable[Agency],
        keys: Iterable[TrustedKey],
    ) -> Self:
        """Return the registry of these agencies and keys; refuses one that is listed twice."""
        agencies, keys = list(agencies), list(keys)
        for what, names in (
            ("agency", [a.code for a in agencies]),
            ("key", [k.key_id for k in keys]),
        ):
            twice = {name for name in names if names.count(name) > 1}
            if twice:
                raise UntrustedRegistryError(f"{what} listed twice: {', '.join(sorted(twice))}")
        return cls(
            version,
            issued_at,
            expires_at,
            {a.code: a for a in agencies},
            {k.key_id: k for k in keys},
        )

    def expired(self, now: datetime) -> bool:
        """Return whether the registry has expired by `now`."""
        return now >= self.expires_at


def _contradictions(registry: TrustRegistry) -> Iterator[str]:
    if registry.version < 1:
        yield "versions count from 1"
    if registry.issued_at >= registry.expires_at:
        yield "it expires before it is issued"
    for code, agency in registry.agencies.items():
        if code != agency.code or not is_agency_code(code):
            yield f"{code!r} is not an agency code"
    for key_id, key in registry.keys.items():
        if key_id != key.key_id or key_id != key_id_of(key.public_key):
            yield f"key {key_id} is listed under another key's id"
        if key.agency not in registry.agencies:
            yield f"key {key_id} belongs to an agency that is not enrolled: {key.agency}"
        if key.valid_until is not None and key.valid_from >= key.valid_until:
            yield f"key {key_id} ends before it begins"


def is_agency_code(code: str) -> bool:
    """Return whether `code` is written as agency codes are: `south-wales`, at most 40 letters."""
    return len(code) <= AGENCY_CODE_LENGTH and AGENCY_CODE.fullmatch(code) is not None


def sign_registry(registry: TrustRegistry, authority: SigningKey) -> bytes:
    """Return the registry signed by the authority: the bytes that everyone keeps and checks."""
    payload = encode_control("TrustRegistry", _to_record(registry))
    return encode_control(
        "SignedRegistry",
        {
            "registry": payload,
            "key_id": authority.key_id,
            "signature": authority.sign(dsse.pae(dsse.TRUST_REGISTRY, payload)),
        },
    )


def verify_registry(
    signed: bytes,
    authority_public_key: bytes,
    *,
    now: datetime,
    at_least_version: int = 0,
    allow_expired: bool = False,
) -> TrustRegistry:
    """Return the registry in `signed` if the authority signed it and it is not out of date.

    `allow_expired` is for showing a kept registry: opening judges expiry at each message's own
    time and must not be bypassed by it. Raises UntrustedRegistryError: not readable, signed by
    another, older than a version accepted before (rollback), expired, or holding a weak key.
    """
    # 1 size, then the envelope, which is ours and bounded
    if len(signed) > VALUE_LIMIT:
        raise UntrustedRegistryError("the trust registry is larger than any message may be")
    envelope = _decoded("SignedRegistry", signed)
    payload = bytes(envelope["registry"])
    # 2 the signature, over the exact bytes, before they are decoded
    expected = key_id_of(authority_public_key)
    if envelope["key_id"] != expected or not verify(
        authority_public_key, bytes(envelope["signature"]), dsse.pae(dsse.TRUST_REGISTRY, payload)
    ):
        raise UntrustedRegistryError(
            "the trust registry is not signed by the authority pinned here",
            subject=f"signed by key {envelope['key_id']!r}, pinned is {expected}",
            hint="compare fingerprints with UKHTC by telephone; pin with `intelbus trust pin FILE`",
        )
    # 3 its content
    registry = _from_record(_decoded("TrustRegistry", payload))
    for key in registry.keys.values():
        try:
            check_public_key(key.public_key)
        except WeakKeyError as error:
            raise UntrustedRegistryError(
                f"the trust registry holds a weak key: {error.message}", subject=key.key_id
            ) from error
    # 4 neither rolled back nor expired
    if registry.version < at_least_version:
        raise UntrustedRegistryError(
            "this trust registry is older than one accepted before",
            subject=f"version {registry.version}, accepted before: {at_least_version}",
            hint="fetch the newest one; if UKHTC has published none, tell UKHTC of a replay",
        )
    if registry.expired(now) and not allow_expired:
        raise UntrustedRegistryError(
            "this trust registry has expired",
            subject=f"version {registry.version}, expired {registry.expires_at.isoformat()}",
            hint="fetch the newest one; at UKHTC run `ukhtc authority publish`",
        )
    return registry


def _decoded(name: str, value: bytes) -> dict[str, Any]:
    try:
        return decode_control(name, value)
    except Exception as error:
        raise UntrustedRegistryError(
            f"this is not a trust registry: {name} cannot be read"
        ) from error


def _to_record(registry: TrustRegistry) -> dict[str, Any]:
    return {
        "version": registry.version,
        "issued_at": registry.issued_at,
        "expires_at": registry.expires_at,
        "agencies": [
            {
                "code": a.code,
                "name": a.name,
                "type": a.type,
                "kinds": sorted(a.kinds),
                "active": a.active,
                "contact": a.contact,
            }
            for a in sorted(registry.agencies.values(), key=lambda a: a.code)
        ],
        "keys": [
            {
                "key_id": k.key_id,
                "agency": k.agency,
                "public_key": k.public_key,
                "valid_from": k.valid_from,
                "valid_until": k.valid_until,
                "revoked_at": k.revoked_at,
                "revocation_reason": k.revocation_reason,
            }
            for k in sorted(registry.keys.values(), key=lambda k: (k.agency, k.key_id))
        ],
    }


def unverified(signed: bytes) -> TrustRegistry:
    """Return what a signed registry says, whoever signed it: one that was verified when it was
    kept. Raises UntrustedRegistryError for what is no registry.
    """
    return _from_record(
        _decoded("TrustRegistry", bytes(_decoded("SignedRegistry", signed)["registry"]))
    )


def _from_record(record: Mapping[str, Any]) -> TrustRegistry:
    agencies = [Agency(**{**row, "kinds": frozenset(row["kinds"])}) for row in record["agencies"]]
    keys = [TrustedKey(**row) for row in record["keys"]]
    return TrustRegistry.of(
        record["version"], record["issued_at"], record["expires_at"], agencies, keys
    )
