"""Which agencies are told of which others, for one entity. Pure.

Each receiver is told of what it could find out for itself: links are followed through its own
records and those that it may know of, never through another's hidden one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import inf

from repository.linking.closure import RecordId, Seen, entities
from repository.notices import policy
from repository.notices.evidence import Evidence, links
from repository.notices.policy import Party, Way

Key = tuple[str, str, str | None]
"""(receiver, holder, reference of the receiver's watch); None for what both hold."""
Seeker = tuple[str, str | None]
"""(agency, reference of its watch)."""

HOLDINGS_LIMIT = 20
"""So many of the receiver's own records are named at most, the newest."""

_OPEN = frozenset({Way.OPEN})
_ASKED = frozenset({Way.OPEN, Way.ASK})


@dataclass(frozen=True, slots=True)
class Watching:
    """A standing watch: what arrives from `until` (a position) on, or after `last_day`, is not
    waited for any more."""

    reference: str
    until: int | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A record of an entity, with what decides about notices.

    `origins` are what it goes back to: itself, or what it relays. A record of a watch is no
    holding: `watching` says what is waited for.
    """

    record: RecordId
    agency: str
    received_on: date
    handling: policy.Rule
    urgency: str = policy.URGENCIES[-1]
    origins: frozenset[str] = frozenset()
    told_by: frozenset[str] = frozenset()
    protects: str | None = None
    commonplace: str | None = None
    watching: Watching | None = None
    description: int = 0
    kind: str = ""
    victim: bool = False

    @property
    def seen(self) -> Seen:
        """The record as clustering sees it."""
        return Seen(self.record, self.description, self.kind, self.agency, self.victim)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to become of one pair: a notice (OPEN), an officer's question (ASK), or nothing."""

    way: Way
    reason: str
    strength: str
    urgency: str
    holdings: tuple[RecordId, ...]


def findings(
    members: Collection[Member], evidence: Evidence, parties: Mapping[str, Party]
) -> dict[Key, Finding]:
    """Return the finding of every pair of agencies that hold the entity, and of every watch."""
    protects = _first(policy.PROTECTING, (one.protects for one in members))
    common = _first(policy.COMMONPLACE, (one.commonplace for one in members))
    seekers: dict[tuple[str, str | None], list[Member]] = {}
    holders: dict[str, list[Member]] = {}
    for one in sorted(members, key=lambda one: one.record):
        if one.watching is None:
            seekers.setdefault((one.agency, None), []).append(one)
            holders.setdefault(one.agency, []).append(one)
        else:
            seekers.setdefault((one.agency, one.watching.reference), []).append(one)
    views = _Views(members, evidence)
    found: dict[Key, Finding] = {}
    for seeker, own in seekers.items():
        for holder, theirs in holders.items():
            waited = [one for one in theirs if _waited_for(own, one)]
            if holder == seeker[0] or not waited:
                continue
            reason = _never(seeker[0], holder, parties) or common
            named = parties.get(holder, policy.UNKNOWN_PARTY).named
            found[seeker[0], holder, seeker[1]] = (
                _finding(Way.SHUT, reason, own)
                if reason
                else _weighed(views, seeker, own, waited, protects=protects, named=named)
            )
    return found


def _finding(
    way: Way,
    reason: str,
    own: Iterable[Member],
    weight: float = -inf,
    urgency: str = policy.URGENCIES[-1],
) -> Finding:
    records = tuple(one.record for one in own)[-HOLDINGS_LIMIT:]
    return Finding(way, reason, policy.strength(weight), urgency, records)


def _first(order: Iterable[str], given: Iterable[str | None]) -> str | None:
    there = set(given)
    return next((reason for reason in order if reason in there), None)


def _waited_for(own: Iterable[Member], other: Member) -> bool:
    """Return whether a record of another is what these look for: a watch may be over."""
    for one in own:
        watch = one.watching
        if watch is None:
            return True
        lifted = watch.until is not None and other.record[0] > watch.until
        expired = watch.last_day is not None and other.received_on > watch.last_day
        if not lifted and not expired:
            return True
    return False


def _never(receiver: str, holder: str, parties: Mapping[str, Party]) -> str | None:
    if not parties.get(receiver, policy.UNKNOWN_PARTY).receives:
        return policy.RECEIVER_TAKES_NONE
    if parties.get(holder, policy.UNKNOWN_PARTY).named is Way.SHUT:
        return policy.HOLDER_IS_CENTRE
    return None


def _weighed(
    views: "_Views",
    seeker: Seeker,
    own: list[Member],
    theirs: list[Member],
    *,
    protects: str | None,
    named: Way,
) -> Finding:
    """Return the finding of one pair: by what is open to the receiver, then by what might be.

    `protects` is why the entity is kept from automatic notices, `named` whether the holder is told.
    """
    for ways in (_OPEN, _ASKED):
        view = views.of(seeker[0], ways)
        shared = {view.root[b.record] for b in theirs if b.record in view.root}
        mine = [a for a in own if view.root[a.record] in shared]
        if not mine:
            continue
        roots = {view.root[a.record] for a in mine}
        matched = [b for b in theirs if view.root.get(b.record) in roots]
        if not any(
            _independent(a, b)
            for a in mine
            for b in matched
            if view.root[a.record] == view.root[b.record]
        ):
            return _finding(Way.SHUT, policy.SAME_ORIGIN, own)
        reason = protects
        if ways is _ASKED:
            reason = _first(policy.ASKED, views.reasons(Way.ASK)) or policy.NO_VISIBLE_LINK
        elif reason is None and named is Way.ASK:
            reason = policy.HOLDER_NOT_NAMED
        weight = view.weight[seeker, (theirs[0].agency, None)]
        urgency = min((one.urgency for one in (*mine, *matched)), key=policy.URGENCIES.index)
        way = Way.ASK if reason else Way.OPEN
        return _finding(way, reason or "", mine, weight, urgency)
    shut = _first(policy.SHUT, (b.handling.reason for b in theirs))
    return _finding(Way.SHUT, shut or policy.NO_VISIBLE_LINK, own)


def _independent(a: Member, b: Member) -> bool:
    """Return whether neither relays the other, and both no third."""
    told = b.agency in a.told_by or a.agency in b.told_by
    return not told and a.origins.isdisjoint(b.origins)


@dataclass(frozen=True, slots=True)
class _View:
    """What a receiver sees of the entity: the root of each record, and how well two who hold it
    are joined: the weakest link on the strongest way."""

    root: Mapping[RecordId, RecordId]
    weight: Mapping[tuple[Seeker, Seeker], float]


class _Views:
    """The views of one entity; receivers from whom the same is hidden share one."""

    def __init__(self, members: Collection[Member], evidence: Evidence) -> None:
        self._members = members
        self._evidence = evidence
        self._known: dict[frozenset[RecordId], _View] = {}

    def reasons(self, way: Way) -> set[str]:
        """Return the reasons of the handling codes that lead this way."""
        return {one.handling.reason for one in self._members if one.handling.way is way}

    def of(self, receiver: str, ways: frozenset[Way]) -> _View:
        """Return the view over the receiver's own records and those of others open these ways.

        A watch of another is never seen: it holds nothing.
        """
        visible = frozenset(
            one.record
            for one in self._members
            if one.agency == receiver or (one.watching is None and one.handling.way in ways)
        )
        if visible not in self._known:
            self._known[visible] = self._view(visible)
        return self._known[visible]

    def _view(self, visible: frozenset[RecordId]) -> _View:
        seen = [one.seen for one in self._members if one.record in visible]
        known = self._evidence
        root = entities(seen, known.own, known.edges, known.words, documents=known.documents)
        holders = {
            one.record: {(one.agency, one.watching.reference if one.watching else None)}
            for one in self._members
            if one.record in visible
        }
        weight: dict[tuple[Seeker, Seeker], float] = {}
        parent = {record: record for record in visible}

        def top(record: RecordId) -> RecordId:
            while parent[record] != record:
                parent[record] = parent[parent[record]]
                record = parent[record]
            return record

        for bits, a, b in sorted(links(seen, known), key=lambda link: (-link[0], link[1:])):
            one, other = top(a), top(b)
            if one == other or root[a] != root[b]:
                continue
            parent[other] = one
            for here, there in product(holders[one], holders[other]):
                weight.setdefault((here, there), bits)
                weight.setdefault((there, here), bits)
            holders[one] |= holders.pop(other)
        return _View(root, weight)
