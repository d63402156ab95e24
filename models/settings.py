"""The settings of a site, `site.yaml`: typed, every key described with its unit, unknown keys refused."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import Self
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from models.base import ModelsError
from models.people import ConsentMode

SETTINGS_FILE = "site.yaml"


class SettingsError(ModelsError):
    """`site.yaml` cannot be read, or a key in it is unknown or has a value that is not allowed."""


class SiteSettings(BaseModel):
    """One office's settings; the defaults are what `menjian init` writes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field("site", min_length=1, description="the office's name, shown on pages and receipts")
    time_zone: str = Field(
        "Asia/Shanghai", description="time zone of the office, an IANA name; days and periods count in it"
    )
    consent_mode: ConsentMode = Field(
        "consent_first",
        description="whose template is computed: consent_first (live consent only), match_consented (everyone, dropped "
        "at once without a match), record_all (everyone; needs legal_basis and officer)",
    )
    legal_basis: str | None = Field(
        None, min_length=1, description="the recorded legal basis for record_all: document and article"
    )
    officer: str | None = Field(None, min_length=1, description="the person answerable for record_all, by name")
    engine: str = Field("dlib", description="face engine: dlib, opencv, insightface or insightface:PACK")
    database: str | None = Field(
        None,
        description="PostgreSQL database of the record, postgresql://user@host/name, its password in PGPASSWORD or "
        "~/.pgpass; left out: SQLite, menjian.db in the site's folder",
    )
    policy: str = Field(
        "junyuan-2012", description="attribution policy that decides until the ledger says another was switched to"
    )
    doorway: Path = Field(Path("doorway.yaml"), description="doorway file, from the site's folder")
    target_fmr: float = Field(
        0.001, gt=0, lt=0.5, description="fraction of strangers who may be taken for somebody in the gallery, 0 to 0.5"
    )
    crop_wait_minutes: float = Field(
        10, gt=0, le=60, description="how long crops wait in memory for consent, minutes, at most 60"
    )
    evidence_s: float = Field(
        3.0, gt=0, le=6, description="frames are kept this long before and after each crossing, seconds, at most 6"
    )
    evidence_budget_mb: float = Field(
        20_000,
        gt=0,
        description="disk space the kept frames may take, megabytes; beyond it the oldest are erased, but for those in "
        "an open dispute",
    )
    frames_days: int = Field(
        90, ge=1, description="how long the frames of an arrival are kept, days; in an open dispute until its ruling"
    )
    templates_days: int = Field(
        365, ge=1, description="how long a face template is kept after the person's last visit or consent, days"
    )
    reports_days: int = Field(
        180,
        ge=1,
        description="how long name and phone of a customer are kept who was reported but never came, days after the "
        "last entry about them",
    )
    people_days: int = Field(
        1095,
        ge=1,
        description="how long anybody is kept of whom nothing more is put on record, days; then as with menjian erase",
    )
    reports_per_day: int = Field(
        200,
        ge=1,
        description="how many customers one agent may report on one day of the office, imported ones included",
    )
    dispute_days: int = Field(
        7, ge=1, description="within how many days a dispute is to be ruled, the day it is opened not counted"
    )
    timestamp_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="time-stamping authority (RFC 3161), http:// or https://, asked once a day to vouch for the "
        "ledger's head; only a hash is sent; left out: nobody is asked",
    )
    notice: Path = Field(Path("notice.txt"), description="text of the notice people consent to, from the site's folder")
    notice_version: str = Field(
        "1", min_length=1, description="version of that text; raise it whenever the text changes"
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no IANA time zone, such as Asia/Shanghai")
        return value

    @model_validator(mode="after")
    def _record_all_is_answered_for(self) -> Self:
        missing = [key for key in ("legal_basis", "officer") if getattr(self, key) is None]
        if self.consent_mode == "record_all" and missing:
            raise ValueError(f"consent_mode record_all needs {' and '.join(missing)}; fill in or choose another mode")
        return self


def load_settings(path: Path) -> SiteSettings:
    """Read and check `site.yaml`. Raises ``SettingsError`` with one line that names every faulty key."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: not readable as YAML ({' '.join(str(error).split())})") from None
    if not isinstance(data, dict):
        raise SettingsError(f"{path}: holds {type(data).__name__}, not keys with values")
    try:
        return SiteSettings.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(_fault(fault["loc"], fault["msg"], fault["type"]) for fault in error.errors())
        raise SettingsError(f"{path}: {faults}") from None


def settings_text(settings: SiteSettings | None = None) -> str:
    """`site.yaml` with every key and its description above it, at its default unless ``settings`` says otherwise; keys
    without a value commented out.

    >>> "# time zone of the office" in settings_text()
    True
    """
    values = (settings or SiteSettings()).model_dump(mode="json")
    lines = ["# Settings of this site. Unknown keys are refused; what is left out has the value shown here."]
    for key, field in SiteSettings.model_fields.items():
        value = values[key]
        written = f"# {key}:" if value is None else yaml.safe_dump({key: value}, allow_unicode=True).rstrip()
        lines += ["", *wrap(field.description or "", 100, initial_indent="# ", subsequent_indent="#   "), written]
    return "\n".join(lines) + "\n"


def _fault(where: tuple[int | str, ...], message: str, kind: str) -> str:
    key = ".".join(str(part) for part in where)
    if kind == "extra_forbidden":
        return f"unknown key '{key}'; known are {', '.join(SiteSettings.model_fields)}"
    message = message.removeprefix("Value error, ")
    return f"{key}: {message}" if key else message
