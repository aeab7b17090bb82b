"""Why somebody is not let in. The words never say which part of what they gave was wrong."""

from intelbus.errors import ConfigurationError, RefusedError


class UnauthenticatedError(RefusedError):
    """Nobody is logged in."""


class LoginRefusedError(UnauthenticatedError):
    """The name, the password or the code is wrong, or the code was used already."""


class TooManyAttemptsError(RefusedError):
    """Too many attempts; `retry_after` says in how many seconds the next one counts."""

    retriable = True

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(hint=f"wait {retry_after} seconds")


class ForgedRequestError(RefusedError):
    """A request with a cookie that changes something must show that a page of ours sent it."""


class NoProviderError(ConfigurationError):
    """No OpenID provider is set up here."""
