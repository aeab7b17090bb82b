"""One-time codes by time (TOTP, RFC 6238): six digits, 30 seconds, SHA-1 as every app has it."""

import hmac
from datetime import datetime

import pyotp

STEP = 30
# A telephone's clock may be one step off (RFC 6238 §5.2).
WINDOW = 1
ISSUER = "UKHTC intelbus"


def new_secret() -> str:
    """Return a new secret: 160 random bits in base 32."""
    return pyotp.random_base32(32)


def address_of(secret: str, reader: str) -> str:
    """Return the otpauth:// address that an authenticator app takes in."""
    return pyotp.TOTP(secret).provisioning_uri(name=reader, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """Return the step that a code is of, or None when it is wrong, too old or used already.

    `last_step` is the newest step whose code was used.
    """
    codes, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    found = None
    for step in range(current - WINDOW, current + WINDOW + 1):
        made = codes.at(step * STEP).encode()
        if hmac.compare_digest(made, code.encode()) and step > last_step:
            found = step
    return found
