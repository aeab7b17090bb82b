"""A bulletin as files: CSV, ODS (OpenDocument), SVG."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from repository.spreadsheets import csv_text, safe_cell
from repository.statistics.cases import DIMENSIONS
from repository.statistics.policies import WITHHELD

FORMATS = ("csv", "ods", "svg")
COLUMNS = ("table", "value", "cases")


def rendered(bulletin: Mapping[str, Any], form: str) -> bytes:
    """Return the bytes of a bulletin in one of FORMATS."""
    return {"csv": _csv, "ods": _ods, "svg": _svg}[form](bulletin)


def figures(bulletin: Mapping[str, Any]) -> Iterator[tuple[str, str, int | str]]:
    """Yield (table, value, cases) of every cell; a withheld one is `[c]`."""
    yield "referrals", "all", _shown(bulletin["referrals"])
    for name in DIMENSIONS:
        for value, count in bulletin[name].items():
            yield name, value, _shown(count)


def about(bulletin: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a reader must know to quote the figures, as (what, words)."""
    period = bulletin["period"]
    return [
        ("table", "National Referral Mechanism: cases by date of referral"),
        ("from", period["from"]),
        ("to", period["to"]),
        ("as at", bulletin["as_at"] or f"position {bulletin['as_at_position']} of the log"),
        ("publication policy", bulletin["policy"]),
        ("withheld cells", f"{bulletin['withheld']}, shown as {WITHHELD}"),
    ]


def _shown(count: int | None) -> int | str:
    return WITHHELD if count is None else count


def _csv(bulletin: Mapping[str, Any]) -> bytes:
    rows = [*(("about", *one) for one in about(bulletin)), *figures(bulletin)]
    return csv_text(COLUMNS, rows).encode("utf-8")


def _ods(bulletin: Mapping[str, Any]) -> bytes:
    from odfdo import Cell, Document, Row, Table

    document = Document("spreadsheet")
    document.body.clear()

    def sheet(name: str, rows: list[tuple[object, ...]]) -> None:
        made = Table(name)
        for cells in rows:
            line = Row()
            for value in cells:
                plain = safe_cell(value)
                line.append_cell(Cell(plain if isinstance(plain, int) else str(plain)))
            made.append_row(line)
        document.body.append(made)

    sheet("about", list(about(bulletin)))
    for name in DIMENSIONS:
        rows = [(value, _shown(count)) for value, count in bulletin[name].items()]
        sheet(name, [(name, "cases"), *rows])
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _svg(bulletin: Mapping[str, Any]) -> bytes:
    import vl_convert

    charts = [_chart(name, bulletin[name]) for name in DIMENSIONS if bulletin[name]]
    title = "; ".join(f"{what}: {words}" for what, words in about(bulletin)[1:])
    specification = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": "National Referral Mechanism", "subtitle": title, "anchor": "start"},
        "columns": 2,
        "concat": charts,
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
    }
    # No address may be read: a chart holds its figures and nothing else.
    svg: str = vl_convert.vegalite_to_svg(specification, allowed_base_urls=[])
    return svg.encode("utf-8")


def _chart(name: str, table: Mapping[str, int | None]) -> dict[str, Any]:
    values = [
        {"value": value, "cases": count or 0, "label": str(_shown(count))}
        for value, count in table.items()
    ]
    placed = {"y": {"field": "value", "type": "nominal", "sort": None, "title": None}}
    length = {"field": "cases", "type": "quantitative", "title": "cases"}
    return {
        "title": name.replace("_", " "),
        "width": 320,
        "data": {"values": values},
        "layer": [
            {"mark": "bar", "encoding": {**placed, "x": length}},
            {
                "mark": {"type": "text", "align": "left", "dx": 3},
                "encoding": {**placed, "x": length, "text": {"field": "label"}},
            },
        ],
    }
