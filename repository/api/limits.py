"""How often one reader, one address or one guesser may ask. Kept by this process alone."""

from dataclasses import dataclass
from time import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from intelbus.errors import ConfigurationError
from intelbus.settings import Settings
from repository.authentication.errors import TooManyAttemptsError


class TooManyRequestsError(TooManyAttemptsError):
    """Too many requests; `retry_after` says in how many seconds the next one is answered."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The rates; each is counted apart for whom it concerns."""

    reader: RateLimitItem
    address: RateLimitItem
    login: RateLimitItem
    _counter: SlidingWindowCounterRateLimiter

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Return the rates of the settings. Raises ConfigurationError."""
        try:
            reader = parse(settings.rate_reader)
            address = parse(settings.rate_address)
            login = parse(settings.rate_login)
        except ValueError as error:
            raise ConfigurationError(
                f"a rate is wrong: {error}", hint="for example INTELBUS_RATE_READER=600/minute"
            ) from error
        return cls(reader, address, login, SlidingWindowCounterRateLimiter(MemoryStorage()))

    def take(self, rate: RateLimitItem, whose: str) -> None:
        """Count a request against a rate. Raises TooManyRequestsError when it is used up."""
        name = "reader" if rate is self.reader else "address" if rate is self.address else "login"
        if not self._counter.hit(rate, name, whose):
            reset = self._counter.get_window_stats(rate, name, whose).reset_time
            raise TooManyRequestsError(max(1, int(reset - time()) + 1))
