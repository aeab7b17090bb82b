"""A sound row for any kind's template: what a careful person might fill in."""

from intelbus.contract import Kind
from producers.mappings.fields import Form
from producers.mappings.template import headings_of

_BY_FORM = {
    Form.TEXT: "0012",
    Form.WHOLE_NUMBER: "3",
    Form.NUMBER: "1.5",
    Form.YES_NO: "yes",
    Form.DATE: "30/06/2009",
    Form.TIME: "2009-06-30T14:00Z",
    Form.IMPRECISE: "2009-06",
    Form.PARTIAL_DATE: "1985-03",
}
_BY_NAME = {
    "handling": "1",
    "marking": "restricted",
    "grading_scheme": "five_by_five_by_five",
    "source_grade": "B",
    "information_grade": "2",
    "target_kind": "intelligence",
    "period_to": "2009-07-01",
    **dict.fromkeys(("country", "from_country", "to_country", "issuer", "nationalities"), "LT"),
    "script": "Latn",
    "from_id": "s1",
    "to_id": "s2",
    **dict.fromkeys(("country", "from_country", "to_country", "issuer", "nationalities"), "VN"),
    "event_id": "0198f2c4-7a10-7c3e-9b1d-2f6f3c1a5e77",
    "sources": "0198f2c4-7a10-7c3e-9b1d-2f6f3c1a5e77",
}


def filled_row(kind: Kind, subjects: int = 2, **changes: str) -> dict[str, str]:
    """Return a value for every column of a template, its subjects being people."""
    row = {}
    for heading in headings_of(kind, subjects):
        path = heading.target.path
        other_thing = path[0] == "subjects" and len(path) > 3 and path[2] != "person"
        if not other_thing:
            codes = heading.target.codes
            value = codes[0] if codes else _BY_FORM[heading.target.form]
            row[heading.name] = _BY_NAME.get(str(path[-1]), value)
    return row | changes
