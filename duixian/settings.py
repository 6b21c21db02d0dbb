"""What an operator can set: one environment variable each, `DUIXIAN_` before the name in capitals."""

from __future__ import annotations

import secrets
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

TOKEN_KEY_BYTES = 32


class Settings(BaseSettings):
    """Read once at start; a variable that is unknown or malformed is refused, not ignored."""

    model_config = SettingsConfigDict(env_prefix="DUIXIAN_", frozen=True)

    home: Path = Field(Path(".duixian"), description="Snapshots, wide tables, stores, the embedded database.")
    tracking: Path = Field(Path("mlruns"), description="MLflow's tracking database and artefacts.")
    catalogue: Path | None = Field(None, description="Another catalogue than the one that comes with the package.")
    database_url: str | None = Field(None, description="A PostgreSQL server; unset: an embedded one under home.")
    bank_url: str | None = Field(None, description="The bank's address; the demo starts a bank of its own.")
    host: str = Field("127.0.0.1", description="Where the server listens.")
    port: int = Field(8000, ge=0, le=65535, description="0 takes any free port.")
    token_minutes: int = Field(60, ge=1, le=1440, description="How long a subject's token lives.")
    token_key: str | None = Field(None, description="At least 32 characters; unset: a key kept under home.")
    threads: int = Field(2, ge=1, le=256, description="Threads for training and scoring.")

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
