"""Domain separation of signatures: DSSE pre-authentication encoding, and the payload types in use.

https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md ("PAE"). A signature made for
one payload type can never be passed off as one for another.
"""

BATCH_STATEMENT = "application/vnd.intelbus.batch-statement+avro"
HEARTBEAT = "application/vnd.intelbus.heartbeat+avro"
TRUST_REGISTRY = "application/vnd.intelbus.trust-registry+avro"
AUDIT_CHECKPOINT = "application/vnd.intelbus.audit-checkpoint"
ENROLMENT_REQUEST = "application/vnd.intelbus.enrolment-request+json"


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the exact bytes to sign: `DSSEv1 SP len(type) SP type SP len(payload) SP payload`."""
    name = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)
