"""Pictures small and coarse enough to be shown to anybody at the entrance: somebody knows themselves by coat and
company, nobody is recognised."""

from __future__ import annotations

import cv2
import numpy as np

from api.errors import ApiError

CELLS = 24
"""Colours kept across the picture; a face that fills a third of it is eight of them wide. A template needs ten pixels
between the eyes, a detector twice that."""

WIDTH_PX = 96
QUALITY = 80


def thumbnail(jpeg: bytes) -> bytes:
    """The picture of a JPEG as one of `WIDTH_PX` px width that holds `CELLS` colours across, smoothed. Raises
    ``ApiError`` 404 for bytes that are no picture."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    if image is None:
        raise ApiError(404, "not_found")
    height, width = image.shape[:2]
    rows = max(1, round(CELLS * height / width))
    cells = cv2.resize(image, (CELLS, rows), interpolation=cv2.INTER_AREA)
    size = (WIDTH_PX, max(1, round(WIDTH_PX * height / width)))
    smooth = cv2.GaussianBlur(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), (0, 0), WIDTH_PX / CELLS / 2)
    return bytes(cv2.imencode(".jpg", smooth, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
