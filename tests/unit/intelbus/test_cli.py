"""How a command line ends: each kind of failure with its documented status, and what to do."""

import pytest
import typer

from intelbus.cli import run
from intelbus.errors import ContentError, IntelbusError, RefusedError, UnavailableError


def ending(error: BaseException) -> typer.Typer:
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (ContentError("a row is wrong"), 1, "a row is wrong"),
        (IntelbusError("no such folder", hint="make it"), 3, "hint: make it"),
        (UnavailableError("no answer", subject="127.0.0.1:1"), 4, "on:   127.0.0.1:1"),
        (RefusedError("not enrolled"), 5, "not enrolled"),
        (ModuleNotFoundError("none", name="sqlalchemy.orm"), 3, "intelbus[repository]"),
        (ModuleNotFoundError("none", name="our_own_typo"), 70, "internal error"),
        (ZeroDivisionError("a bug"), 70, "INTELBUS_DEBUG"),
        (KeyboardInterrupt(), 130, ""),  # Typer ends it, with nothing more to say
    ],
)
def test_each_failure_ends_as_documented(
    error: BaseException,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["command"])
    with pytest.raises(SystemExit) as ended:
        run(ending(error))
    assert ended.value.code == status
    assert said in capsys.readouterr().err
