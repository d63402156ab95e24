"""The real door on rendered scenes, its evidence read back, and every engine set upon it: no engine finds a face of
somebody who did not consent, and in the frames of who did nobody else is recognised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.doorway import Doorway, load_doorway
from kiosk.evidence import Collector, EvidenceWriter, FrameRing, SecondLook, Written
from kiosk.evidence.ring import decode
from kiosk.identity import ConsentGate
from kiosk.pipeline import Arrival, DoorPipeline
from kiosk.simulator import Faces
from kiosk.source import open_source
from kiosk.types import Blind, Frame
from models.evidence import StoredFrame
from models.people import ConsentMode, add_person
from models.site import Site, create_site
from recognition.engine import load_engine, pack_thresholds
from recognition.enrol import detect_photo
from recognition.gallery import Gallery
from recognition.types import Detection, FaceEngine, Image
from tests.kiosk.arrivals import STARTS_AT
from tests.kiosk.evidence.jobs import Book
from tests.kiosk.rendered import DOOR, FIRST, SECOND

SPAN_S = 3.0
EVERY = 4
"""Every so many frames an engine searches; the first and last of each arrival are among them."""

Photos = dict[str, Image]


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """What a run left: the outcomes, and whose face each consenting arrival may show."""

    book: Book
    named: dict[str, str]

    def pictures(self, written: Written) -> list[Image]:
        chosen = [*written.frames[::EVERY], written.frames[-1]]
        return [self._picture(frame) for frame in chosen]

    def _picture(self, frame: StoredFrame) -> Image:
        one = Written(arrival=self.book.told[0].arrival, frames=(frame,), dropped=0, why=None)
        return decode(self.book.jpegs(one)[0])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with create_site(tmp_path / "site", at=STARTS_AT) as made:
        yield made


def gallery_of(engine: FaceEngine, photos: Photos) -> Gallery:
    return Gallery.build(
        engine.pack, [(who, engine.embed(image, detect_photo(engine, image)[:1])[0]) for who, image in photos.items()]
    )


def watched(site: Site, doorway: Doorway, items: Iterable[Frame | Blind], mode: ConsentMode, known: Photos) -> Evidence:
    """Run the door with dlib; ``known`` are the people who consented."""
    engine = load_engine("dlib")
    gallery = gallery_of(engine, known)
    gate = ConsentGate(mode, engine, lambda: gallery, lambda of: pack_thresholds(engine.pack, people=len(of)))
    door = DoorPipeline(doorway=doorway, engine=engine, gate=gate, distributor_of=lambda person: None)
    with site.write_session() as session:
        ids = {who: add_person(session, name=who, role="customer", at=STARTS_AT, by="desk") for who in known}
    named: dict[str, str] = {}

    def consented(arrival: Arrival) -> str | None:
        if arrival.identity.status != "known" or arrival.identity.person is None:
            return None
        named[arrival.id] = arrival.identity.person
        return ids[arrival.identity.person]

    book = Book(site)
    look = SecondLook(load_engine("dlib"), doorway)
    writer = EvidenceWriter(site, look, consented=consented, record=book, patient=True)
    ring = FrameRing(patient=True)
    collector = Collector(ring, writer.submit, span_s=SPAN_S)
    for item in items:
        for what in door.process(item):
            if isinstance(what, Arrival):
                collector.arrived(what)
        if isinstance(item, Frame):
            collector.see(item, door.live)
    for what in door.finish():
        if isinstance(what, Arrival):
            collector.arrived(what)
    collector.finish()
    assert writer.close(300.0) == 0
    ring.close()
    return Evidence(book=book, named=named)


def faces_in(engine: FaceEngine, image: Image) -> list[tuple[Image, Detection]]:
    """Faces in a picture enlarged by half: smaller ones are found than at its own size."""
    large = np.asarray(cv2.resize(image, None, fx=1.5, fy=1.5), np.uint8)
    return [(large, face) for face in engine.detect(large)]


def check(evidence: Evidence, probe: FaceEngine, everybody: Photos) -> None:
    """Nobody is found without consent; with it, nobody else is recognised, and the one who consented is."""
    gallery = gallery_of(probe, everybody)
    threshold = pack_thresholds(probe.pack, people=len(gallery)).review
    for written in evidence.book.told:
        assert (written.dropped, written.why) == (0, None)
        found = [face for image in evidence.pictures(written) for face in faces_in(probe, image)]
        best = [gallery.best(probe.embed(image, [face])[0])[0] for image, face in found]
        recognised = {who for who, score in best if score >= threshold}
        if written.arrival.id in evidence.named:
            assert recognised == {evidence.named[written.arrival.id]}
        else:
            assert found == []


def probe_of(models: Path | None) -> FaceEngine:
    """The eval pack in the folder ``models``, dlib without."""
    return load_engine("insightface", pack="eval-pack", models_dir=models) if models else load_engine("dlib")


# the film of this repository


@pytest.fixture(scope="module")
def photos(faces: Faces) -> Photos:
    return {who: faces[who][0].image for who in (FIRST, SECOND)}


@pytest.fixture(
    scope="module",
    params=[
        [FIRST],
        [FIRST, SECOND],  # each may be seen in frames of their own only
    ],
    ids=["first consented", "both consented"],
)
def evidence(
    request: pytest.FixtureRequest,
    frames: list[Frame | Blind],
    photos: Photos,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Evidence]:
    """The evidence of one run that recognises whoever consented."""
    consented = request.param
    with create_site(tmp_path_factory.mktemp("run") / "site", at=STARTS_AT) as site:
        left = watched(site, DOOR, frames, "match_consented", {who: photos[who] for who in consented})
        assert len(left.book.told) == 2
        assert sorted(left.named.values()) == sorted(consented)
        yield left


@pytest.mark.parametrize("probe", ["dlib", "eval-pack"])
def test_no_face_without_consent_can_be_found_and_nobody_else_recognised(
    evidence: Evidence, photos: Photos, probe: str, request: pytest.FixtureRequest
) -> None:
    models = None if probe == "dlib" else Path(request.getfixturevalue("shared")) / "models"
    check(evidence, probe_of(models), photos)


# scenes that are not in this repository


@pytest.mark.slow
@pytest.mark.parametrize("scene", ["scene-00", "scene-01", "scene-02"])
@pytest.mark.parametrize("mode", ["consent_first", "match_consented"])
def test_the_same_holds_on_scenes_rendered_by_somebody_else(
    site: Site, shared: Path, scene: str, mode: ConsentMode
) -> None:
    folder = shared / "scenes"
    photographs = {one.name: sorted(one.glob("*.jpg")) for one in sorted((folder / "people").iterdir())}
    everybody = {who: np.asarray(cv2.imread(str(paths[0])), np.uint8) for who, paths in photographs.items()}
    with open_source(str(folder / f"{scene}.mp4")) as source:
        left = watched(site, load_doorway(folder / "doorway.json"), source, mode, everybody)
    assert len(left.book.told) == 2
    assert len(left.named) == (0 if mode == "consent_first" else 2)
    for models in (None, shared / "models"):
        check(left, probe_of(models), everybody)
