"""Agencies' machines: which reader the subject of a client certificate is."""

from pathlib import Path
from typing import Any, LiteralString

import psycopg
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

from intelbus.errors import ConfigurationError
from repository.authentication.errors import UnauthenticatedError

KEEP: LiteralString = """
INSERT INTO client_certificate (subject, reader) VALUES (%s, %s)
ON CONFLICT (subject) DO UPDATE SET reader = excluded.reader, added_at = clock_timestamp()
"""
FIND: LiteralString = "SELECT reader FROM client_certificate WHERE subject = %s"
REMOVE: LiteralString = "DELETE FROM client_certificate WHERE subject = %s"
LIST: LiteralString = "SELECT subject, reader FROM client_certificate ORDER BY subject"


def subject_of(der: bytes) -> str:
    """Return a certificate's subject (RFC 4514). The TLS layer has verified the certificate."""
    return load_der_x509_certificate(der).subject.rfc4514_string()


def subject_in(path: Path) -> str:
    """Return the subject of a PEM file's first certificate. Raises ConfigurationError."""
    try:
        return load_pem_x509_certificate(path.read_bytes()).subject.rfc4514_string()
    except (OSError, ValueError) as error:
        raise ConfigurationError("this is not a certificate in PEM", subject=str(path)) from error


def keep_certificate(connection: psycopg.Connection[Any], subject: str, reader: str) -> None:
    """Let certificates of a subject stand for a reader."""
    connection.execute(KEEP, (subject, reader))


def remove_certificate(connection: psycopg.Connection[Any], subject: str) -> bool:
    """Let a subject stand for nobody; return whether it stood for somebody."""
    return connection.execute(REMOVE, (subject,)).rowcount > 0


def list_certificates(connection: psycopg.Connection[Any]) -> list[dict[str, str]]:
    """Return each `subject` and its `reader`."""
    return [{"subject": one, "reader": reader} for one, reader in connection.execute(LIST)]


def reader_of(connection: psycopg.Connection[Any], subject: str) -> str:
    """Return the reader of a subject. Raises UnauthenticatedError when it stands for nobody."""
    row = connection.execute(FIND, (subject,)).fetchone()
    if row is None:
        raise UnauthenticatedError(
            "this certificate stands for no reader",
            hint="the centre enrols it with `ukhtc account certificate`",
        )
    return str(row[0])
