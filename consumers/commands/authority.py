"""`ukhtc authority`: enrol agencies and publish the signed trust registry."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="Enrol agencies; sign and publish whom everyone trusts.", no_args_is_help=True
)

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="The authority's folder. [env: INTELBUS_CENTRE_HOME]")
]
KINDS_HELP = "`all`, or kinds separated by commas."


def register(parent: typer.Typer) -> None:
    """Add `authority` to the command line."""
    parent.add_typer(app, name="authority")


@app.command()
def init(home: HomeOption = None) -> None:
    """Make the authority's keys, the centre's own signing key, and an empty draft."""
    from consumers.authority.office import Office
    from intelbus.keys import fingerprint_of
    from intelbus.settings import load_settings
    from intelbus.trust_files import AUTHORITY_FILE, pinned_authority

    folder = load_settings(centre_home=home).centre_home
    Office.found(folder, now=datetime.now(UTC))
    typer.echo(f"authority    {folder / AUTHORITY_FILE}")
    typer.echo(f"fingerprint  {fingerprint_of(pinned_authority(folder))}")
    typer.echo("hand authority.pub to each agency; never let authority.key leave here", err=True)


@app.command()
def enrol(  # noqa: PLR0917  Typer reads the options from here; nobody calls it by position
    request: Annotated[
        Path, typer.Argument(help="The agency's request, from `intelbus key request`.")
    ],
    name: Annotated[str, typer.Option(help="The agency's full name.")] = "",
    agency_type: Annotated[
        str, typer.Option("--type", help="police, enforcement, prosecutor, …")
    ] = "",
    kinds: Annotated[str, typer.Option(help=KINDS_HELP)] = "",
    add_key: Annotated[bool, typer.Option(help="A further key for an enrolled agency.")] = False,
    home: HomeOption = None,
) -> None:
    """Check an agency's request and put it in the draft; `publish` makes it count."""
    from consumers.authority.office import Office
    from intelbus.errors import ConfigurationError
    from intelbus.keys import fingerprint_of
    from intelbus.settings import load_settings

    if not add_key and not (name and agency_type and kinds):
        raise typer.BadParameter("a new agency needs --name, --type and --kinds")
    try:
        text = request.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"cannot be read: {error.strerror}", subject=str(request)
        ) from error
    office = Office(load_settings(centre_home=home).centre_home)
    enrolled = office.enrol(
        text,
        name=name,
        agency_type=agency_type,
        kinds=kinds.split(","),
        now=datetime.now(UTC),
        add_key=add_key,
    )
    typer.echo(f"in the draft: {enrolled.agency}, key {enrolled.key_id}")
    typer.echo(
        "before `ukhtc authority publish`, telephone the agency and compare the fingerprint:\n"
        f"  {fingerprint_of(enrolled.public_key)}",
        err=True,
    )


@app.command()
def change(
    code: Annotated[str, typer.Argument(help="The agency's code.")],
    kinds: Annotated[str | None, typer.Option(help=KINDS_HELP)] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive")] = None,
    name: Annotated[str | None, typer.Option(help="The agency's full name.")] = None,
    home: HomeOption = None,
) -> None:
    """Change an agency's row in the draft; `publish` makes it count."""
    from consumers.authority.office import Office
    from intelbus.settings import load_settings

    office = Office(load_settings(centre_home=home).centre_home)
    office.change(code, kinds=kinds.split(",") if kinds else None, active=active, name=name)
    typer.echo(f"in the draft: {code} changed")


@app.command()
def publish(
    expires_days: Annotated[int, typer.Option(help="Days until the registry expires.", min=1)] = 30,
    kafka: Annotated[
        bool | None,
        typer.Option("--kafka/--no-kafka", help="Send to the trust topic (default: if known)."),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Sign the draft as the next version of the registry, keep it and send it."""
    from consumers.authority.office import Office
    from intelbus.errors import ConfigurationError
    from intelbus.settings import load_settings
    from intelbus.trust_files import REGISTRY_FILE

    settings = load_settings(centre_home=home)
    if kafka is None:
        try:
            kafka = bool(settings.require_kafka())
        except ConfigurationError:
            kafka = False
    office = Office(settings.centre_home)
    registry, signed = office.publish(now=datetime.now(UTC), lifetime=timedelta(days=expires_days))
    path = settings.centre_home / REGISTRY_FILE
    typer.echo(
        f"version {registry.version}, good until {registry.expires_at:%Y-%m-%d %H:%M}Z: {path}"
    )
    if kafka:
        from consumers.authority.sending import send_registry

        typer.echo(f"sent to {send_registry(settings, signed)}")
    else:
        typer.echo(
            "not sent to Kafka; others may take the file: `intelbus trust import FILE`",
            err=True,
        )


@app.command()
def status(
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Show the agencies, their keys and rights, and the registry's version and expiry."""
    from consumers.authority.office import Office
    from intelbus.settings import load_settings

    now = datetime.now(UTC)
    office = Office(load_settings(centre_home=home).centre_home)
    report = _report(office, now)
    if as_json:
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
        return
    _show(report, now)


def _report(office: Any, now: datetime) -> dict[str, Any]:
    from consumers.authority.draft import agency_row, key_row
    from intelbus.message import rfc3339

    draft, published = office.draft, office.published(now=now)
    return {
        "published": published
        and {
            "version": published.version,
            "issued_at": rfc3339(published.issued_at),
            "expires_at": rfc3339(published.expires_at),
            "expired": published.expired(now),
        },
        "unpublished_changes": published is None
        or set(published.agencies.values()) != set(draft.agencies)
        or set(published.keys.values()) != set(draft.keys),
        "agencies": [
            {**agency_row(a), "keys": [key_row(k) for k in draft.keys if k.agency == a.code]}
            for a in sorted(draft.agencies, key=lambda a: a.code)
        ],
    }


def _show(report: dict[str, Any], now: datetime) -> None:
    from rich.table import Table

    from intelbus.cli import console
    from intelbus.contract import Kind

    table = Table("agency", "name", "may publish")
    for title in ("key", "valid", "state"):
        table.add_column(title, no_wrap=True)
    for agency in report["agencies"]:
        kinds = "all" if set(agency["kinds"]) == set(Kind) else ", ".join(agency["kinds"])
        for key in agency["keys"] or [{}]:
            first, last = (key.get(name) or "" for name in ("valid_from", "valid_until"))
            table.add_row(
                agency["code"],
                f"{agency['name']} ({agency['type']})",
                kinds or "nothing",
                key.get("key_id", "none"),
                f"{first[:10]}\nto {last[:10] or 'no end'}" if key else "",
                _state(agency, key, now),
            )
    console.print(table)
    published = report["published"]
    if published is None:
        console.print("nothing is published yet: run `ukhtc authority publish`")
        return
    until = "EXPIRED" if published["expired"] else "good until"
    console.print(f"published: version {published['version']}, {until} {published['expires_at']}")
    if report["unpublished_changes"]:
        console.print("the draft has changes that are not published: run `ukhtc authority publish`")


def _state(agency: dict[str, Any], key: dict[str, Any], now: datetime) -> str:
    from intelbus.message import rfc3339

    if not agency["active"]:
        return "inactive"
    if not key:
        return "no key"
    if key["revoked_at"]:
        return "revoked"
    if key["valid_until"] and key["valid_until"] <= rfc3339(now):
        return "expired"
    return "active"
