"""Why a message goes to quarantine: one row a reason.

docs/reference/quarantine-reasons.md is generated from this table, and a test keeps them equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Fault = Literal["agency", "centre", "unknown"]
RetriableBy = Literal["registry", "operator", "never"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for quarantine.

    `whose_fault`: "unknown" wherever the seal did not hold, since then nobody is shown to have
    sent it. `retriable_by`: "registry" when a newer trust registry may change the answer (retried
    by itself), "operator" when a person may change something and retry, "never" otherwise.
    """

    code: str
    meaning: str
    whose_fault: Fault
    retriable_by: RetriableBy
    advice: str


_ROWS = (
    Reason(
        "oversized",
        "The value, the key or the headers are larger than a message may be.",
        "unknown",
        "never",
        "Send less in one event: 256 KiB is the limit of a value. Nothing in it was read.",
    ),
    Reason(
        "no_value",
        "The message has no value (a tombstone); events are never deleted through Kafka.",
        "unknown",
        "never",
        "To take an event back, publish a retraction. Find out who can write here unsealed.",
    ),
    Reason(
        "registry_expired",
        "The trust registry in use had expired when the message was received.",
        "centre",
        "registry",
        "Run `ukhtc authority publish`; the message is then retried by itself.",
    ),
    Reason(
        "unsealed",
        "The message carries no seal.",
        "unknown",
        "never",
        "Only intelbus publishers may write to event topics. Find out who can write here unsealed.",
    ),
    Reason(
        "malformed_seal",
        "The seal cannot be read, or contradicts itself.",
        "unknown",
        "never",
        "Ask whoever runs the publisher for its version; look for something that alters headers.",
    ),
    Reason(
        "unknown_key",
        "The trust registry knows no such key of the agency that the seal names.",
        "unknown",
        "registry",
        "Enrol the key, if it is the agency's, and publish the registry: it is then retried.",
    ),
    Reason(
        "bad_signature",
        "The signature over the batch statement does not verify: altered or forged.",
        "unknown",
        "never",
        "Treat as an attempted forgery: keep the message and ask the agency named.",
    ),
    Reason(
        "wrong_topic",
        "The seal is for another topic: the message was moved or replayed.",
        "unknown",
        "never",
        "Find out who copies messages between topics; the original is judged where it belongs.",
    ),
    Reason(
        "not_in_batch",
        "The message is not the one that was sealed: its value, key or place was altered.",
        "unknown",
        "never",
        "Treat as tampering: compare with the agency's own copy.",
    ),
    Reason(
        "key_not_yet_valid",
        "The key was not yet valid when the batch was signed, or when it was received.",
        "unknown",
        "registry",
        "Check the agency's clock and the key's first day in the registry.",
    ),
    Reason(
        "key_expired",
        "The key had expired when the batch was signed, or the batch came too long afterwards.",
        "unknown",
        "registry",
        "Enrol the agency's new key; the agency publishes again from its records.",
    ),
    Reason(
        "key_revoked",
        "The key had been revoked when the message was received, whatever date it was signed.",
        "unknown",
        "never",
        "Ask the agency whether it sent this: a stolen key can back-date a signature.",
    ),
    Reason(
        "agency_inactive",
        "The agency is enrolled but not active at present.",
        "agency",
        "registry",
        "If it should be active, enrol it again and publish the registry.",
    ),
    Reason(
        "wrong_stream",
        "The message key or the event's header names another stream than the seal does.",
        "agency",
        "never",
        "The publisher is at fault: report its version.",
    ),
    Reason(
        "unknown_schema",
        "The value is not framed, or its schema id is not that of any event of this release.",
        "agency",
        "operator",
        "If the agency runs a newer release, upgrade the centre and retry.",
    ),
    Reason(
        "kind_not_permitted",
        "The trust registry does not give this agency the right to this kind of event.",
        "agency",
        "registry",
        "If it should have it, change its row and publish the registry: it is then retried.",
    ),
    Reason(
        "misrouted_kind",
        "This kind of event does not travel on this topic.",
        "agency",
        "never",
        "The publisher is at fault: report its version, then publish the event again.",
    ),
    Reason(
        "header_mismatch",
        "The message's CloudEvents headers are missing, repeated, or differ from the event.",
        "unknown",
        "never",
        "Headers are not sealed: look for something between agency and broker that alters them.",
    ),
    Reason(
        "undecodable",
        "The value does not decode under its schema, exactly and to its last byte.",
        "agency",
        "operator",
        "The publisher is at fault: ask for its version; retry only if the decoder was.",
    ),
    Reason(
        "originator_mismatch",
        "The event's header names another originator than the agency that sealed it.",
        "agency",
        "never",
        "An agency speaks for itself only; relay another's report as provenance.",
    ),
    Reason(
        "sequence_mismatch",
        "The event's number in its header is not its place in the sealed batch.",
        "agency",
        "never",
        "The publisher is at fault: report its version.",
    ),
    Reason(
        "marking_too_high",
        "The protective marking is above the highest that this deployment accepts.",
        "agency",
        "operator",
        "Follow the breach procedure for the marking; pass the report by another channel.",
    ),
    Reason(
        "invalid_content",
        "The event decodes but breaks a rule for its content.",
        "agency",
        "operator",
        "Correct the record at the agency and publish it again; the detail names the field.",
    ),
    Reason(
        "equivocation",
        "The agency published another content under an event id that it had used already.",
        "agency",
        "never",
        "Alarm: ask the agency which of the two is meant, and why there are two.",
    ),
    Reason(
        "unstorable",
        "The event was verified, and the database refused to store it.",
        "centre",
        "operator",
        "Read the detail, mend the cause, then `ukhtc quarantine retry`.",
    ),
)

REASONS: Mapping[str, Reason] = MappingProxyType({row.code: row for row in _ROWS})


def reference_page() -> str:
    """Return docs/reference/quarantine-reasons.md, generated from the table."""
    lines = [
        "# Reasons for quarantine",
        "",
        "<!-- Generated: `python -m intelbus.reasons > docs/reference/quarantine-reasons.md` -->",
        "",
        "In the order in which a message is judged. *Fault* is `unknown` where the seal did not",
        "hold, for then nobody is shown to have sent the message. *Retried by* `registry` means by",
        "itself, when a newer trust registry arrives; `operator` means `ukhtc quarantine retry`",
        "after something was changed; `never` means that a retry would end the same.",
        "",
        "| Code | Meaning | Fault | Retried by | What to do |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{r.code}` | {r.meaning} | {r.whose_fault} | {r.retriable_by} | {r.advice} |"
        for r in REASONS.values()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(reference_page(), end="")
