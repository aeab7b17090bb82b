"""The one error tree. An error says what failed, on what, and what to do next.

Callers branch on `retriable` and on the class, never on the text. `exit_status` is what a
command ends with (docs/reference/exit-statuses.md).
"""

from typing import ClassVar


class IntelbusError(Exception):
    """Something intelbus was asked to do could not be done."""

    retriable: ClassVar[bool] = False
    exit_status: ClassVar[int] = 3

    def __init__(
        self, message: str = "", *, subject: str | None = None, hint: str | None = None
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.subject = subject
        self.hint = hint
        super().__init__(self.message)

    def __str__(self) -> str:
        parts = [self.message]
        if self.subject:
            parts.append(f"({self.subject})")
        if self.hint:
            parts.append(f"— {self.hint}")
        return " ".join(parts)


class ConfigurationError(IntelbusError):
    """A setting, file or folder is missing or wrong."""


class UnavailableError(IntelbusError):
    """A server could not be reached; the same call may succeed later."""

    retriable = True
    exit_status = 4


class RefusedError(IntelbusError):
    """The request was understood and is not permitted."""

    exit_status = 5


class InvalidRequestError(RefusedError):
    """What is asked for makes no sense, whoever asks."""

    exit_status = 2


class ConflictError(RefusedError):
    """It stands otherwise already: decided, ended, or as many as there may be."""


class ContentError(IntelbusError):
    """The content of an event or file breaks the contract."""

    exit_status = 1
