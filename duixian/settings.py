"""What an operator can set: one environment variable each, `DUIXIAN_` before the name in capitals."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.errors import SettingInvalid
from workbench.limits import Limits

PREFIX = "DUIXIAN_"
HOME = ".duixian"
TRACKING = "mlruns"
TOKEN_KEY_BYTES = 32
SECRET = {"token_key", "database_url"}
FOR_TESTS = {"DUIXIAN_REFERENCE_DATA"}  # read by tests/conftest.py


def _nearest_home() -> Path:
    """The `.duixian` of the working directory or of the nearest one above that has one, as git finds its folder."""
    here = Path.cwd()
    return next((at / HOME for at in (here, *here.parents) if (at / HOME).is_dir()), here / HOME)


def _tracking_of(data: dict[str, Any]) -> Path:
    """Beside a `.duixian`, inside a home of any other name: an installation's models go with its data."""
    home: Path = data.get("home", Path(HOME))
    return (home.parent if home.name == HOME else home) / TRACKING


def _no_address(value: object) -> object:
    if "://" in str(value):
        raise ValueError("give a folder; a tracking server's address cannot be used here")
    return value


Folder = Annotated[Path, BeforeValidator(_no_address), AfterValidator(Path.absolute)]


class Settings(BaseSettings):
    """Read once at start. Raises SettingInvalid: a variable that is unknown or malformed is refused, not ignored."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    home: Folder = Field(
        default_factory=_nearest_home,
        description="Snapshots, wide tables, stores, the embedded database; unset: the nearest .duixian, upwards.",
    )
    tracking: Folder = Field(
        default_factory=_tracking_of,
        description="MLflow's database and models; unset: mlruns beside .duixian, inside a home of another name.",
    )
    catalogue: Path | None = Field(None, description="Another catalogue than the one that comes with the package.")
    database_url: str | None = Field(None, description="A PostgreSQL server; unset: an embedded one under home.")
    bank_url: str | None = Field(
        None, pattern="^https?://", description="The bank's address; the demo starts a bank of its own."
    )
    host: str = Field("127.0.0.1", description="Where the server listens.")
    port: int = Field(8000, ge=0, le=65535, description="0 takes any free port.")
    token_minutes: int = Field(60, ge=1, le=1440, description="How long a subject's token lives.")
    token_key: str | None = Field(
        None, min_length=TOKEN_KEY_BYTES, description="At least 32 characters; unset: a key kept under home."
    )
    audit_anchor: Path | None = Field(
        None,
        description="The file that vouches for the audit log; best where database administrators cannot write."
        " Unset: audit/anchors under home.",
    )
    impact_days: int = Field(
        7, ge=1, le=90, description="How old figures and approvals may be when a policy begins to serve."
    )
    moved_percent: float = Field(
        2.0, ge=0, le=100, description="By how much a rerun may move gainers, losers, cost or messages."
    )
    everyone_percent: float = Field(
        50.0, gt=0, le=100, description="From which share of an audience on messages are confirmed by their number."
    )
    threads: int = Field(2, ge=1, le=256, description="Threads for training and scoring.")

    def __init__(self, **given: Any) -> None:
        _refuse_unknown(type(self))
        try:
            super().__init__(**given)
        except ValidationError as error:
            found = error.errors()[0]
            name = str(found["loc"][0])
            value = "" if name in SECRET else f" {found['input']!r}"
            raise SettingInvalid(
                f"{PREFIX}{name.upper()}{value} is refused: {found['msg']}.",
                next_step="Mend it or unset it; docs/operating.md lists the settings.",
                setting=name,
            ) from None

    def anchor_file(self) -> Path:
        """Where the audit log's head is written after each act."""
        return self.audit_anchor or self.home / "audit" / "anchors"

    def limits(self) -> Limits:
        """Where the workbench stops and asks a person again."""
        return Limits(
            impact_age=timedelta(days=self.impact_days),
            moved_share=self.moved_percent / 100,
            everyone_share=self.everyone_percent / 100,
        )

    def signing_key(self) -> bytes:
        """The key that signs tokens: given, or made once and kept readable by its owner alone."""
        if self.token_key is not None:
            return self.token_key.encode()
        path = self.home / "token.key"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(TOKEN_KEY_BYTES))
        return path.read_text().encode()


def _refuse_unknown(settings: type[Settings]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known | FOR_TESTS:
            near = get_close_matches(name, known, n=1)
            raise SettingInvalid(
                f"There is no setting {name}.",
                next_step=f"Did you mean {near[0]}?" if near else "Unset it; docs/operating.md lists the settings.",
                setting=name,
            )
