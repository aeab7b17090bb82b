"""`intelbus key` and `intelbus trust`: an agency's signing key, and whom it believes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

key_app = typer.Typer(help="The agency's signing key.", no_args_is_help=True)
trust_app = typer.Typer(help="Whom this agency believes.", no_args_is_help=True)

AgencyOption = Annotated[
    str | None, typer.Option("--agency", help="The agency's code. [env: INTELBUS_AGENCY]")
]
HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The agency's folder. [env: INTELBUS_HOME]")
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def register(app: typer.Typer) -> None:
    """Add `key` and `trust` to the command line."""
    app.add_typer(key_app, name="key")
    app.add_typer(trust_app, name="trust")


@key_app.command()
def new(agency: AgencyOption = None, home: HomeOption = None) -> None:
    """Make a signing key; an existing one is never overwritten."""
    from intelbus.keys import SigningKey, fingerprint_of
    from intelbus.settings import load_settings
    from intelbus.trust_files import SIGNING_KEY_FILE

    folder = load_settings(agency=agency, home=home).agency_home()
    key = SigningKey.generate()
    key.save(folder / SIGNING_KEY_FILE)
    typer.echo(f"key id       {key.key_id}")
    typer.echo(f"fingerprint  {fingerprint_of(key.public_key)}")
    typer.echo(
        f"kept in {folder / SIGNING_KEY_FILE} (0600). Next: `intelbus key request`.", err=True
    )


@key_app.command()
def request(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
    contact: Annotated[str, typer.Option(help="Whom UKHTC should telephone.")] = "",
    agency: AgencyOption = None,
    home: HomeOption = None,
) -> None:
    """Write a request that UKHTC enrol this key, with proof that this agency holds it."""
    from intelbus.enrolment import make_request
    from intelbus.keys import SigningKey, fingerprint_of, write_new
    from intelbus.settings import load_settings
    from intelbus.trust_files import SIGNING_KEY_FILE

    settings = load_settings(agency=agency, home=home)
    key = SigningKey.load(settings.agency_home() / SIGNING_KEY_FILE)
    text = make_request(settings.require_agency(), key, contact=contact, now=datetime.now(UTC))
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_new(output, text.encode("ascii"), mode=0o644)
    typer.echo(
        "send the request to UKHTC; when they telephone, read them this fingerprint:\n"
        f"  {fingerprint_of(key.public_key)}",
        err=True,
    )


@key_app.command()
def show(agency: AgencyOption = None, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show the key's id, public key and fingerprint; never the secret."""
    from intelbus.keys import SigningKey, fingerprint_of
    from intelbus.settings import load_settings
    from intelbus.trust_files import SIGNING_KEY_FILE

    folder = load_settings(agency=agency, home=home).agency_home()
    key = SigningKey.load(folder / SIGNING_KEY_FILE)
    shown = {
        "key_id": key.key_id,
        "public_key": key.public_key.hex(),
        "fingerprint": fingerprint_of(key.public_key),
        "file": str(folder / SIGNING_KEY_FILE),
    }
    _print(shown, as_json)


@trust_app.command()
def pin(
    file: Annotated[Path, typer.Argument(help="authority.pub, as UKHTC handed it over.")],
    agency: AgencyOption = None,
    home: HomeOption = None,
) -> None:
    """Believe registries signed by this authority, and no other."""
    from intelbus.keys import fingerprint_of
    from intelbus.settings import load_settings
    from intelbus.trust_files import pin_authority

    public_key = pin_authority(load_settings(agency=agency, home=home).agency_home(), file)
    typer.echo(f"fingerprint  {fingerprint_of(public_key)}")
    typer.echo("compare the fingerprint with UKHTC by telephone", err=True)


@trust_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A signed trust registry.")],
    agency: AgencyOption = None,
    home: HomeOption = None,
) -> None:
    """Verify a trust registry and keep it; an older one than that kept is refused."""
    from intelbus.errors import ConfigurationError
    from intelbus.settings import load_settings
    from intelbus.trust_files import keep_registry

    try:
        signed = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", subject=str(file)) from error
    folder = load_settings(agency=agency, home=home).agency_home()
    registry = keep_registry(folder, signed, now=datetime.now(UTC))
    typer.echo(f"kept version {registry.version}, good until {registry.expires_at:%Y-%m-%d %H:%M}Z")


@trust_app.command("show")
def show_trust(
    agency: AgencyOption = None, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Show the registry kept here, and what it says of this agency."""
    from intelbus.message import rfc3339
    from intelbus.settings import load_settings
    from intelbus.trust_files import load_registry

    settings = load_settings(agency=agency, home=home)
    now = datetime.now(UTC)
    registry = load_registry(settings.agency_home(), now=now, allow_expired=True)
    own = registry.agencies.get(settings.agency or "")
    shown = {
        "version": registry.version,
        "issued_at": rfc3339(registry.issued_at),
        "expires_at": rfc3339(registry.expires_at),
        "expired": registry.expired(now),
        "agencies": sorted(registry.agencies),
        "own_kinds": sorted(own.kinds) if own else [],
        "own_keys": sorted(
            k.key_id for k in registry.keys.values() if own and k.agency == own.code
        ),
    }
    _print(shown, as_json)


def _print(shown: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(shown, indent=2))
        return
    width = max(map(len, shown))
    for name, value in shown.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        typer.echo(f"{name.replace('_', ' '):{width}}  {text}")
