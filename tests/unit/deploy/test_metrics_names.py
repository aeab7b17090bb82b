"""Every metric that a dashboard or an alert names is one that the code defines."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
PACKAGES = ("intelbus", "producers", "consumers", "repository")
METRIC = re.compile(r"\bintelbus_[a-z0-9_]+\b")
SUFFIXES = ("_bucket", "_count", "_sum")


def defined_metrics() -> set[str]:
    """Return the names the code gives to prometheus-client, as they are exposed."""
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            found |= set(_metrics_in(ast.parse(path.read_text("utf-8"))))
    return found


def _metrics_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func
            called = function.attr if isinstance(function, ast.Attribute) else ""
            called = function.id if isinstance(function, ast.Name) else called
            name = node.args[0].value
            if isinstance(name, str) and METRIC.fullmatch(name):
                # A counter gets its _total from prometheus-client when its name has none.
                adds = called == "Counter" and not name.endswith("_total")
                yield name + "_total" if adds else name


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


def _plain(name: str, defined: set[str]) -> str:
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
