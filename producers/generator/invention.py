"""A stock of invented people and things for one run: every identifier in it is given out once."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from producers.generator import things
from producers.generator.people import LANGUAGES, Invented, invent


@dataclass(slots=True)
class Stock:
    """Invents on demand, from one seeded source of chance; memory does not grow with use."""

    random: Random
    split: str = "training"
    _numbers: dict[str, int] = field(default_factory=dict)

    def number(self, series: str) -> int:
        """Return the next number of a series, from 0."""
        found = self._numbers.get(series, 0)
        self._numbers[series] = found + 1
        return found

    def person(
        self, language: str | None = None, *, sex: str | None = None, child: bool = False
    ) -> Invented:
        """Return a new person."""
        return invent(
            self.random,
            self.number("person"),
            language=language or self.random.choice(LANGUAGES),
            sex=sex or self.random.choice(("female", "male")),
            child=child,
            split=self.split,
        )

    def thing(self, kind: str, *, place: str = "private_address") -> tuple[str, dict[str, Any]]:
        """Return a new thing: its truth and its details. Telephones run out: an e-mail follows."""
        number = self.number(kind)
        match kind:
            case "vehicle":
                details = things.vehicle(self.random, number)
            case "telephone":
                details = things.telephone(number) or things.email(number)
            case "location":
                details = things.place(self.random, number, place)
            case "account":
                details = things.account(number)
            case _:
                details = things.email(number)
        return f"{kind}-{number}", details

    def reference(self, agency: str, series: str) -> str:
        """Return an agency's next record number in a series."""
        return f"{agency.upper()}/{series}/{self.number(f'{agency}/{series}') + 1:05d}"
