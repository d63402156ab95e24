"""Fetching packs from a real HTTP server: resumed, atomic, and refused when the digest is wrong."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from recognition.packs import Manifest, PackError, fetch, known
from recognition.packs.download import download
from recognition.packs.manifest import LICENCE_UNKNOWN, Archive, PackFile

CONTENT = bytes(range(256)) * 4096
"""1 MiB, several chunks."""
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """Serves ``files``; ``ranges`` lists the Range headers it was asked with."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    breaks_after: int | None = None
    knows_ranges: bool = True
    ranges: list[str | None] = field(default_factory=list)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        body = self.files.get(request.path.rpartition("/")[2])
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.knows_ranges else 0
        if body is None or (start and start >= len(body)):
            request.send_error(404 if body is None else 416)
            return
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(body) - start))
        request.end_headers()
        request.wfile.write(body[start : self.breaks_after])
        request.close_connection = True


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name http.server calls
            state.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    yield state
    listening.shutdown()
    thread.join()
    listening.server_close()


def silent(name: str, have: int, total: int | None) -> None:
    """No progress shown."""


def test_a_file_arrives_whole_and_progress_is_told(server: Server, tmp_path: Path) -> None:
    server.files["m.onnx"] = CONTENT
    told: list[tuple[str, int, int | None]] = []
    download(tmp_path / "m.onnx", [f"{server.url}/m.onnx"], DIGEST, lambda *step: told.append(step))
    assert (tmp_path / "m.onnx").read_bytes() == CONTENT
    assert told[-1] == ("m.onnx", len(CONTENT), len(CONTENT))
    assert [have for _, have, _ in told] == sorted({have for _, have, _ in told})
    assert list(tmp_path.iterdir()) == [tmp_path / "m.onnx"]


def test_a_broken_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.files["m.onnx"], server.breaks_after = CONTENT, 300_000
    target = tmp_path / "m.onnx"
    with pytest.raises(PackError, match=r"m\.onnx: not fetched: 127\.0\.0\.1"):
        download(target, [f"{server.url}/m.onnx"], DIGEST, silent)
    assert not target.exists()
    server.breaks_after = None
    download(target, [f"{server.url}/m.onnx"], DIGEST, silent)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-"]


def test_a_server_without_ranges_starts_again(server: Server, tmp_path: Path) -> None:
    server.files["m.onnx"], server.knows_ranges = CONTENT, False
    (tmp_path / "m.onnx.part").write_bytes(CONTENT[:1000])
    download(tmp_path / "m.onnx", [f"{server.url}/m.onnx"], DIGEST, silent)
    assert (tmp_path / "m.onnx").read_bytes() == CONTENT


def test_what_is_all_there_needs_only_its_name(server: Server, tmp_path: Path) -> None:
    server.files["m.onnx"] = CONTENT
    (tmp_path / "m.onnx.part").write_bytes(CONTENT)
    download(tmp_path / "m.onnx", [f"{server.url}/m.onnx"], DIGEST, silent)
    assert (tmp_path / "m.onnx").read_bytes() == CONTENT


def test_a_wrong_file_never_gets_the_name(server: Server, tmp_path: Path) -> None:
    server.files["m.onnx"] = CONTENT[:-1] + b"!"
    with pytest.raises(PackError, match="wrong SHA-256, refused"):
        download(tmp_path / "m.onnx", [f"{server.url}/m.onnx"], DIGEST, silent)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_beginning_is_not_kept_for_the_next_try(server: Server, tmp_path: Path) -> None:
    server.files["m.onnx"] = CONTENT
    (tmp_path / "m.onnx.part").write_bytes(b"other bytes")
    urls = [f"{server.url}/m.onnx"]
    with pytest.raises(PackError):
        download(tmp_path / "m.onnx", urls, DIGEST, silent)
    download(tmp_path / "m.onnx", urls, DIGEST, silent)
    assert (tmp_path / "m.onnx").read_bytes() == CONTENT


def test_the_next_address_is_asked_when_one_fails(server: Server, tmp_path: Path) -> None:
    server.files["m.onnx"] = CONTENT
    urls = [f"{server.url}/gone", "http://127.0.0.1:9/refused", f"{server.url}/m.onnx"]
    download(tmp_path / "m.onnx", urls, DIGEST, silent)
    assert (tmp_path / "m.onnx").read_bytes() == CONTENT


@pytest.fixture
def zipped(server: Server, tmp_path: Path) -> Manifest:
    """A pack whose two files come in one zip, as InsightFace's do."""
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("small/det.onnx", b"detector")
        archive.writestr("small/rec.onnx", b"recogniser")
        archive.writestr("../../evil.onnx", b"never unpacked")
    server.files["small.zip"] = path.read_bytes()
    manifest = Manifest(
        name="small",
        engine="insightface",
        licence=LICENCE_UNKNOWN,
        files=(
            PackFile(name="det.onnx", role="detection", sha256=hashlib.sha256(b"detector").hexdigest()),
            PackFile(name="rec.onnx", role="recognition", sha256=hashlib.sha256(b"recogniser").hexdigest()),
        ),
        archive=Archive(
            name="small.zip",
            urls=(f"{server.url}/small.zip",),
            sha256=hashlib.sha256(server.files["small.zip"]).hexdigest(),
            bytes=len(server.files["small.zip"]),
        ),
    )
    return manifest


def test_a_zipped_pack_is_unpacked_checked_and_left_alone_afterwards(
    server: Server, zipped: Manifest, tmp_path: Path
) -> None:
    folder = fetch(zipped, progress=silent, models_dir=tmp_path / "models")
    assert sorted(path.name for path in folder.iterdir()) == ["det.onnx", "rec.onnx"]
    assert (folder / "rec.onnx").read_bytes() == b"recogniser"
    assert not list(tmp_path.rglob("evil.onnx"))
    fetch(zipped, progress=silent, models_dir=tmp_path / "models")
    assert len(server.ranges) == 1


def test_a_file_that_was_altered_on_disk_is_fetched_anew(zipped: Manifest, tmp_path: Path) -> None:
    folder = fetch(zipped, progress=silent, models_dir=tmp_path / "models")
    (folder / "rec.onnx").write_bytes(b"altered")
    fetch(zipped, progress=silent, models_dir=tmp_path / "models")
    assert (folder / "rec.onnx").read_bytes() == b"recogniser"


def test_a_right_zip_with_a_wrong_file_in_it_is_refused(zipped: Manifest, tmp_path: Path) -> None:
    wrong = zipped.files[1].model_copy(update={"sha256": "0" * 64})
    manifest = zipped.model_copy(update={"files": (zipped.files[0], wrong)})
    with pytest.raises(PackError, match=r"rec\.onnx in it has a wrong SHA-256"):
        fetch(manifest, progress=silent, models_dir=tmp_path / "models")
    assert not (tmp_path / "models" / "small" / "rec.onnx").exists()


def test_a_mirror_is_asked_first(server: Server, tmp_path: Path) -> None:
    with pytest.raises(PackError) as caught:
        fetch(known("opencv-pack"), progress=silent, models_dir=tmp_path, mirror=f"{server.url}/packs/")
    assert len(server.ranges) == 1
    assert str(caught.value).startswith("face_detection_yunet_2023mar.onnx: not fetched: 127.0.0.1")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("nobodys", "no pack 'nobodys': choose one of antelopev2, buffalo_l"),
        ("dlib", "comes with the Python package"),
    ],
)
def test_packs_that_cannot_be_fetched_are_named(tmp_path: Path, name: str, fault: str) -> None:
    with pytest.raises(PackError, match=fault):
        fetch(known(name), progress=silent, models_dir=tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(PackError, match="cannot be written"):
        fetch(known("opencv-pack"), progress=silent, models_dir=tmp_path / "models")
