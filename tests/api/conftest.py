"""The command line as a user meets it, and photographs of people to enrol."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from insightface.data import get_image

from api.cli.app import main
from recognition.engine import load_engine
from recognition.enrol import detect_photo
from recognition.quality import ENROLMENT, assess


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Menjian = Callable[..., Ran]


@pytest.fixture
def menjian(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Menjian:
    """Run `menjian ARGS` in this process."""
    monkeypatch.delenv("MENJIAN_SITE", raising=False)

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["menjian", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return Ran(code=code if isinstance(code, int) else 0, out=said.out, err=said.err)

    return run


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One photograph each of two people, cut from the group picture in InsightFace's package."""
    picture = np.asarray(get_image("t1"), np.uint8)
    folder = tmp_path_factory.mktemp("photographs")
    paths = []
    usable = [face for face in detect_photo(load_engine("dlib"), picture) if assess(picture, face, ENROLMENT).good]
    for number, face in enumerate(usable[:2]):
        left, top, right, bottom = (int(edge) for edge in face.box_xyxy_px)
        reach = (right - left) // 2
        cut = picture[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach]
        paths.append(folder / f"{number}.png")
        cv2.imwrite(str(paths[-1]), cut)
    return paths
