"""Settings: defaults, refusals, and the page that documents them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.settings import SettingsError, SiteSettings, load_settings, settings_text


def loaded(tmp_path: Path, text: str) -> SiteSettings:
    path = tmp_path / "site.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def test_what_init_writes_reads_back_as_the_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path, settings_text()) == SiteSettings()


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == SiteSettings()


def test_record_all_is_accepted_with_a_basis_and_an_officer(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "consent_mode: record_all\nlegal_basis: 备案 2026-17\nofficer: 王芳\n")
    assert settings.officer == "王芳"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("consent_mode: record_all", "record_all needs legal_basis and officer"),
        ("consent_mode: record_all\nofficer: 王芳", "record_all needs legal_basis;"),
        ("consent_mode: record_all\nofficer: ''\nlegal_basis: x", "officer: "),  # empty is not a name
        ("consent_mode: all", "consent_mode: Input should be 'consent_first', 'match_consented' or 'record_all'"),
        ("consent_mod: record_all", "unknown key 'consent_mod'"),  # misspelt
        ("crop_wait_minutes: soon", "crop_wait_minutes: "),  # wrong type
        ("crop_wait_minutes: 0", "crop_wait_minutes: Input should be greater than 0"),
        ("target_fmr: 1", "target_fmr: Input should be less than 0.5"),
        ("time_zone: Peking", "time_zone: 'Peking' is no IANA time zone"),
        ("a: 1\nb: 2", "unknown key 'a'.*; unknown key 'b'"),  # every fault at once
        ("- a", "holds list, not keys"),
        ("a: [", "not readable as YAML"),
    ],
)
def test_a_wrong_setting_is_one_line_naming_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        loaded(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/site.yaml: ")
    assert "\n" not in str(caught.value)


def test_every_setting_is_described() -> None:
    assert [key for key, field in SiteSettings.model_fields.items() if not field.description] == []


def test_the_page_of_settings_says_what_the_program_says(checkout: Path) -> None:
    defaults = SiteSettings().model_dump(mode="json")
    rows = [
        f"| `{key}` | {'' if defaults[key] is None else f'`{json.dumps(defaults[key], ensure_ascii=False)}`'} "
        f"| {field.description} |"
        for key, field in SiteSettings.model_fields.items()
    ]
    page = (checkout / "docs/settings.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in page if line.startswith("| `") and "MENJIAN_" not in line] == rows
