"""Lists of pairs: read as they are, and every fault named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognition.pairs import Pair, PairsFileError, read_pairs


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    (folder / "p1").mkdir(parents=True)
    for name in ("p1/a.jpg", "p1/b.jpg", "c.jpg"):
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    "text",
    [
        "file_x,file_y,Decision\np1/a.jpg,p1/b.jpg,Yes\np1/a.jpg,c.jpg,No\n",  # as described
        "\ufefffile_x,file_y,Decision\r\np1/a.jpg,p1/b.jpg,yes\r\np1/a.jpg,c.jpg,NO\r\n",  # as Excel saves it
        "Decision,note,file_y,file_x\nYes,x,p1/b.jpg,p1/a.jpg\n\nNo,,c.jpg, p1/a.jpg \n",  # other order, more columns
    ],
)
def test_pairs_are_read_from_csv(tmp_path: Path, images: Path, text: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_bytes(text.encode())
    assert read_pairs(path, images) == [
        Pair(file_x="p1/a.jpg", file_y="p1/b.jpg", same=True),
        Pair(file_x="p1/a.jpg", file_y="c.jpg", same=False),
    ]


def test_every_fault_is_named_with_its_line(tmp_path: Path, images: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(
        "file_x,file_y,Decision\n"
        "p1/a.jpg,c.jpg,No\n"  # good
        "p1/a.jpg,missing.jpg,Maybe\n"
        ",c.jpg,Yes\n"
        "p1/b.jpg\n"
    )
    with pytest.raises(PairsFileError) as caught:
        read_pairs(path, images)
    assert caught.value.faults == (
        f"line 3: file_y: no file missing.jpg in {images}",
        "line 3: Decision is 'Maybe', not Yes or No",
        "line 4: file_x is empty",
        "line 5: file_y is empty",
        "line 5: Decision is '', not Yes or No",
    )
    assert str(caught.value).startswith(f"{path}: line 3")
    assert "\n" not in str(caught.value)


def test_a_long_list_of_faults_is_cut_and_says_so(tmp_path: Path, images: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("file_x,file_y,Decision\n" + "c.jpg,c.jpg,?\n" * 30)
    with pytest.raises(PairsFileError, match="and 10 more") as caught:
        read_pairs(path, images)
    assert len(caught.value.faults) == 30


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "cannot be read"),  # missing
        (b"", "no column file_x, file_y, Decision"),  # empty
        (b"file_x,Decision\nc.jpg,Yes\n", "line 1: no column file_y"),
        (b"file_x,file_y,Decision\n", "no pairs"),  # head only
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_list_of_pairs_is_named(
    tmp_path: Path, images: Path, content: bytes | None, fault: str
) -> None:
    path = tmp_path / "pairs.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PairsFileError, match=fault):
        read_pairs(path, images)
