"""A table for the terminal, whose words are never markup."""

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text


class Listing(Table):
    """A table that shows its title alone while it has no rows, with what would fill it, and no
    header without words.
    """

    def __init__(self, title: str, *columns: str, empty: str = "") -> None:
        self._empty = Text(f"{title}: {empty}" if empty else title, style="table.title")
        words = Text(title, style="table.title")
        super().__init__(title=words, title_justify="left", show_header=any(columns))
        for column in columns:
            self.add_column(column, overflow="fold")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.row_count:
            yield from super().__rich_console__(console, options)
        else:
            yield self._empty
