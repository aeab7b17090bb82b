"""The XLSX template: a sheet to fill in, all of it text, and a sheet of help."""

from collections.abc import Sequence
from pathlib import Path

from producers.mappings.template import Heading

TEXT = "@"
ROWS_READY = 200


def write_workbook(path: Path, headings: Sequence[Heading]) -> None:
    """Write a workbook to fill in. Raises OSError.

    Cells are formatted as text, so that the spreadsheet keeps leading zeros and rounds no number.
    Columns with codes offer them as a list.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "events"
    help_sheet = book.create_sheet("help")
    help_sheet.append(["column", "required", "what to write", "meaning", "field"])
    codes_sheet = book.create_sheet("codes")
    for number, one in enumerate(headings, start=1):
        letter = get_column_letter(number)
        head = sheet.cell(1, number, one.name)
        head.font = Font(bold=one.target.required)
        sheet.column_dimensions[letter].width = max(12, len(one.name) + 2)
        sheet.column_dimensions[letter].number_format = TEXT
        required = "yes" if one.target.required else ""
        help_sheet.append([one.name, required, one.help, one.target.doc, one.target.name])
        if one.target.codes and not one.target.many:
            for row, code in enumerate(one.target.codes, start=1):
                codes_sheet.cell(row, number, code)
            offered = DataValidation(
                type="list",
                formula1=f"codes!${letter}$1:${letter}${len(one.target.codes)}",
                allow_blank=True,
            )
            sheet.add_data_validation(offered)
            offered.add(f"{letter}2:{letter}{ROWS_READY + 1}")
    sheet.freeze_panes = "B2"
    codes_sheet.sheet_state = "hidden"
    for letter, width in (("A", 36), ("C", 60), ("D", 60), ("E", 44)):
        help_sheet.column_dimensions[letter].width = width
    book.save(path)
