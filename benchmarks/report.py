"""What a run found: JSON lines as it goes, a table at the end, the machine in the first line."""

import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, memory, system, load, Python."""
    model = "unknown"
    cpuinfo, meminfo = Path("/proc/cpuinfo"), Path("/proc/meminfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    memory = None
    if meminfo.exists():
        memory = int(meminfo.read_text().split()[1]) // 1024
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_mb": memory,
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": [round(one, 2) for one in os.getloadavg()],
    }


@dataclass(slots=True)
class Report:
    """Collects results; each is printed as a JSON line at once."""

    out: TextIO
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, **facts: Any) -> None:
        """Print one result and keep it for the table."""
        row = {"what": what, **facts}
        self.rows.append(row)
        print(json.dumps(row, ensure_ascii=False), file=self.out, flush=True)

    def table(self) -> None:
        """Print what was found for people, on standard error."""
        table = Table("What", "Result", title="Benchmarks")
        for row in self.rows:
            facts = ", ".join(
                f"{name} {_short(value)}"
                for name, value in row.items()
                if name != "what" and not isinstance(value, Mapping)
            )
            table.add_row(row["what"], facts)
        Console(file=sys.stderr).print(table)


def summary(rates: list[float]) -> dict[str, Any]:
    """Return the median of runs, with all of them beside it."""
    return {"events_per_second": round(median(rates)), "runs": [round(rate) for rate in rates]}


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
