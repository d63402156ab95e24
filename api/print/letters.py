"""The letters of the documents. What is known of all of them is read once in a process; what a document uses of them
is its own."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import Final

from fpdf import FPDF
from fpdf.fonts import SubsetMap, TTFFont
from noto_cjk_sans_otc import FONT_PATH

FAMILY: Final = "noto"

SIMPLIFIED_CHINESE = 2
"""Its place in the font collection."""


def letters(paper: FPDF) -> TTFFont:
    """The letters, for ``paper`` alone: those it does not use are cut out of them when it is finished."""
    font = copy(_read())
    font.ttfont = type(font.ttfont)(FONT_PATH, recalcTimestamp=False, fontNumber=SIMPLIFIED_CHINESE, lazy=True)
    font.desc, font.missing_glyphs = copy(font.desc), []
    font.subset = SubsetMap(font)
    paper.fonts[FAMILY] = font
    paper.pdf_version = "1.6"  # the first that takes letters of this kind
    return font


@cache
def _read() -> TTFFont:
    paper = FPDF()
    paper.add_font(FAMILY, fname=str(FONT_PATH), collection_font_number=SIMPLIFIED_CHINESE)
    font = paper.fonts[FAMILY]
    assert isinstance(font, TTFFont)  # it came from a file
    return font
