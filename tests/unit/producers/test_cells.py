"""A cell becomes the value its field needs, or a problem that says what to do."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from producers.mappings.cells import CellError, Reading, fold_codes, read_cell
from producers.mappings.fields import Field, Form


def target(form: Form, *, many: bool = False, codes: tuple[str, ...] = ()) -> Field:
    return Field(("f",), form, required=False, many=many, codes=codes, doc="")


@pytest.mark.parametrize(
    ("form", "cell", "expected"),
    [
        (Form.TEXT, "00447700900123", "00447700900123"),
        (Form.TEXT, 12.0, "12"),
        (Form.TEXT, " \u00a0x ", "x"),
        (Form.TEXT, "", None),
        (Form.TEXT, None, None),
        (Form.WHOLE_NUMBER, "1,200", 1200),
        (Form.WHOLE_NUMBER, 3.0, 3),
        (Form.YES_NO, "Yes", True),
        (Form.YES_NO, False, False),
        (Form.DATE, "30/06/2009", "2009-06-30"),
        (Form.DATE, "2009-06-30", "2009-06-30"),
        (Form.DATE, datetime(2009, 6, 30), "2009-06-30"),  # noqa: DTZ001
        (Form.DATE, 39994, "2009-06-30"),
        (Form.DATE, "39994", "2009-06-30"),
        (Form.TIME, 39994.5, "2009-06-30T12:00:00Z"),
        (Form.TIME, "30/06/2009", "2009-06-30T00:00:00Z"),
        (Form.IMPRECISE, "2009-06", "2009-06"),
        (Form.IMPRECISE, "2009", "2009"),
        (Form.IMPRECISE, 2009, "2009"),
        (Form.IMPRECISE, "2009-06-01/2009-06-20", "2009-06-01/2009-06-20"),
        (Form.IMPRECISE, 39994, "2009-06-30"),
        (Form.PARTIAL_DATE, "1985-03", {"year": 1985, "month": 3}),
        (Form.PARTIAL_DATE, "27/03/1985", {"year": 1985, "month": 3, "day": 27}),
    ],
)
def test_cell_is_read(form: Form, cell: Any, expected: Any) -> None:
    assert read_cell(cell, target(form), Reading()) == expected


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        (Form.TEXT, 4.4770090012345e15),
        (Form.TEXT, "4.47701E+11"),
        (Form.WHOLE_NUMBER, "3.5"),
        (Form.WHOLE_NUMBER, "three"),
        (Form.NUMBER, "nan"),
        (Form.YES_NO, "perhaps"),
        (Form.DATE, "31/06/2009"),
        (Form.DATE, "06/30/2009"),
        (Form.DATE, "2009"),
        (Form.TIME, "2009-06-31T10:00Z"),
    ],
)
def test_cell_is_refused_with_advice(form: Form, cell: Any) -> None:
    with pytest.raises(CellError) as caught:
        read_cell(cell, target(form), Reading())
    assert caught.value.hint


def test_codes_forgive_case_and_spaces_and_lists_translate() -> None:
    role = target(Form.CODE, codes=("potential_victim", "other"))
    assert read_cell("Potential Victim", role, Reading()) == "potential_victim"
    codes = fold_codes({"Vietnamese": "VN", "Lithuanian": "LT"})
    many = target(Form.TEXT, many=True)
    reading = Reading(codes=codes, separator=",")
    assert read_cell("vietnamese, Lithuanian", many, reading) == ["VN", "LT"]


def test_a_mapping_pads_and_places_times_in_its_zone() -> None:
    assert read_cell(417, target(Form.TEXT), Reading(width=6)) == "000417"
    summer = Reading(zone=ZoneInfo("Europe/London"), dates=("%d/%m/%Y %H:%M",))
    assert read_cell("30/06/2009 14:00", target(Form.TIME), summer) == "2009-06-30T13:00:00Z"
