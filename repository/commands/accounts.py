"""`ukhtc account`: by what a reader is known when they come over HTTP."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repository.commands.reading import AsJson, opened, print_json, row, table

if TYPE_CHECKING:
    from repository.authentication.interface_key import InterfaceKey

Name = Annotated[str, typer.Argument(help="The reader's name (`ukhtc reader list`).")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
Remove = Annotated[bool, typer.Option("--remove", help="Take it away instead.")]


def register(app: typer.Typer) -> None:
    """Add the commands to a command line."""
    account = typer.Typer(no_args_is_help=True, help="How readers log in over HTTP.")
    account.command()(add)
    account.command()(password)
    account.command()(totp)
    account.command()(disable)
    account.command()(certificate)
    account.command()(oidc)
    account.command("list")(list_all)
    app.add_typer(account, name="account")


def add(name: Name, password_stdin: FromInput = False) -> None:
    """Give a reader a local account; prints the address for their authenticator app, once."""
    from repository.access.accounts import find_reader
    from repository.authentication.accounts import add_account
    from repository.authentication.passwords import Passwords

    with opened() as connection:
        find_reader(connection, name)
        typer.echo(add_account(connection, _key(), Passwords(), name, _password(password_stdin)))


def password(name: Name, password_stdin: FromInput = False) -> None:
    """Change the password of an account; its sessions end."""
    from repository.authentication.accounts import change_password
    from repository.authentication.passwords import Passwords

    with opened() as connection:
        change_password(connection, Passwords(), name, _password(password_stdin))


def totp(name: Name) -> None:
    """Give an account new one-time codes and print their address, once; its sessions end."""
    from repository.authentication.accounts import renew_codes

    with opened() as connection:
        typer.echo(renew_codes(connection, _key(), name))


def disable(name: Name) -> None:
    """Let nobody log in with an account any more; its sessions end."""
    from repository.authentication.accounts import disable_account

    with opened() as connection:
        disable_account(connection, name)


def certificate(
    name: Name,
    file: Annotated[
        Path | None, typer.Option(help="A certificate with the subject, PEM.", exists=True)
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="The subject itself, as RFC 4514 writes it.")
    ] = None,
    remove: Remove = False,
) -> None:
    """Let client certificates of a subject stand for a reader."""
    from repository.access.accounts import find_reader
    from repository.authentication.certificates import (
        keep_certificate,
        remove_certificate,
        subject_in,
    )

    if (file is None) == (subject is None):
        raise typer.BadParameter("give --file or --subject, one of them")
    wanted = subject_in(file) if file is not None else str(subject)
    with opened() as connection:
        if remove:
            _removed(remove_certificate(connection, wanted), wanted)
            return
        find_reader(connection, name)
        keep_certificate(connection, wanted, name)
    typer.echo(wanted)


def oidc(
    name: Name,
    subject: Annotated[str, typer.Option(help="The provider's `sub` for this person.")],
    issuer: Annotated[str | None, typer.Option(help="INTELBUS_OIDC_ISSUER by default.")] = None,
    remove: Remove = False,
) -> None:
    """Let a person whom the OpenID provider knows be a reader."""
    from intelbus.errors import ConfigurationError
    from intelbus.settings import load_settings
    from repository.access.accounts import find_reader
    from repository.authentication.identities import keep_identity, remove_identity

    provider = issuer or load_settings().oidc_issuer
    if provider is None:
        raise ConfigurationError("no provider is named", hint="--issuer, or INTELBUS_OIDC_ISSUER")
    with opened() as connection:
        if remove:
            _removed(remove_identity(connection, provider, subject), subject)
            return
        find_reader(connection, name)
        keep_identity(connection, provider, subject, name)


def list_all(as_json: AsJson = False) -> None:
    """List every credential and whom it stands for; nothing secret is shown."""
    from intelbus.cli import console
    from repository.authentication.accounts import list_accounts
    from repository.authentication.certificates import list_certificates
    from repository.authentication.identities import list_identities

    with opened() as connection:
        found: dict[str, list[dict[str, Any]]] = {
            "accounts": list_accounts(connection),
            "certificates": list(list_certificates(connection)),
            "oidc": list(list_identities(connection)),
        }
    if as_json:
        print_json(found)
        return
    made = table("credentials", "kind", "reader", "what")
    for account in found["accounts"]:
        row(made, "account", account["reader"], "active" if account["active"] else "disabled")
    for one in found["certificates"]:
        row(made, "certificate", one["reader"], one["subject"])
    for one in found["oidc"]:
        row(made, "oidc", one["reader"], f"{one['issuer']} {one['subject']}")
    console.print(made)


def _key() -> "InterfaceKey":
    from intelbus.settings import load_settings
    from repository.authentication.interface_key import InterfaceKey

    return InterfaceKey.load_or_make(load_settings().centre_home)


def _password(from_input: bool) -> str:
    if from_input:
        return typer.get_text_stream("stdin").readline().rstrip("\r\n")
    typed: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    return typed


def _removed(was: bool, what: str) -> None:
    from intelbus.errors import RefusedError

    if not was:
        raise RefusedError("it stands for nobody", subject=what, hint="see `ukhtc account list`")
