"""Every metric that a dashboard or an alert names is one that the code defines."""

import json
import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, CollectorRegistry

from repository.stage_metrics import StageMetrics

ROOT = Path(__file__).parents[3]
METRIC = re.compile(r"\bintelbus_[a-z0-9_]+\b")
SUFFIXES = ("_bucket", "_count", "_sum")


@cache
def defined_metrics() -> frozenset[str]:
    """Return the names that the programs expose, asked of prometheus-client itself."""
    registry = CollectorRegistry()
    for stage in ("sequencer", "linker", "statistics", "notices", "relays", "terms"):
        StageMetrics(stage, registry)
    for module in ("consumers.metrics", "producers.metrics"):
        if find_spec(module):  # each registers its metrics when it is imported
            import_module(module)
    exposed = [*registry.collect(), *REGISTRY.collect()]
    return frozenset(m.name + ("_total" if m.type == "counter" else "") for m in exposed)


def queries() -> list[tuple[str, str]]:
    """Return where each query is, and the query."""
    rules = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text("utf-8"))
    found = [(r["alert"], r["expr"]) for group in rules["groups"] for r in group["rules"]]
    for path in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            found += [(f"{path.stem}: {panel['title']}", t["expr"]) for t in panel["targets"]]
    return found


@pytest.mark.parametrize(("where", "query"), queries())
def test_metrics_of_query_exist(where: str, query: str) -> None:
    defined = defined_metrics()
    named = {_plain(name, defined) for name in METRIC.findall(query)}
    assert named - defined == set(), f"{where} names what no code defines"


def _plain(name: str, defined: frozenset[str]) -> str:
    for suffix in SUFFIXES:
        if name.endswith(suffix) and name.removesuffix(suffix) in defined:
            return name.removesuffix(suffix)
    return name


def test_every_alert_has_its_step_in_the_runbook() -> None:
    rules = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text("utf-8"))
    headings = set(re.findall(r"^## (\w+)$", (ROOT / "deploy/runbook.md").read_text("utf-8"), re.M))
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]
    assert {rule["alert"] for rule in alerts} == headings
    assert {rule["annotations"]["runbook"] for rule in alerts} == {
        f"deploy/runbook.md#{name.lower()}" for name in headings
    }


def test_compose_file_is_sound() -> None:
    compose: dict[str, Any] = yaml.safe_load(
        (ROOT / "deploy/compose/compose.yaml").read_text("utf-8")
    )
    services, volumes = compose["services"], set(compose["volumes"])
    for name, service in services.items():
        assert ":" in service["image"], f"{name}: the image has no tag"
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (ROOT / "deploy/compose" / source).resolve().is_dir(), volume
            else:
                assert source in volumes, volume
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), f"{name} is open to the network"


def test_scraped_hosts_are_services() -> None:
    compose = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text("utf-8"))
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    targets = {
        target.split(":")[0]
        for job in config["scrape_configs"]
        for one in job["static_configs"]
        for target in one["targets"]
    }
    assert targets <= set(compose["services"])


def test_commands_of_the_compose_file_exist() -> None:
    import typer

    from consumers.cli import assemble

    compose = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text("utf-8"))
    ours = {
        service["command"][0]
        for service in compose["services"].values()
        if service["image"] == "intelbus:local"
    }
    known = set(typer.main.get_group(assemble()).commands)
    assert ours - known == set()


def test_dockerfile_copies_what_exists_and_runs_as_nobody_special() -> None:
    text = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ")]
    ours = [one for line in copied if not line[0].startswith("--") for one in line]
    assert [one for one in ours if not (ROOT / one).exists()] == []
    assert re.search(r"^USER (?!0|root)", text, re.M)
