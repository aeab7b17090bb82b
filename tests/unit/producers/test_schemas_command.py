"""`intelbus schemas`: what it prints is what other programs can use."""

import io
import json
import sys

import fastavro
import pytest
import typer
from typer.testing import CliRunner, Result

from intelbus.codec import encode_event, unframe
from intelbus.contract import Kind, load_contract
from intelbus.errors import ConfigurationError
from producers.commands import schemas
from tests.support.events import sample_event


def _run(*arguments: str) -> Result:
    app = typer.Typer()
    schemas.register(app)
    return CliRunner().invoke(app, ["schemas", *arguments])


@pytest.mark.parametrize("kind", list(Kind))
def test_show_prints_a_schema_that_reads_our_values_by_itself(kind: Kind) -> None:
    event = sample_event(kind)
    schema = fastavro.parse_schema(json.loads(_run("show", str(kind)).stdout))

    _, payload = unframe(encode_event(kind, event))

    record = fastavro.schemaless_reader(io.BytesIO(payload), schema, None)
    assert isinstance(record, dict)
    assert record["header"] == event["header"]


def test_show_json_answers_as_a_schema_registry_does() -> None:
    answer = json.loads(_run("show", "watch", "--json").stdout)
    released = load_contract().of_kind("watch")

    assert (answer["id"], answer["subject"]) == (released.schema_id, "uk.intelbus.Watch")
    assert answer["schema"] == released.text


def test_show_fields_names_every_field() -> None:
    shown = _run("show", "nil-return", "--fields").stdout
    assert [name for name in ("period_from", "period_to", "kinds") if name not in shown] == []


def test_an_unknown_name_suggests_the_nearest() -> None:
    error = _run("show", "refferal").exception
    assert isinstance(error, ConfigurationError)
    assert error.hint is not None
    assert error.hint.startswith("did you mean referral?")


def test_list_json_has_every_release() -> None:
    rows = json.loads(_run("list", "--json").stdout)
    assert [row["id"] for row in rows] == [one.schema_id for one in load_contract().all()]


def test_check_says_when_compatibility_cannot_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "avro"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "schemas.compatibility", raising=False)
    monkeypatch.setitem(sys.modules, "avro", None)
    monkeypatch.delenv("INTELBUS_STRICT", raising=False)

    lenient = _run("check")
    monkeypatch.setenv("INTELBUS_STRICT", "1")
    strict = _run("check")

    assert "compatibility NOT checked" in lenient.stderr
    assert (lenient.exit_code, strict.exit_code) == (0, 3)


def test_check_passes_on_the_schemas_as_they_are() -> None:
    result = _run("check")
    assert (result.exit_code, "linted and compatible" in result.stdout) == (0, True)
