"""The shapes of answers, for the description of the interface."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """What is named here is always there; more may be."""

    model_config = ConfigDict(extra="allow")


class Found(Shape):
    """One event that a search found, with the passages and subjects that matched."""

    position: int
    event_id: str
    agency: str
    kind: str
    marking: str
    source_reference: str
    reported_at: str
    subjects: list[dict[str, Any]]
    snippets: list[dict[str, Any]]


class SearchPage(Shape):
    """A page of what was found. `count` is exact unless `more`: then there are more than that."""

    query: str
    relaxed: bool
    count: int
    more: bool
    facets: dict[str, dict[str, int]]
    results: list[Found]
    next: str | None


class EventShown(Shape):
    """One event: how it stands, whom it is about, and what its originator wrote (`event`)."""

    event_id: str
    agency: str
    kind: str
    position: int | None
    status: str
    subjects: list[dict[str, Any]]
    event: dict[str, Any]


class Events(BaseModel):
    """The events of an id: one, unless several agencies have used the same id."""

    events: list[EventShown]


class EventVersion(Shape):
    """One version of an event: its grade, how it stands (null of a retraction), and what it says
    otherwise than the version before it; `because` says why it was retracted.
    """

    position: int
    event_id: str
    kind: str
    status: str | None
    reported_at: str
    grade: dict[str, str | None]
    marking: str
    because: list[str]
    regraded: bool
    changed: list[dict[str, Any]]


class EventHistory(BaseModel):
    """What has become of an event, by its first version's id."""

    agency: str
    event_id: str
    versions: list[EventVersion]


class EventHistories(BaseModel):
    """The histories of an id: one, unless several agencies have used the same id."""

    events: list[EventHistory]


class EntityShown(Shape):
    """What each agency says of one thing, where they differ, and why the records are one.

    `members` are the latest of its `records` (exact unless there are `more`), or those before the
    record asked for; `earlier`, where there are any, is what to ask for next.
    """

    entity: str
    kind: str
    records: int
    more: bool
    earlier: str | None
    labels: list[str]
    agencies: list[str]
    members: list[dict[str, Any]]
    sides: list[dict[str, Any]]
    links: list[dict[str, Any]]


class WhyOne(Shape):
    """Whether two are one, and `because` of what; `reasons` and the rest of the arithmetic are
    there where the two could be compared.
    """

    asked: list[str]
    entities: list[str]
    kinds: list[str]
    one_entity: bool
    said: list[dict[str, Any]]
    because: list[str]


class EntityLine(Shape):
    """One entity in a list."""

    entity: str
    kind: str
    label: str | None
    agencies: list[str]
    events: int


class EntityPage(BaseModel):
    """A page of entities."""

    entities: list[EntityLine]
    next: str | None


class TimelineEntry(Shape):
    """One event: when it happened and when it was reported; `what` is the step or result that it
    tells of, `as` the roles and labels that the entity asked for has in it.
    """

    position: int
    agency: str
    kind: str
    what: str | None
    occurred_from: str | None
    occurred_to: str | None
    reported_at: str
    places: list[str]
    grade: dict[str, str | None]
    marking: str


class Timeline(BaseModel):
    """Events in the order in which they happened; not all of them, if there are `more`."""

    more: bool
    agencies: list[str]
    entries: list[TimelineEntry]


class EntityTimeline(Timeline):
    """An entity's events: the latest reported, if there are `more`."""

    entity: str


class OperationTimeline(Timeline):
    """An operation's events, what came of it and what names it: the latest, if there are `more`."""

    operation: str


class SearchTimeline(Timeline):
    """What a search found: the best, if there are `more`."""

    query: str


class Rows(BaseModel):
    """A table of figures; `positions` in a row are the events behind it."""

    rows: list[dict[str, Any]]


class Bulletin(Shape):
    """The bulletin of the National Referral Mechanism: cases, by every breakdown."""

    period: dict[str, str]
    as_at_position: int
    referrals: int | None
    policy: str
    withheld: int


class Cases(BaseModel):
    """For each case that one cell counts, the positions of its steps."""

    cases: list[list[int]]


class Incidents(Shape):
    """Incidents of missing children."""

    incidents: int
    found: int
    still_missing: int
    each: list[dict[str, Any]]


class StreamLine(Shape):
    """How far one of an agency's streams has come. `missing` counts numbers not yet seen."""

    agency: str
    stream: str
    topic: str
    announced_next: int
    missing: int
    forks: int


class Streams(BaseModel):
    """The streams of your agency; of all, for who may see everything."""

    streams: list[StreamLine]


class ReceiptLine(BaseModel):
    """How far the receipts of one stream have come: the newest revision made, and those sent."""

    agency: str
    stream: str
    revision: int
    sent: int
    waiting: int
    last_sent_at: str | None


class Receipts(BaseModel):
    """The receipts of your agency's streams; of all, for who may see everything."""

    receipts: list[ReceiptLine]


class ExportLine(Shape):
    """One export: of a kind and a period, or of a search; `events` counts what you may see of it,
    `codes` by the handling code under which it left. `query` and `left_out` are null of others'.
    """

    export_id: str
    exported_at: str
    exported_by: str
    recipient: str
    party: str
    outside: str | None
    purpose: str
    form: str
    kind: str | None
    query: str | None
    left_out: int | None
    events: int
    codes: dict[str, int]


class ExportPage(BaseModel):
    """A page of exports, the latest first."""

    exports: list[ExportLine]
    next: str | None


class Recall(BaseModel):
    """An export that holds what was corrected or retracted since; `outside` says why it went to a
    body that is not enrolled.
    """

    export_id: str
    exported_at: str
    exported_by: str
    recipient: str
    outside: str | None
    purpose: str
    positions: list[int]


class Recalls(BaseModel):
    """What to take back."""

    recalls: list[Recall]


class DueExport(Shape):
    """An export to look at again; `regraded` are the positions that were graded anew since."""

    export_id: str
    exported_at: str
    exported_by: str
    recipient: str
    party: str
    outside: str | None
    purpose: str
    since: str
    positions: list[int]
    regraded: list[int]


class DueExports(BaseModel):
    """What to look at again."""

    exports: list[DueExport]


class MaySee(BaseModel):
    """A reader who may see it; with what identifies victims, and sources."""

    name: str
    organisation: str
    victims: bool
    sources: bool


class WhoMaySee(BaseModel):
    """Who may see something, and what its handling code means."""

    meaning: str
    readers: list[MaySee]


class Looks(BaseModel):
    """Looks: who asked what, when, for which purpose, and the ids in the answer."""

    looks: list[dict[str, Any]]


class LookPage(Looks):
    """A page of looks."""

    next: str | None


class Unusual(BaseModel):
    """What one reader did that breaks a rule: how much of it, and how much is usual for them."""

    reader: str
    day: str
    rule: str
    counted: int
    usual: float
    meaning: str


class UnusualDay(BaseModel):
    """What was unusual on a day."""

    day: str
    unusual: list[Unusual]


class Act(BaseModel):
    """One act of processing, by whom, why and on what."""

    processing: str
    at: str
    by: str
    purpose: str
    what: str
    ids: list[str]


class ProcessingPage(BaseModel):
    """A page of acts, the oldest first."""

    acts: list[Act]
    next: str | None


class SavedSearch(BaseModel):
    """A search that is kept."""

    search: int
    name: str
    owner: str
    query: str
    filters: dict[str, list[str]]
    shared: bool
    alerts: bool
    saved_at: str


class SavedSearches(BaseModel):
    """Your searches, and those that colleagues share."""

    searches: list[SavedSearch]


class SearchNumber(BaseModel):
    """What a search is found by."""

    search: int


class Alert(Shape):
    """What newly matches one search: `positions` of all, the best of them as `events`."""

    search: int
    name: str
    query: str
    count: int
    too_wide: bool
    positions: list[int]
    events: list[dict[str, Any]]


class Alerts(BaseModel):
    """What newly matches your searches."""

    alerts: list[Alert]


class GlassRequest(BaseModel):
    """One request to break the glass; `names` is what an approver sees of what it names."""

    request: int
    asked_at: str
    reader: str
    organisation: str
    event: str
    victims: bool
    hours: int
    because: str
    state: str
    decided_by: str | None
    expires_at: str | None
    names: list[dict[str, Any]] | None


class GlassRequests(BaseModel):
    """Your requests, and those that you may decide on."""

    requests: list[GlassRequest]


class GlassNumber(BaseModel):
    """What a request is found by."""

    request: int


class NetworkShown(Shape):
    """Entities and the ties between them, the strongest first; `partial` where there were more
    reports than are read.
    """

    entity: str
    hops: int
    found: int
    partial: bool
    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]


class Groups(Shape):
    """Groups to look at: a computer's `suggestion`, never a fact; `found` counts all there are."""

    suggestion: str
    found: int
    groups: list[dict[str, Any]]


class NetworkPath(Shape):
    """The entities of a shortest way, in order."""

    steps: list[str] | None


class OperationShown(Shape):
    """One operation: `events` are in the order in which they happened."""

    operation: str
    agencies: list[str]
    positions: list[int]
    events: list[dict[str, Any]]


class WaitingPair(Shape):
    """Two records that wait for a person: how likely they are one, and what depends on it."""

    pair: str
    kind: str
    records: list[dict[str, Any]]
    joined: bool
    needs_person: bool
    probability: float
    value: float
    unsure: str | None


class WaitingPairs(BaseModel):
    """A page of what waits, the most valuable first."""

    pairs: list[WaitingPair]
    next: str | None


class Judged(BaseModel):
    """A decision's number, and the entities that its records are in now."""

    decision: int
    entities: list[str]


class EntityHistory(Shape):
    """What has become of an entity, the oldest first; `redirected` are ids that lead here."""

    entity: str
    redirected: list[str]
    steps: list[dict[str, Any]]


class NoticeLine(Shape):
    """One notice: who is told, of what, held by whom, and how it stands."""

    notice: int
    receiver: str
    holder: str
    entity: str
    status: str
    reason: str | None
    meaning: str | None
    urgency: str
    told: bool


class NoticeShown(NoticeLine):
    """One notice, with what officers decided."""

    decisions: list[dict[str, Any]]


class NoticePage(BaseModel):
    """A page of notices."""

    notices: list[NoticeLine]
    next: str | None


class ReviewRule(BaseModel):
    """How many months a sort of event is kept before its review, and why."""

    name: str
    months: int
    why: str


class ReviewRules(BaseModel):
    """The rules; the first that fits an event counts."""

    rules: list[ReviewRule]


class DueReview(BaseModel):
    """One event whose review is due; `suspended_by` names the live case or operation that keeps
    it.
    """

    position: int
    agency: str
    kind: str
    event_id: str
    reported_on: str
    rule: str
    review_on: str
    suspended_by: str | None


class DueReviews(BaseModel):
    """A page of reviews, the longest due first."""

    reviews: list[DueReview]
    next: str | None


class ErasureReport(Shape):
    """What an erasure takes, or took, from where; and what still holds it."""

    agency: str
    event_id: str
    events: list[dict[str, Any]]
    rows_removed: dict[str, int]
    still_held: dict[str, Any]
    dry_run: bool


class ErasureAsked(BaseModel):
    """A request's number, and what would go."""

    request: int
    report: ErasureReport


class ErasureDecided(BaseModel):
    """What was erased; null of a refusal."""

    report: ErasureReport | None


class ErasureRequest(BaseModel):
    """One request to erase an event; `state` is waits, erased or refused."""

    request: int
    asked_at: str
    asked_by: str
    agency: str
    event_id: str
    position: int | None
    kind: str | None
    authority: str
    because: str
    state: str
    decided_by: str | None
    decided_at: str | None
    decided_because: str | None


class ErasureRequests(BaseModel):
    """A page of requests: what waits for a decision, then the latest."""

    requests: list[ErasureRequest]
    next: str | None


class Erasure(Shape):
    """One erased event; `report` stands at the one that was asked for."""

    agency: str
    event_id: str
    asked_event_id: str
    erased_at: str
    erased_by: str
    authority: str
    because: str
    pending: bool
    report: dict[str, Any] | None


class Erasures(BaseModel):
    """A page of what was erased, the oldest first."""

    erasures: list[Erasure]
    next: str | None
