"""The authority's folder: its two private keys, the draft, and the registry last published."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from consumers.authority import draft as drafts
from consumers.authority.draft import Draft
from intelbus.enrolment import EnrolmentRequest, make_request, read_request
from intelbus.errors import ConfigurationError
from intelbus.keys import SigningKey, make_private_folder, public_pem, write_new
from intelbus.trust import CENTRE, TrustRegistry, sign_registry
from intelbus.trust_files import (
    AUTHORITY_FILE,
    REGISTRY_FILE,
    SIGNING_KEY_FILE,
    load_registry,
    replace_file,
)

AUTHORITY_KEY_FILE = "authority.key"
DRAFT_FILE = "draft.json"
KEY_LIFETIME = timedelta(days=730)
REGISTRY_LIFETIME = timedelta(days=30)
CENTRE_NAME = "UK Human Trafficking Centre"
CENTRE_KINDS = ("assessment", "intelligence", "referral", "retraction")


@dataclass(frozen=True, slots=True)
class Office:
    """The authority at work in one folder (`ukhtc authority`)."""

    home: Path

    @classmethod
    def found(cls, home: Path, *, now: datetime) -> Self:
        """Make the folder (0700): authority key pair, the centre's own signing key, a draft.

        Raises KeyFileError when there is an authority already: nothing is ever overwritten.
        """
        make_private_folder(home)
        office = cls(home)
        # 1 the private keys first: their files are the claim on this folder
        authority, centre = SigningKey.generate(), SigningKey.generate()
        authority.save(home / AUTHORITY_KEY_FILE)
        centre.save(home / SIGNING_KEY_FILE)
        # 2 the draft, in which the centre is an agency like the others
        request = read_request(make_request(CENTRE, centre, contact="", now=now))
        empty = Draft(0, (), ())
        draft = drafts.enrol(
            empty,
            request,
            name=CENTRE_NAME,
            agency_type="centre",
            kinds=CENTRE_KINDS,
            now=now,
            lifetime=KEY_LIFETIME,
        )
        office._save(draft)
        # 3 last, what others pin: while it is missing, the founding was cut short
        write_new(home / AUTHORITY_FILE, public_pem(authority.public_key), mode=0o644)
        return office

    @property
    def draft(self) -> Draft:
        """The draft registry. Raises ConfigurationError when there is no authority here."""
        path = self.home / DRAFT_FILE
        try:
            return Draft.from_json(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigurationError(
                "there is no authority here", subject=str(path), hint="run `ukhtc authority init`"
            ) from error

    def enrol(
        self,
        request: bytes | str,
        *,
        name: str,
        agency_type: str,
        kinds: Iterable[str],
        now: datetime,
        lifetime: timedelta = KEY_LIFETIME,
        add_key: bool = False,
    ) -> EnrolmentRequest:
        """Check a request and put it in the draft; return what was enrolled.

        Raises EnrolmentError, WeakKeyError, AlreadyEnrolledError.
        """
        read = read_request(request)
        self._save(
            drafts.enrol(
                self.draft,
                read,
                name=name,
                agency_type=agency_type,
                kinds=kinds,
                now=now,
                lifetime=lifetime,
                add_key=add_key,
            )
        )
        return read

    def change(
        self,
        code: str,
        *,
        kinds: Iterable[str] | None = None,
        active: bool | None = None,
        name: str | None = None,
    ) -> None:
        """Change an agency's row in the draft. Raises RefusedError when there is no such agency."""
        self._save(drafts.change(self.draft, code, kinds=kinds, active=active, name=name))

    def publish(
        self, *, now: datetime, lifetime: timedelta = REGISTRY_LIFETIME
    ) -> tuple[TrustRegistry, bytes]:
        """Sign the draft as the next version, keep it, and return it with its signed bytes.

        A version number is used once, even when this is cut short between its steps.
        """
        draft = self.draft
        authority = SigningKey.load(self.home / AUTHORITY_KEY_FILE)
        # 1 sign 2 use up the number 3 keep the bytes
        registry = draft.next_registry(now=now, lifetime=lifetime)
        signed = sign_registry(registry, authority)
        self._save(Draft(registry.version, draft.agencies, draft.keys))
        replace_file(self.home / REGISTRY_FILE, signed, mode=0o644)
        return registry, signed

    def published(self, *, now: datetime) -> TrustRegistry | None:
        """Return the registry last published, expired or not; None before the first."""
        if not (self.home / REGISTRY_FILE).exists():
            return None
        return load_registry(self.home, now=now, allow_expired=True)

    def _save(self, draft: Draft) -> None:
        replace_file(self.home / DRAFT_FILE, draft.to_json().encode("utf-8"), mode=0o600)
