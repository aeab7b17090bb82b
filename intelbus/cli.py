"""What both command lines share: how an error is shown, and what status a command ends with."""

import os
import sys
import traceback
from typing import Any, NoReturn

import typer
from rich.console import Console

from intelbus.errors import IntelbusError

INTERNAL_ERROR = 70
INTERRUPTED = 130

# Newer Typer brings its own copy of click, so "a mistake in the command line" is reached from
# Typer's public name for one: BadParameter → UsageError → ClickException.
_UsageMistake: Any = typer.BadParameter.__mro__[2]

console = Console()
"""Data goes to standard output."""
messages = Console(stderr=True)
"""Everything else goes to standard error."""


def run(app: typer.Typer) -> NoReturn:
    """Run a command line and leave with its documented exit status.

    0 done · 1 something was rejected · 2 usage · 3 configuration · 4 unreachable · 5 refused ·
    70 a bug · 130 interrupted (docs/reference/exit-statuses.md).
    """
    try:
        status = app(standalone_mode=False)
    except IntelbusError as error:
        _show(error)
        status = error.exit_status
    except _UsageMistake as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        messages.print("interrupted")
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except Exception as error:  # the outermost boundary: whatever is left is a bug
        if os.environ.get("INTELBUS_DEBUG"):
            traceback.print_exc()
        what = f"internal error: {type(error).__name__}: {error}"
        messages.print(what, markup=False, style="red")
        messages.print("  set INTELBUS_DEBUG=1 to see where", markup=False)
        status = INTERNAL_ERROR
    sys.exit(status if isinstance(status, int) else 0)


def _show(error: IntelbusError) -> None:
    messages.print(f"error: {error.message}", markup=False, style="red", highlight=False)
    if error.subject:
        messages.print(f"  on:   {error.subject}", markup=False, highlight=False)
    if error.hint:
        messages.print(f"  hint: {error.hint}", markup=False, highlight=False)
