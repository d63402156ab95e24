"""`menjian enroll`: templates of somebody who consented, from photographs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import err, fail, out
from api.cli.options import DEFAULT_SITE, JsonOption, SiteOption
from models.enrolment import Applicant, enrol
from models.people import Agreement, EnrolmentPhoto, How, Role
from models.site import Site, open_site
from recognition.engine import load_engine, pack_thresholds
from recognition.enrol import enrolment_face, read_photo
from recognition.quality import ENROLMENT, assess
from recognition.types import FaceEngine, RecognitionError


class RoleChoice(StrEnum):
    """The roles as the command line spells them."""

    agent = "agent"
    consultant = "consultant"
    staff = "staff"
    customer = "customer"


class HowChoice(StrEnum):
    """How a consent is given, as the command line spells it."""

    paper = "paper"
    kiosk = "kiosk"
    desk = "desk"


def enroll(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO", help="Photographs of this one person.")],
    role: Annotated[RoleChoice, typer.Option(help="What the person is here.")],
    name: Annotated[str, typer.Option(metavar="N", help="The person's name; stored encrypted.")],
    consent: Annotated[str, typer.Option(metavar="REF", help="Where the consent is written: form or receipt number.")],
    distributor: Annotated[
        str | None, typer.Option("--of", metavar="DISTRIBUTOR", help="Whom an agent works for; left out: the office.")
    ] = None,
    phone: Annotated[
        str | None, typer.Option(metavar="P", help="Tells people of one name apart; stored encrypted.")
    ] = None,
    how: Annotated[
        HowChoice, typer.Option(help="How the consent was given: a signed form, at the kiosk, said at the desk.")
    ] = HowChoice.paper,
    guardian: Annotated[
        str | None, typer.Option(metavar="G", help="Who consented for a minor, by name; stored encrypted.")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="Face engine; left out: the site's setting.")] = None,
    site: SiteOption = DEFAULT_SITE,
    as_json: JsonOption = False,
) -> None:
    """Enrol one person who consented. If one photograph cannot be used, all faults are listed and nothing is stored.

    [bold]Examples[/bold]

      menjian enroll --role agent --name 李明 --of 贝壳 --consent F-0017 li-1.jpg li-2.jpg

      menjian enroll --role customer --name 王芳 --phone 13800138000 --consent K-20260301-4 wang.jpg --json
    """
    applicant = Applicant(name=name, role=role.value, distributor=distributor, phone=phone)
    with open_site(site) as opened:
        agreement = agreed(opened, consent, how.value, guardian)
        told = store(opened, load_engine(engine or opened.settings.engine), applicant, agreement, photos)
    if as_json:
        typer.echo(json.dumps(asdict(told), ensure_ascii=False))
    else:
        show(told, name)


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """What was stored; ``unlike`` names the photographs that hardly look like the first one."""

    person: str
    role: Role
    distributor: str | None
    pack: str
    templates: int
    unlike: list[str]


def agreed(site: Site, reference: str, how: How, guardian: str | None) -> Agreement:
    """What is consented to at this site now."""
    mode = site.settings.consent_mode
    return Agreement(reference=reference, mode=mode, notice=site.notice(), how=how, guardian=guardian)


def store(
    site: Site, engine: FaceEngine, applicant: Applicant, agreement: Agreement, photos: Sequence[Path]
) -> Enrolled:
    """Everything or nothing: faults of photographs are printed, and then the command ends."""
    usable, faults = read_photos(engine, photos)
    if faults:
        for fault in faults:
            fail(fault)
        raise typer.Exit(1)
    with site.write_session() as session:
        person = enrol(session, applicant, agreement, usable, at=datetime.now(UTC), by="menjian enroll")
    return Enrolled(
        person=person,
        role=applicant.role,
        distributor=applicant.distributor,
        pack=engine.pack,
        templates=len(usable),
        unlike=unlike_the_first(usable, photos, review=pack_thresholds(engine.pack, people=1).review),
    )


def read_photos(engine: FaceEngine, paths: Sequence[Path]) -> tuple[list[EnrolmentPhoto], list[str]]:
    """What the photographs give, and one line for each that cannot be used."""
    usable, faults = [], []
    for path in paths:
        try:
            image = read_photo(path)
            face = enrolment_face(engine, image, str(path))
        except RecognitionError as error:
            faults.append(str(error))
            continue
        template = engine.embed(image, [face])[0]
        quality = assess(image, face, ENROLMENT).score
        digest = sha256(path.read_bytes()).hexdigest()
        usable.append(EnrolmentPhoto(template=template, quality=quality, source_sha256=digest))
    return usable, faults


def unlike_the_first(photos: Sequence[EnrolmentPhoto], paths: Sequence[Path], *, review: float) -> list[str]:
    """Names of the photographs whose cosine with the first is below ``review``: perhaps somebody else's."""
    first = photos[0].template.vector
    return [str(path) for photo, path in zip(photos, paths, strict=True) if photo.template.vector @ first < review]


def show(told: Enrolled, name: str) -> None:
    """The result as text."""
    whom = ", ".join(filter(None, (told.role, told.distributor)))
    line = f"enrolled {name} ({whom}): templates: {told.templates} of {told.pack}, person {told.person}"
    out.print(line, highlight=False, markup=False, soft_wrap=True)
    for photo in told.unlike:
        err.print(
            f"{photo}: hardly looks like the first photograph; is it the same person?", style="yellow", soft_wrap=True
        )
