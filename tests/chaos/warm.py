"""Starts programs from an interpreter that has imported everything already.

`python -m tests.chaos.warm` reads a JSON request a line and answers each with a line. A program is
a fork that calls what its command would call; what it starts itself (ingest's workers) it starts as
always. Hundreds of runs of half a dozen programs would else spend their time on imports. A program
that needs another dynamic loader (libfaketime) is executed as its command.

When its standard input ends, it kills all that it started.
"""

import contextlib
import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

MODULES = ("consumers.cli", "consumers.ingest.worker", "consumers.ingest.supervisor",
           "repository.sequencer", "repository.linking.stage", "repository.migrate",
           "repository.queries.accounts", "consumers.stream_states", "tests.chaos.load",
           "tests.chaos.rival")  # fmt: skip


def command(arguments: list[str]) -> list[str]:
    """Return the command line of a program: `ukhtc` as installed, or a module."""
    name, *rest = arguments
    if name == "ukhtc":
        return [str(Path(sys.executable).parent / "ukhtc"), *rest]
    return [sys.executable, "-m", name, *rest]


def serve() -> None:
    """Answer requests until standard input ends."""
    import gc
    from importlib import import_module

    for module in MODULES:
        import_module(module)
    gc.freeze()
    # Ctrl-C reaches this process too; it must live to kill what it started.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    statuses: dict[int, int | None] = {}
    answer: dict[str, Any]
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if "arguments" in request:
            pid = _start(request)
            statuses[pid] = None
            answer = {"pid": pid}
        else:
            pid = request["poll"]
            if statuses[pid] is None:
                done, how = os.waitpid(pid, os.WNOHANG)
                statuses[pid] = os.waitstatus_to_exitcode(how) if done else None
            answer = {"status": statuses[pid]}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()
    for pid, status in statuses.items():
        if status is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def _start(request: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source, target)
        os.environ.update(request["environment"])
        _become(request["arguments"])
    finally:
        os._exit(70)


def _become(arguments: list[str]) -> NoReturn:
    if "LD_PRELOAD" in os.environ:
        whole = command(arguments)
        os.execv(whole[0], whole)
    from importlib import import_module

    random.seed()
    name = arguments[0]
    sys.argv = arguments
    status: Any = 0
    try:
        import_module("consumers.cli" if name == "ukhtc" else name).main()
    except SystemExit as leaving:
        status = leaving.code
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0 if status is None else 1)


if __name__ == "__main__":
    serve()
