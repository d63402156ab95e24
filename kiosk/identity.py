"""Who a track may turn out to be, under the consent mode the site runs in.

    consent_first     crops wait in memory; no template until that person consents for that arrival
    match_consented   a template is made, compared with the consented gallery and dropped at once unless it matches
    record_all        a template of everyone is kept with the track

The gate is the only place of the door that may call the embedder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

import numpy as np

from kiosk.track import Sighting, Track
from kiosk.types import Frame, KioskError
from models.people import ConsentMode, EnrolmentPhoto
from recognition.gallery import Gallery, fuse
from recognition.matcher import Match, match_together
from recognition.quality import assess
from recognition.thresholds import Thresholds
from recognition.types import Detection, FaceEngine, Image, Template

Status = Literal["known", "unknown", "uncertain", "unconsented"]

CROPS_KEPT = 4
"""Best crops of a track that take part in its template."""

CROP_REACH = 1.0
"""A crop reaches this many face widths around the face's middle, so that every engine can align in it."""

BETTER = 1.12
"""A new crop is worth a look when its quality is this much above the best one so far."""

SPACING_S = 0.2


class ConsentError(KioskError):
    """Consent was given for an arrival whose crops are no longer there."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What the door may say about who crossed: ``person`` and ``score`` (cosine) where it may have looked."""

    status: Status
    person: str | None = None
    score: float | None = None


UNCONSENTED = Identity(status="unconsented")


@dataclass(frozen=True, kw_only=True, eq=False)
class Crop:
    """A face cut out of a frame: picture, where the face is in it, its quality and instant. In memory only."""

    image: Image
    face: Detection
    quality: float
    t: float

    @property
    def sha256(self) -> bytes:
        """Of the picture's size and pixels, 32 bytes."""
        return sha256(f"{self.image.shape}".encode() + self.image.tobytes()).digest()


@dataclass(kw_only=True, eq=False)
class Held:
    """What is kept of one track: crops (consent_first) or templates (the other modes) with their qualities;
    ``settled`` once consent was given or refused, when no more crops are taken."""

    best: float = 0.0
    settled: bool = False
    looked_t: float = -np.inf
    tried: int = 0
    crops: list[Crop] = field(default_factory=list)
    templates: list[tuple[float, Template]] = field(default_factory=list)


class ConsentGate:
    """Decides what may be made and kept of each face. ``gallery`` gives the snapshot of live consents at this moment,
    ``thresholds`` those that fit its size; ``wait_s`` is how long crops wait for consent (seconds of capture time)."""

    def __init__(
        self,
        mode: ConsentMode,
        engine: FaceEngine,
        gallery: Callable[[], Gallery],
        thresholds: Callable[[Gallery], Thresholds],
        wait_s: float = 600.0,
    ) -> None:
        self.mode, self._engine, self._gallery, self._thresholds = mode, engine, gallery, thresholds
        self._wait_s = wait_s
        self._held: dict[int, Held] = {}
        self._waiting: dict[str, Held] = {}
        self._named: dict[int, str] = {}

    def offer(self, frame: Frame, track: Track, sighting: Sighting) -> None:
        """Show the gate one more look at a face; it takes what the mode allows and nothing else."""
        held = self._held.setdefault(track.number, Held())
        if held.settled or sighting.t - held.looked_t < SPACING_S:
            return
        quality = assess(frame.image, sighting.face)
        if not quality.good or quality.score < held.best * BETTER:
            return
        held.looked_t, held.best = sighting.t, quality.score
        crop = cut(frame.image, sighting.face, quality.score, sighting.t)
        if self.mode == "consent_first":
            held.crops = sorted([*held.crops, crop], key=lambda one: -one.quality)[:CROPS_KEPT]
            return
        held.tried += 1
        template = self._engine.embed(crop.image, [crop.face])[0]
        if self.mode == "record_all" or self._matches(template):
            held.templates = sorted([*held.templates, (crop.quality, template)], key=lambda one: -one[0])[:CROPS_KEPT]

    def identify(self, tracks: Sequence[Track]) -> list[Identity]:
        """Who the tracks are, which were seen together: never the same person twice. The first one's answer stands
        from now on: nobody else seen together with it will be given its name."""
        found = [self._fused(track) for track in tracks]
        taken = {self._named[track.number] for track in tracks[1:] if track.number in self._named}
        probes = [template for template in found if template is not None]
        gallery = self._gallery()
        matches = iter(match_together(gallery, probes, self._thresholds(gallery)) if probes else [])
        answers = []
        for track, template in zip(tracks, found, strict=True):
            answers.append(self._identity(track, next(matches) if template is not None else None, taken))
        if tracks and answers[0].status == "known" and answers[0].person:
            self._named[tracks[0].number] = answers[0].person
        return answers

    def keep_waiting(self, track: Track, arrival: str) -> None:
        """Tie a track's waiting crops to its arrival, so that consent given for the arrival can release them."""
        held = self._held.get(track.number)
        if held and held.crops:
            self._waiting[arrival] = held

    def release(self, arrival: str) -> EnrolmentPhoto:
        """Consent was given for this arrival: make its template, ready to be stored, and drop the crops.

        Raises ConsentError when the crops were dropped (time-out, refusal, restart): a new photo is needed.
        """
        crops = self._taken_back(arrival)
        if not crops:
            raise ConsentError(f"arrival {arrival}: its pictures are gone; take a photo for the consent instead")
        made = [self._engine.embed(crop.image, [crop.face])[0] for crop in crops]
        return EnrolmentPhoto(
            template=fuse(made, [crop.quality for crop in crops]),
            quality=max(crop.quality for crop in crops),
            source_sha256=sha256(b"".join(crop.sha256 for crop in crops)).hexdigest(),
        )

    def refuse(self, arrival: str) -> None:
        """The visitor said no: drop the crops of the arrival, and take none for as long as its track lasts."""
        self._taken_back(arrival)

    def forget(self, track: Track) -> None:
        """The track has ended: drop everything held of it but what waits for consent."""
        self._held.pop(track.number, None)
        self._named.pop(track.number, None)

    def expire(self, t: float) -> None:
        """Drop crops that have waited longer than allowed by ``t``, whether their track has ended or not."""
        for held in (*self._held.values(), *self._waiting.values()):
            held.crops = [crop for crop in held.crops if t - crop.t <= self._wait_s]
        self._waiting = {arrival: held for arrival, held in self._waiting.items() if held.crops}

    @property
    def waiting(self) -> list[str]:
        """Arrivals whose crops wait for consent."""
        return list(self._waiting)

    def _taken_back(self, arrival: str) -> list[Crop]:
        """The crops that waited for this arrival's consent, which the gate holds no longer."""
        held = self._waiting.pop(arrival, None)
        if held is None:
            return []
        self._waiting = {name: other for name, other in self._waiting.items() if other is not held}
        crops, held.crops, held.settled = held.crops, [], True
        return crops

    def _matches(self, template: Template) -> bool:
        gallery = self._gallery()
        return len(gallery) > 0 and gallery.best(template)[0][1] >= self._thresholds(gallery).review

    def _fused(self, track: Track) -> Template | None:
        held = self._held.get(track.number)
        if not held or not held.templates:
            return None
        return fuse([template for _, template in held.templates], [quality for quality, _ in held.templates])

    def _identity(self, track: Track, match: Match | None, taken: set[str]) -> Identity:
        if match is None:
            held = self._held.get(track.number)
            tried = held is not None and held.tried > 0
            return Identity(status="unknown") if tried else UNCONSENTED
        if match.status == "known" and match.person in taken:
            return Identity(status="uncertain", person=match.person, score=match.score)
        return Identity(status=match.status, person=match.person, score=match.score)


def cut(image: Image, face: Detection, quality: float, t: float) -> Crop:
    """The surroundings of a face, `CROP_REACH` face widths each way, copied so that the frame can go."""
    left, top, right, bottom = face.box_xyxy_px
    reach = CROP_REACH * max(float(right - left), float(bottom - top))
    x0, y0 = max(0, int((left + right) / 2 - reach)), max(0, int((top + bottom) / 2 - reach))
    x1, y1 = int((left + right) / 2 + reach) + 1, int((top + bottom) / 2 + reach) + 1
    return Crop(image=image[y0:y1, x0:x1].copy(), face=face.moved(dx_px=-x0, dy_px=-y0), quality=quality, t=t)
