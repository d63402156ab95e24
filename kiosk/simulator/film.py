"""From a scene to pictures, and to a file with its truth beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import pi, sin
from pathlib import Path
from typing import TypedDict

import av
import cv2
import numpy as np

from kiosk.doorway import save_doorway
from kiosk.simulator.backdrop import Backdrop, backdrop
from kiosk.simulator.faces import Faces
from kiosk.simulator.figure import draw_walker
from kiosk.simulator.gait import pose
from kiosk.simulator.scene import Direction, Scene
from kiosk.types import KioskError
from recognition.types import Image

OUT_OF_SIGHT_M = 10.5
"""Nobody is drawn farther than this beyond the sill; over the last metre they come out of the haze."""


def frames(scene: Scene) -> Iterator[Image]:
    """The scene's pictures, (H, W, 3) BGR uint8, one every ``1 / scene.fps`` seconds from 0 on; each one is new."""
    still = backdrop(scene.doorway, scene.seed)
    rng = np.random.default_rng(scene.seed)
    height, width = still.image.shape[:2]
    grain = np.clip(rng.normal(128, max(scene.noise, 1e-3), (height + 64, width + 64, 3)), 0, 255).astype(np.uint8)
    for number in range(scene.frame_count):
        t = number / scene.fps
        image = _draw(scene, still, t)
        gain = 1 + scene.flicker * sin(2 * pi * t / max(scene.duration_s, 1.0) + scene.seed)
        x, y = rng.integers(0, 64, 2)
        shot = cv2.addWeighted(image, gain, grain[y : y + height, x : x + width], 1.0, -128.0)
        yield np.asarray(shot, np.uint8)


def _draw(scene: Scene, still: Backdrop, t: float) -> Image:
    image = still.image.copy()
    threshold, camera = scene.doorway.threshold, scene.doorway.camera
    poses = [(walker, pose(walker, threshold, t)) for walker in scene.walkers]
    poses.sort(key=lambda pair: -float(camera.rotation[2] @ pair[1].foot))
    framed = False
    for walker, body in poses:
        beyond = float(threshold.ahead_m(body.foot[::2]))
        if beyond < 0 and not framed:
            still.put_frame_before(image)
            framed = True
        clear = min(1.0, OUT_OF_SIGHT_M - beyond)
        if clear >= 1.0:
            draw_walker(image, camera, walker, body)
        elif clear > 0:
            veiled = image.copy()
            draw_walker(veiled, camera, walker, body)
            cv2.addWeighted(veiled, clear, image, 1 - clear, 0, image)
    if not framed:
        still.put_frame_before(image)
    return image


class PersonTruth(TypedDict):
    """Somebody who crossed inwards, ``crossed_s`` seconds after the first picture."""

    who: str
    crossed_s: float
    height_m: float
    eye_distance_m: float
    speed: float
    party: str | None


class OtherTruth(TypedDict):
    """Somebody in the pictures who did not cross inwards within them."""

    who: str
    direction: Direction


class Truth(TypedDict):
    """What ``scene-NN.json`` holds."""

    people: list[PersonTruth]
    others: list[OtherTruth]
    fps: int
    seed: int


def truth(scene: Scene) -> Truth:
    """What really happened: ``people`` who crossed inwards within the scene, in order, and the ``others``."""
    last_s = (scene.frame_count - 1) / scene.fps
    crossed = [w for w in scene.walkers if w.direction == "in" and 0 <= w.at_s <= last_s]
    people = [
        PersonTruth(
            who=walker.who,
            crossed_s=round(walker.at_s, 6),
            height_m=round(walker.height_m, 4),
            eye_distance_m=round(walker.eye_distance_m, 5),
            speed=round(walker.speed_mps, 4),
            party=walker.party,
        )
        for walker in sorted(crossed, key=lambda walker: walker.at_s)
    ]
    others = [OtherTruth(who=w.who, direction=w.direction) for w in scene.walkers if w not in crossed]
    return Truth(people=people, others=others, fps=scene.fps, seed=scene.seed)


def write_scene(scene: Scene, path: Path, on_frame: Callable[[], None] = lambda: None) -> None:
    """Write ``path`` (``scene-NN.mp4``), its truth ``scene-NN.json`` and its doorway ``scene-NN.doorway.yaml``.

    ``on_frame`` is called after each picture. The film appears under its name only when it is whole, after the other
    two. Raises KioskError naming the file when it cannot be written.
    """
    half = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        _encode(scene, half, on_frame)
        save_doorway(scene.doorway, path.with_suffix(".doorway.yaml"))
        _replace(path.with_suffix(".json"), json.dumps(truth(scene), indent=1, ensure_ascii=False) + "\n")
        os.replace(half, path)
    except (OSError, av.FFmpegError) as error:
        raise KioskError(f"{path}: cannot be written ({error})") from None
    finally:
        half.unlink(missing_ok=True)


def write_people(faces: Faces, folder: Path) -> None:
    """Write the enrolment photograph of each person as ``folder/<who>/00.jpg``."""
    for who, photos in faces.items():
        (folder / who).mkdir(parents=True, exist_ok=True)
        if not cv2.imwrite(str(folder / who / "00.jpg"), photos[0].image, [cv2.IMWRITE_JPEG_QUALITY, 95]):
            raise KioskError(f"{folder / who / '00.jpg'}: cannot be written")


def _replace(path: Path, text: str) -> None:
    half = path.with_name(f".{path.name}.part")
    half.write_text(text, encoding="utf-8")
    os.replace(half, path)


def _encode(scene: Scene, path: Path, on_frame: Callable[[], None]) -> None:
    camera = scene.doorway.camera
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=scene.fps)
        stream.width, stream.height, stream.pix_fmt = camera.width, camera.height, "yuv420p"
        stream.options = {"crf": str(scene.crf), "preset": "veryfast"}
        stream.time_base = Fraction(1, scene.fps)
        for number, image in enumerate(frames(scene)):
            picture = av.VideoFrame.from_ndarray(image, format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, scene.fps)
            container.mux(stream.encode(picture))
            on_frame()
        container.mux(stream.encode())
