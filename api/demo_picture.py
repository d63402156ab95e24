"""The demo's contact sheet: who is shown by name, and whose face is blurred."""

from __future__ import annotations

from collections.abc import Sequence

from api.demo import OnStep, Played, Seen
from kiosk.look import Region, detect_in
from kiosk.picture import FindFaces, Marked, Title, contact_sheet, frames_near, shown_instants, write_png
from kiosk.source import open_source
from recognition.types import Detection, FaceEngine, Image

STATUS = {
    "unknown": "未知 unknown",
    "uncertain": "待人工核对 uncertain",
    "unconsented": "未同意 unconsented",
}
FACES_PX = (26.0, 52.0)
"""Widths of faces to look for; of smaller ones no template could be made."""

ROLE = {"agent": "经纪人 agent", "customer": "老客户 returning customer", "staff": "员工 staff"}


def marked(one: Seen) -> Marked:
    """Only somebody the office knows, and so has the consent of, is shown with a name and a face."""
    truth_s = one.truth.crossed_s if one.truth else None
    if one.who is None:
        return Marked(arrival=one.arrival, name=None, note=STATUS[one.arrival.identity.status], truth_s=truth_s)
    note = " · ".join(filter(None, (ROLE[one.who.role], one.who.distributor)))
    return Marked(arrival=one.arrival, name=one.who.name, note=note, truth_s=truth_s)


def face_finder(engine: FaceEngine) -> FindFaces:
    """Every face in a picture that is large enough to be recognised, whether anybody was tracked there or not."""

    def find(image: Image) -> Sequence[Detection]:
        whole = (0.0, 0.0, float(image.shape[1]), float(image.shape[0]))
        return detect_in(engine, image, [Region(box_xyxy_px=whole, face_px=size) for size in FACES_PX])

    return find


def draw(played: Played, engine: FaceEngine, on_step: OnStep) -> None:
    """Draw the contact sheet of a demo and write it."""
    every = [marked(one) for one in played.seen]
    with open_source(str(played.files.video)) as source:
        frames = frames_near(source, shown_instants(every))
    on_step(0.5)
    sheet = contact_sheet(
        every,
        played.doorway,
        frames,
        face_finder(engine),
        title=Title(left="门鉴 Menjian", right="渲染场景 rendered scene · 同意模式 consent mode: match_consented"),
        close=played.close_call(),
    )
    write_png(sheet, played.files.picture)
    on_step(1.0)
