"""What is printed: the same bytes for the same content, everything on it, nothing cut off."""

from __future__ import annotations

import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.messages import Language
from api.print import Document
from api.print.wrap import wrapped

AT = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=8)))


def document(language: Language = "zh", *, rows: int = 3, name: str = "王芳") -> Document:
    paper = Document("客户确认单", office="龙城府营销中心", at=AT, language=language)
    paper.line("客户", name)
    paper.heading("到访")
    paper.text("由李明陪同到访。\n第二段。")
    paper.table(["编号", "姓名"], [[str(number), name] for number in range(rows)], [1, 3])
    paper.qr("MJ1.v.12.0123456789abcdef0123")
    paper.signatures(["客户", "经纪人", "接待人"])
    return paper


def streams(pdf: bytes) -> list[bytes]:
    """The streams of a document, unpacked."""
    found = []
    for packed in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(packed))
        except zlib.error:
            found.append(packed)
    return found


def letters(pdf: bytes) -> str:
    """The characters that the document says it draws (its ToUnicode map)."""
    [told] = [one for one in streams(pdf) if b"Adobe-Identity-UCS" in one and b"beginbfchar" in one]
    codes = re.findall(rb"<[0-9A-F]{4}> <([0-9A-F]+)>", told)
    return "".join(bytes.fromhex(code.decode()).decode("utf-16-be") for code in codes)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\n", pdf))


def test_the_same_content_gives_the_same_bytes() -> None:
    assert document().pdf() == document().pdf()
    assert document().pdf() != document(name="李明").pdf()


def test_documents_made_at_once_do_not_share_their_letters() -> None:
    names = ["王芳", "李明", "赵强"]
    alone = [document(name=name).pdf() for name in names]
    with ThreadPoolExecutor(len(names)) as pool:
        at_once = list(pool.map(lambda name: document(name=name).pdf(), names * 2))
    assert at_once == alone * 2


def test_every_character_is_drawn_with_an_embedded_letter() -> None:
    pdf = document().pdf()
    assert b"/FontFile3" in pdf
    assert set("客户确认单王芳由李明陪同到访第页共日期：龙城府营销中心2026-03-01 09:30") <= set(letters(pdf))


def test_what_no_letter_is_drawn_for_is_marked() -> None:
    drawn = letters(document(name="王😀芳").pdf())
    assert "〓" in drawn
    assert "😀" not in drawn


def test_the_words_of_the_paper_follow_its_language() -> None:
    assert set("Page") <= set(letters(document("en").pdf()))
    assert "共" not in letters(document("en").pdf())


def test_a_long_table_goes_on_with_its_head_on_the_next_page() -> None:
    pdf = document(rows=90).pdf()
    assert pages(pdf) >= 3
    assert pages(document(rows=3).pdf()) == 1


@pytest.mark.parametrize("name", ["", "王" * 2000, "a" * 500, "两\n行", "％s {name} <b> **粗** \\ ( )"])
def test_whatever_is_written_can_be_printed(name: str) -> None:
    assert document(name=name).pdf().startswith(b"%PDF-")


TEXTS = st.text(st.sampled_from("王芳李明，。（）《》 abc12\n"), max_size=60)
SENTENCES = st.lists(st.sampled_from(["王", "芳，", "（李", "明）", "abc", "12 ", "到访。"]), max_size=30).map("".join)


@given(TEXTS, st.integers(1, 30))
@settings(deadline=None)
def test_lines_fit_and_hold_everything(text: str, room: int) -> None:
    lines = wrapped(text, room, len)
    assert max(map(len, lines)) <= room
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(SENTENCES, st.integers(8, 30))
@settings(deadline=None)
def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(text: str, room: int) -> None:
    lines = wrapped(text, room, len)
    assert not [line for line in lines if line[:1] and (line[0] in "，）。" or line[-1] == "（")]
