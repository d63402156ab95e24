"""The demo: six people walk through a rendered door, two agents so close that the order is in doubt. Everything after
the film is the real thing: a site, its consents, the pipeline, the events file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import cv2

from api.clock import utc_now
from api.demo_desk import Settled, settle
from api.door import People, event_of, happenings, open_pipeline, open_recorder
from api.door_health import door_trust
from kiosk.doorway import Doorway, save_doorway
from kiosk.evaluate import Person, Scene, Truth, against_truth, scenes_in
from kiosk.events import EventsFile
from kiosk.pipeline import Arrival, Happening, Ordered
from kiosk.simulator import Faces, demo_scene, group_faces, write_scene
from kiosk.simulator import Scene as Script
from kiosk.source import open_source
from kiosk.types import Blind, Frame, KioskError
from models.desk.doors import Trust
from models.enrolment import Applicant, enrol
from models.people import Agreement, EnrolmentPhoto, PersonSummary, Role
from models.settings import SiteSettings
from models.site import Site, create_site
from recognition.engine import load_engine
from recognition.enrol import enrolment_face
from recognition.quality import ENROLMENT, assess
from recognition.types import FaceEngine

STARTS_AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
MARKER = ".menjian-demo"
MADE = ("site", "scene-01.mp4", "scene-01.json", "scene-01.doorway.yaml", "events.jsonl", "arrivals.png", "bundle.zip")

SEATED = replace(ENROLMENT, turn_deg=45.0)
"""As strict as for any enrolment, but for bowed heads: nobody in the group picture looks at the camera."""

OnStep = Callable[[float], None]
"""Told how much of a stage is done, 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Whose face from the group picture plays whom; ``role`` None is a stranger, who is never enrolled."""

    face: str
    name: str
    role: Role | None = None
    distributor: str | None = None


CAST = (
    Part(face="person-3", name="经纪人甲 Agent A", role="agent", distributor="分销商一 Distributor 1"),
    Part(face="person-4", name="经纪人乙 Agent B", role="agent", distributor="分销商二 Distributor 2"),
    Part(face="person-1", name="客户甲 Customer A", role="customer"),
    Part(face="person-6", name="客户乙 Customer B", role="customer"),
    Part(face="person-5", name="陌生人甲 Stranger A"),
    Part(face="person-2", name="陌生人乙 Stranger B"),
)
"""In the order in which `kiosk.simulator.demo_scene` lets them walk in."""


@dataclass(frozen=True, kw_only=True)
class Files:
    """Where everything of one demo lies."""

    folder: Path

    @property
    def site(self) -> Path:
        """The site folder."""
        return self.folder / "site"

    @property
    def video(self) -> Path:
        """The rendered film; its truth and doorway lie beside it."""
        return self.folder / "scene-01.mp4"

    @property
    def events(self) -> Path:
        """What the door saw."""
        return self.folder / "events.jsonl"

    @property
    def picture(self) -> Path:
        """The contact sheet."""
        return self.folder / "arrivals.png"

    @property
    def bundle(self) -> Path:
        """What the agent who contests takes away."""
        return self.folder / "bundle.zip"


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """One arrival: ``who`` the office takes it for (None: nobody it knows), and the ``truth``, by name and instant
    (None: nobody, the arrival is invented)."""

    arrival: Arrival
    who: PersonSummary | None
    truth: Person | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Played:
    """What came of the demo: arrivals by instant, the verdicts, how it compares with the truth, and whether the door
    can be relied on."""

    files: Files
    doorway: Doorway
    seen: tuple[Seen, ...]
    orders: tuple[Ordered, ...]
    missed: int
    invented: int
    settled: Settled | None
    doors: tuple[Trust, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everybody who came was seen, nobody else, and the record of it verifies."""
        verified = self.settled is not None and self.settled.verified.first_bad is None
        return not self.missed and not self.invented and verified

    def close_call(self) -> Ordered | None:
        """The verdict about the two agents; None when they were not both recognised."""
        agents = {one.arrival.id for one in self.seen if one.who and one.who.role == "agent"}
        return next((told for told in self.orders if {told.first, told.second} <= agents), None)


def prepare(folder: Path) -> Files:
    """An empty folder for a demo; an earlier demo in it makes way. Raises KioskError when something else lies there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not (folder / MARKER).exists():
        raise KioskError(f"{folder}: not an empty folder and not an earlier demo; name another with --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).touch()
        for name in MADE:
            old = folder / name
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    except OSError as error:
        raise KioskError(f"{folder}: cannot be used ({error.strerror}); name another with --out") from None
    return Files(folder=folder)


def faces_of_cast() -> Faces:
    """The photographs of the cast, in its order; found by dlib whatever engine watches the door."""
    group = group_faces(load_engine("dlib"))
    return {part.face: group[part.face] for part in CAST}


def film(faces: Faces, files: Files, on_step: OnStep) -> Script:
    """Render the scene with its truth and doorway."""
    script = demo_scene(faces)
    done = 0

    def on_frame() -> None:
        nonlocal done
        done += 1
        on_step(done / script.frame_count)

    write_scene(script, files.video, on_frame)
    return script


def open_office(files: Files, script: Script) -> Site:
    """The demo's site. Its consent mode is `match_consented`: a returning customer is to be recognised at the door
    before anybody has spoken to them, and of strangers nothing is kept."""
    settings = SiteSettings(name="门鉴演示案场 Demo office", consent_mode="match_consented")
    site = create_site(files.site, settings, at=STARTS_AT)
    save_doorway(script.doorway, site.doorway_path)
    return site


def enrol_cast(site: Site, engine: FaceEngine, faces: Faces) -> Mapping[str, str]:
    """Enrol everybody with a role from their first photograph; person ids by the name of the face."""
    agreement = Agreement(reference="DEMO", mode=site.settings.consent_mode, notice=site.notice(), how="desk")
    enrolled = {}
    with site.write_session() as session:
        for part in CAST:
            if part.role is None:
                continue
            applicant = Applicant(name=part.name, role=part.role, distributor=part.distributor)
            photo = _photo(engine, part.face, faces)
            enrolled[part.face] = enrol(session, applicant, agreement, [photo], at=STARTS_AT, by="menjian demo")
    return enrolled


def _photo(engine: FaceEngine, who: str, faces: Faces) -> EnrolmentPhoto:
    image = faces[who][0].image
    face = enrolment_face(engine, image, who, SEATED)
    return EnrolmentPhoto(
        template=engine.embed(image, [face])[0],
        quality=assess(image, face, SEATED).score,
        source_sha256=sha256(cv2.imencode(".png", image)[1].tobytes()).hexdigest(),
    )


@dataclass(kw_only=True, eq=False)
class FilmClock:
    """The demo's clock: it reads what the film does, so that the record is of the day that was filmed."""

    now: datetime = STARTS_AT

    def __call__(self) -> datetime:
        """The instant of the last frame."""
        return self.now


def watch(
    site: Site, engine: FaceEngine, second: FaceEngine, script: Script, files: Files, on_step: OnStep
) -> list[Happening]:
    """The door on the film, as `menjian run` has it: writes the events file and the site's record."""
    people = People(pack=engine.pack, site=site)
    pipeline = open_pipeline(script.doorway, engine, people)
    happened, clock = [], FilmClock()

    def on_item(item: Frame | Blind) -> None:
        recorder.see(item)
        if isinstance(item, Frame):
            clock.now = item.at
            on_step(item.t / script.duration_s)

    with open_source(str(files.video), starts_at=STARTS_AT) as source, EventsFile(files.events) as events:
        recorder = open_recorder(site, pipeline, second, source, clock=clock, patient=True)
        for happening in happenings(pipeline, source, on_item):
            happened.append(happening)
            events.write(event_of(happening, people))
            recorder.tell(happening)
        recorder.close()
    on_step(1.0)
    return happened


def at_the_desk(site: Site, happened: Sequence[Happening], enrolled: Mapping[str, str], files: Files) -> Settled | None:
    """Both agents claim the customer who came with them; None when one of the three was not recognised."""
    people = {"first": enrolled[CAST[0].face], "second": enrolled[CAST[1].face], "customer": enrolled[CAST[2].face]}
    known = {one.identity.person for one in happened if isinstance(one, Arrival) and one.identity.status == "known"}
    return settle(site, people, files.bundle, at=STARTS_AT) if set(people.values()) <= known else None


def judge(
    happened: Sequence[Happening],
    people: People,
    enrolled: Mapping[str, str],
    files: Files,
    settled: Settled | None,
) -> Played:
    """Set what was seen beside what was played."""
    filmed = scenes_in(files.folder)[0]
    names = {enrolled.get(part.face, part.face): part.name for part in CAST}
    truths = [Person(who=enrolled.get(p.who, p.who), crossed_s=p.crossed_s) for p in filmed.truth.people]
    scene = Scene(video=filmed.video, doorway=filmed.doorway, truth=Truth(people=tuple(truths)))
    pairing = against_truth(scene, [one for one in happened if isinstance(one, Arrival)])
    truth_of = {arrival.id: Person(who=names[p.who], crossed_s=p.crossed_s) for arrival, p in pairing.hits}
    arrivals = [one for one in happened if isinstance(one, Arrival) and one.crossing.direction == "in"]
    return Played(
        files=files,
        doorway=scene.doorway,
        seen=tuple(
            Seen(arrival=one, who=_known(one, people), truth=truth_of.get(one.id))
            for one in sorted(arrivals, key=lambda one: one.crossing.t)
        ),
        orders=tuple(one for one in happened if isinstance(one, Ordered)),
        missed=pairing.missed,
        invented=pairing.invented,
        settled=settled,
    )


def _known(arrival: Arrival, people: People) -> PersonSummary | None:
    """Somebody uncertain is not told as anybody: a person must look."""
    identity = arrival.identity
    return people.summary(identity.person) if identity.status == "known" and identity.person else None


def play(folder: Path, engine: FaceEngine, second: FaceEngine, stage: Callable[[str], OnStep]) -> Played:
    """The whole demo in ``folder``; ``second`` is the evidence's own engine, ``stage`` is told what begins and gives
    whom to tell how far it is."""
    files = prepare(folder)
    faces = faces_of_cast()
    script = film(faces, files, stage("rendering the scene"))
    with open_office(files, script) as site:
        enrolled = enrol_cast(site, engine, faces)
        happened = watch(site, engine, second, script, files, stage("watching the door"))
        done = stage("deciding, verifying")
        settled = at_the_desk(site, happened, enrolled, files)
        done(1.0)
        played = judge(happened, People(pack=engine.pack, site=site), enrolled, files, settled)
        return replace(played, doors=tuple(door_trust(site, utc_now())))
