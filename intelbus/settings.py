"""Settings, from the environment (prefix `INTELBUS_`) and from the local servers when they run."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from intelbus.errors import ConfigurationError

SERVERS_FILE = "servers.json"
# {"reader": …, "purpose": …}: who reads by default on this machine, in the centre's folder.
READER_FILE = "reader.json"


class Settings(BaseSettings):
    """All that a program is told from outside; a field is `INTELBUS_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="INTELBUS_", extra="ignore", frozen=True)

    kafka_bootstrap: str | None = None
    database_url: str | None = None
    topic_prefix: str = ""
    agency: str | None = None
    home: Path | None = None
    data: Path = Path(".intelbus/local")
    centre_home: Path = Path(".intelbus/ukhtc")
    maximum_marking: Literal[
        "not_protectively_marked", "protect", "restricted", "confidential", "secret", "top_secret"
    ] = "confidential"
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_ssl_cafile: Path | None = None
    kafka_ssl_certfile: Path | None = None
    kafka_ssl_keyfile: Path | None = None
    kafka_sasl_mechanism: str | None = None
    kafka_sasl_username: str | None = None
    kafka_sasl_password: str | None = None
    # The HTTP interface: where people reach it, who says who they are, and how often they may ask.
    public_url: str | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str = "intelbus"
    oidc_client_secret: SecretStr | None = None
    rate_reader: str = "600/minute"
    rate_address: str = "1200/minute"
    rate_login: str = "20/minute"
    shared: Path | None = None
    reader: str | None = None
    purpose: str | None = None

    def require_agency(self) -> str:
        """Return the agency's code. Raises ConfigurationError when it is not set."""
        if not self.agency:
            raise ConfigurationError(
                "no agency is named",
                subject="INTELBUS_AGENCY",
                hint="pass --agency CODE or set INTELBUS_AGENCY",
            )
        return self.agency

    def agency_home(self) -> Path:
        """Return the agency's folder: its key, outbox, pinned authority and registry."""
        return self.home or Path(".intelbus/agency") / self.require_agency()

    def require_kafka(self) -> str:
        """Return Kafka's bootstrap servers. Raises ConfigurationError when none are known."""
        return self.kafka_bootstrap or self._local("kafka_bootstrap", "INTELBUS_KAFKA_BOOTSTRAP")

    def require_database(self) -> str:
        """Return the database's URL. Raises ConfigurationError when none is known."""
        return self.database_url or self._local("database_url", "INTELBUS_DATABASE_URL")

    def require_reader(self) -> tuple[str, str]:
        """Return (the reader's name, the purpose: a case reference) of whoever reads here.

        Raises ConfigurationError when either is not known.
        """
        kept = self._kept_reader()
        name, purpose = self.reader or kept.get("reader"), self.purpose or kept.get("purpose")
        for value, what in ((name, "reader"), (purpose, "purpose")):
            if not value:
                raise ConfigurationError(
                    f"no {what} is named",
                    subject=f"INTELBUS_{what.upper()}",
                    hint=f"pass --{what}, or set INTELBUS_{what.upper()}: every look is on record",
                )
        return str(name), str(purpose)

    def _kept_reader(self) -> dict[str, str]:
        path = self.centre_home / READER_FILE
        try:
            kept = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"cannot be read: {error}", subject=str(path)) from error
        return kept if isinstance(kept, dict) else {}

    def _local(self, name: str, variable: str) -> str:
        path = self.data / SERVERS_FILE
        try:
            value = json.loads(path.read_text("utf-8"))[name]
        except FileNotFoundError:
            value = None
        except (OSError, ValueError, KeyError) as error:
            raise ConfigurationError(
                f"the local servers' addresses cannot be read: {error}",
                subject=str(path),
                hint="run `intelbus down` and `intelbus up`",
            ) from error
        if not value:
            raise ConfigurationError(
                "no server is known",
                subject=variable,
                hint=f"run `intelbus up`, or set {variable}",
            )
        return str(value)


def load_settings(**overrides: Any) -> Settings:
    """Return the settings; an override that is not None wins over the environment.

    Raises ConfigurationError naming each variable that is wrong.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = "; ".join(
            f"INTELBUS_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}"
            for one in error.errors()
        )
        raise ConfigurationError(f"a setting is wrong: {wrong}") from error
