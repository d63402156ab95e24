"""Files that are handed out lie in the site's own folder, and are gone afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.scan import scan, text_needle
from models.scratch import FOLDER, clear_scratch, scratch_file


class InterruptedBlockError(Exception):
    """Something went wrong inside the block."""


def test_what_was_written_is_gone_when_the_block_ends_and_nobody_else_could_list_it(tmp_path: Path) -> None:
    with scratch_file(tmp_path, ".zip") as path:
        path.write_bytes(b"in the clear")
        assert (path.parent, path.suffix) == (tmp_path / FOLDER, ".zip")
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_what_was_written_is_gone_when_the_block_fails(tmp_path: Path) -> None:
    def interrupted() -> None:
        with scratch_file(tmp_path, ".zip") as path:
            path.write_bytes(b"in the clear")
            raise InterruptedBlockError

    with pytest.raises(InterruptedBlockError):
        interrupted()
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_what_a_killed_process_left_is_cleared_but_not_what_another_is_writing(tmp_path: Path) -> None:
    clear_scratch(tmp_path)  # a site that never handed anything out
    with scratch_file(tmp_path, ".zip") as path:
        path.write_bytes(b"in the clear")
        clear_scratch(tmp_path)
        assert path.exists()
    path.write_bytes(b"left")
    clear_scratch(tmp_path)
    assert not path.exists()


def test_what_lies_there_is_searched_like_everything_else(tmp_path: Path) -> None:
    needles = [text_needle("a name", "王芳王芳")]
    with scratch_file(tmp_path, ".html") as path:
        path.write_text("王芳王芳", encoding="utf-8")
        assert [trace.path for trace in scan(tmp_path, needles)] == [path.relative_to(tmp_path)]
    assert scan(tmp_path, needles) == ()
