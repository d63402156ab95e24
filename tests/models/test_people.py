"""People, consents and templates: what is stored, what is sealed, what the door gets to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import select

from models.base import ModelsError
from models.people import (
    Consent,
    FaceTemplate,
    Notice,
    PeopleError,
    Person,
    Role,
    add_person,
    add_template,
    gallery_snapshot,
    people,
    people_with_phone,
    person_summary,
    phone_digits,
    record_consent,
    withdraw_consent,
)
from models.session import WriteSession
from models.site import Site
from models.vault import VaultError
from recognition.types import Template

AT = datetime(2026, 3, 1, 2, tzinfo=UTC)
NOTICE = Notice(version="1", sha256="ab" * 32)


def template(*values: float, pack: str = "toy-1") -> Template:
    vector = np.array(values, np.float32)
    return Template(vector=vector / np.float32(np.linalg.norm(vector)), pack=pack)


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """A person to store, with defaults."""

    name: str = "李明"
    role: Role = "agent"
    distributor: str | None = "贝壳"
    phone: str | None = None
    consents: int = 1

    def store(self, session: WriteSession) -> str:
        person_id = add_person(
            session, name=self.name, role=self.role, distributor=self.distributor, phone=self.phone, at=AT
        )
        for number in range(self.consents):
            record_consent(
                session, person_id, reference=f"F-{number}", mode="consent_first", notice=NOTICE, given_at=AT
            )
        return person_id


def stored(site: Site, somebody: Somebody, *templates: Template) -> str:
    with site.write_session() as session:
        person_id = somebody.store(session)
        for number, each in enumerate(templates):
            add_template(session, person_id, each, quality=0.9, source_sha256=f"{number:064d}", at=AT)
    return person_id


def test_a_person_comes_back_with_name_role_and_distributor(site: Site) -> None:
    person_id = stored(site, Somebody())
    with site.read_session() as session:
        summary = person_summary(session, person_id)
        assert (summary.name, summary.role, summary.distributor) == ("李明", "agent", "贝壳")
        assert people(session) == [summary]


def test_names_phones_and_templates_are_nowhere_in_the_file_in_the_clear(embedded_site: Site) -> None:
    face = template(0.25, 0.5, 0.75)
    stored(embedded_site, Somebody(phone="13800138000"), face)
    embedded_site.close()
    content = b"".join(file.read_bytes() for file in embedded_site.folder.glob("menjian.db*"))
    for secret in ("李明".encode(), b"13800138000", face.vector.tobytes()):
        assert secret not in content
    assert "贝壳".encode() in content  # the distributor is no person: shows that the search can find something


def test_a_phone_is_found_however_it_is_written_and_shows_four_digits(site: Site) -> None:
    person_id = stored(site, Somebody(phone="+86 138-0013-8000"))
    with site.read_session() as session:
        assert [each.id for each in people_with_phone(session, "13800138000")] == [person_id]
        assert people_with_phone(session, "13900139000") == []
        assert session.scalars(select(Person.phone_last4)).all() == ["8000"]


def test_the_gallery_holds_live_consents_of_its_pack_only(site: Site) -> None:
    known = stored(site, Somebody(), template(1, 0), template(1, 1))
    stored(site, Somebody(name="other pack"), template(1, 0, 0, pack="toy-2"))
    withdrawn = stored(site, Somebody(name="withdrawn"), template(0, 1))
    with site.write_session() as session:
        withdraw_consent(session, withdrawn, at=AT)
    with site.read_session() as session:
        gallery = gallery_snapshot(session, "toy-1")
    assert gallery.people == (known,)
    assert gallery.matrix.shape == (2, 2)
    assert gallery.scores([template(1, 0)])[0] == pytest.approx([1.0])


def test_a_gallery_of_nobody_is_empty(site: Site) -> None:
    with site.read_session() as session:
        assert len(gallery_snapshot(session, "toy-1")) == 0


def test_a_template_whose_consent_lapsed_unnoticed_stays_out_of_the_gallery(site: Site) -> None:
    person_id = stored(site, Somebody(), template(1, 0))
    with site.write_session() as session:
        consent = session.scalars(select(Consent).where(Consent.person_id == person_id)).one()
        consent.withdrawn_at = AT
    with site.read_session() as session:
        assert len(gallery_snapshot(session, "toy-1")) == 0


def test_withdrawing_ends_every_consent_and_erases_every_template(site: Site) -> None:
    person_id = stored(site, Somebody(consents=2), template(1, 0), template(0, 1), template(1, pack="toy-2"))
    with site.write_session() as session:
        assert withdraw_consent(session, person_id, at=AT + timedelta(days=1)) == 3
    with site.read_session() as session:
        assert session.scalars(select(FaceTemplate.id)).all() == []
        ends = session.scalars(select(Consent.withdrawn_at)).all()
    assert ends == [AT + timedelta(days=1)] * 2


def test_withdrawing_again_keeps_the_first_instant(site: Site) -> None:
    person_id = stored(site, Somebody())
    for day in (1, 2):
        with site.write_session() as session:
            withdraw_consent(session, person_id, at=AT + timedelta(days=day))
    with site.read_session() as session:
        assert session.scalars(select(Consent.withdrawn_at)).all() == [AT + timedelta(days=1)]


@pytest.mark.parametrize("withdrawn", [False, True])
def test_no_template_without_a_live_consent(site: Site, withdrawn: bool) -> None:
    person_id = stored(site, Somebody(consents=int(withdrawn)))
    with site.write_session() as session:
        if withdrawn:
            withdraw_consent(session, person_id, at=AT)
        with pytest.raises(PeopleError, match="no live consent"):
            add_template(session, person_id, template(1, 0), quality=1, source_sha256="00", at=AT)


def test_the_same_photograph_is_stored_once_per_pack(site: Site) -> None:
    person_id = stored(site, Somebody())
    with site.write_session() as session:
        ids = [
            add_template(session, person_id, template(1, 0, pack=pack), quality=1, source_sha256="00", at=AT)
            for pack in ("toy-1", "toy-1", "toy-2")
        ]
    assert ids[0] == ids[1] != ids[2]


def test_a_template_moved_to_another_row_is_refused(site: Site) -> None:
    stored(site, Somebody(), template(1, 0), template(0, 1))
    with site.write_session() as session:
        first, second = session.scalars(select(FaceTemplate)).all()
        first.vector_sealed, second.vector_sealed = second.vector_sealed, first.vector_sealed
    with pytest.raises(VaultError, match="template of"), site.read_session() as session:
        gallery_snapshot(session, "toy-1")


@pytest.mark.parametrize(
    ("somebody", "says"),
    [
        (Somebody(name="  "), "name: empty"),
        (Somebody(role="boss"), "role: 'boss' is unknown; one of agent, staff, customer"),  # type: ignore[arg-type]  # a caller without a type checker
        (Somebody(phone="12"), "phone: not a telephone number"),  # too short
        (Somebody(phone="1380013800x"), "phone: not a telephone number"),  # a letter
        (Somebody(phone="1" * 16), "phone: not a telephone number"),  # longer than any number (ITU-T E.164)
    ],
)
def test_a_person_that_makes_no_sense_is_refused(site: Site, somebody: Somebody, says: str) -> None:
    with pytest.raises(PeopleError, match=says), site.write_session() as session:
        somebody.store(session)


def test_a_refused_phone_is_not_repeated() -> None:
    with pytest.raises(PeopleError) as caught:
        phone_digits("1380013800x")
    assert "1380013800" not in str(caught.value)


def test_an_unknown_person_has_no_summary_consent_or_templates(site: Site) -> None:
    with site.write_session() as session:
        with pytest.raises(ModelsError, match="person nobody: unknown"):
            person_summary(session, "nobody")
        with pytest.raises(PeopleError, match="unknown"):
            withdraw_consent(session, "nobody", at=AT)
        with pytest.raises(PeopleError, match="unknown"):
            record_consent(session, "nobody", reference="F", mode="consent_first", notice=NOTICE, given_at=AT)


def test_a_consent_without_a_reference_is_refused(site: Site) -> None:
    with site.write_session() as session:
        person_id = Somebody(consents=0).store(session)
        with pytest.raises(PeopleError, match="consent: empty"):
            record_consent(session, person_id, reference=" ", mode="consent_first", notice=NOTICE, given_at=AT)
