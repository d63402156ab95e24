"""The board of arrivals, binding at the desk, and frames that nobody sees without a reason on record."""

from __future__ import annotations

import json
from datetime import timedelta

import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

from api.access.roles import Role
from models.evidence import add_frames, frame_key
from models.ledger.append import append
from models.ledger.kinds import Order
from models.site import Site
from tests.api.service.conftest import Client, Clock
from tests.api.service.kiosk import AGENT, INJECTIONS, VISITOR, written
from tests.models.desk.door import OPENED, THE_DOOR, after, came, crossed, visits
from tests.models.somebody import stored

BOARD = "/api/v1/arrivals"
JPEG = bytes(cv2.imencode(".jpg", np.full((72, 128, 3), 120, np.uint8))[1])


@pytest.fixture(autouse=True)
def _open(clock: Clock) -> None:
    clock.now = OPENED + timedelta(minutes=2)


@pytest.fixture
def reception(client: Client) -> TestClient:
    return client(Role.RECEPTION)


@pytest.fixture
def visitor(office: Site) -> str:
    return stored(office, VISITOR)


def filmed(office: Site, arrival: str, at_s: float, jpeg: bytes = JPEG) -> str:
    """A frame of an arrival is kept; its hash."""
    with office.write_session() as session:
        owner, sealer = frame_key(session, arrival=arrival, person=None, at=after(at_s))
        frame = office.frames.write(sealer, jpeg, arrival=arrival, owner=owner, at=after(at_s))
        add_frames(session, [frame], written_at=after(at_s))
    return frame.sha256


def refusal(asking: TestClient, method: str, path: str, body: object = None) -> tuple[int, str]:
    told = asking.request(method, path, json=body)
    return told.status_code, told.json()["error"]["code"]


def test_the_board_tells_who_when_in_which_order_and_how_sure(office: Site, reception: TestClient) -> None:
    agent = stored(office, AGENT)
    came(office, crossed(1, 0.0, known=agent), crossed(2, 0.5, party="party-1"))
    order = Order(at=after(0.5), first="main-1", second="main-2", verdict="before", p=0.998)
    with office.write_session() as session:
        append(session, [order], at=after(2), by=THE_DOOR)
    last, first = reception.get(BOARD).json()["items"]
    assert (first["id"], first["person"], first["name"], first["bound"]) == ("main-1", agent, "李明", None)
    assert (first["earliest"], first["latest"]) == ("2026-03-01T01:59:59.960800Z", "2026-03-01T02:00:00.039200Z")
    assert first["orders"] == [{"other": "main-2", "verdict": "before", "p": 0.998}]
    assert last["orders"] == [{"other": "main-1", "verdict": "after", "p": 0.998}]
    assert (last["status"], last["name"], last["party"]) == ("unconsented", None, "party-1")
    assert reception.get(f"{BOARD}/main-1").json() == first


def test_a_page_leads_to_the_next_and_since_ends_the_list(office: Site, reception: TestClient) -> None:
    came(office, *(crossed(number, 10.0 * number) for number in range(5)))
    page = reception.get(BOARD, params={"limit": 2}).json()
    rest = reception.get(BOARD, params={"limit": 3, "before": page["next"]}).json()
    assert [row["id"] for row in (*page["items"], *rest["items"])] == [f"main-{number}" for number in (4, 3, 2, 1, 0)]
    since: dict[str, str | int] = {"limit": 3, "since": after(25.0).isoformat()}
    late = reception.get(BOARD, params=since).json()
    assert [row["id"] for row in late["items"]] == ["main-4", "main-3"]
    assert reception.get(BOARD, params={**since, "before": late["next"]}).json() == {"items": [], "next": None}


def test_an_erased_person_has_no_name_on_the_board(office: Site, reception: TestClient) -> None:
    came(office, crossed(1, 0.0, known="0" * 32))
    assert reception.get(f"{BOARD}/main-1").json()["name"] is None


def test_reception_binds_an_arrival_and_corrects_it(office: Site, reception: TestClient, visitor: str) -> None:
    agent = stored(office, AGENT)
    came(office, crossed(1, 0.0), crossed(2, 0.5))
    path = f"{BOARD}/main-2/binding"
    made = reception.post(path, json={"person": visitor})
    row = reception.get(f"{BOARD}/main-2").json()["bound"]
    assert row == {"entry": made.json()["entry"], "person": visitor, "name": "王芳", "how": "staff", "report": None}
    assert refusal(reception, "POST", path, {"person": agent}) == (409, "arrival_bound")
    assert reception.put(path, json={"person": agent, "reason": "王芳说不是她"}).status_code == 204
    assert (visits(office, visitor), reception.get(f"{BOARD}/main-2").json()["bound"]["person"]) == ([], agent)
    assert reception.put(path, json={"person": None, "reason": "也不是他"}).status_code == 204
    assert reception.get(f"{BOARD}/main-2").json()["bound"] is None
    assert all("王芳" not in one and "也不是他" not in one for one in written(office))


@pytest.mark.parametrize(
    ("method", "path", "body", "refused"),
    [
        ("POST", "main-9/binding", {"person": "0" * 32}, (404, "not_found")),  # no such arrival
        ("POST", "main-1/binding", {"person": "0" * 32}, (422, "invalid")),  # no such person
        ("POST", "main-1/binding", {"person": "x"}, (422, "invalid")),  # no id
        ("POST", "main-1/binding", {"person": "0" * 32, "report": 0}, (422, "invalid")),  # no number of an entry
        ("PUT", "main-1/binding", {"person": None, "reason": "错了"}, (422, "invalid")),  # bound to nobody
        ("PUT", "main-1/binding", {"person": None, "reason": "\x00"}, (422, "invalid")),  # a zero byte
        ("PUT", "main-1/binding", {"person": "0" * 32}, (422, "invalid")),  # no reason
        ("GET", "main-9", None, (404, "not_found")),
        ("GET", "main%009", None, (422, "invalid")),  # a zero byte in the address
        ("GET", "main-1/thumbnail", None, (404, "not_found")),  # no frame is kept
        *[("GET", text.replace("/", "%2F"), None, (404, "not_found")) for text in INJECTIONS if "%" not in text],
    ],
)
def test_what_is_not_there_is_refused(
    office: Site, reception: TestClient, method: str, path: str, body: object, refused: tuple[int, str]
) -> None:
    came(office, crossed(1, 0.0))
    assert refusal(reception, method, f"{BOARD}/{path}", body) == refused
    assert written(office, "bind") == []


def test_a_frame_is_shown_with_a_reason_that_is_on_record_first(office: Site, client: Client) -> None:
    came(office, crossed(1, 0.0))
    digest = filmed(office, "main-1", -0.5)
    manager = client(Role.MANAGER)
    assert manager.get(f"{BOARD}/main-1/frames").json()["items"] == [
        {"sha256": digest, "at": "2026-03-01T01:59:59.500000Z"}
    ]
    told = manager.post(f"{BOARD}/main-1/frames/{digest}", json={"reason": "核对先后"})
    assert (told.content, told.headers["content-type"], told.headers["cache-control"]) == (
        JPEG,
        "image/jpeg",
        "no-store",
    )
    (said,) = map(json.loads, written(office, "view"))
    assert (said["what"], said["reason"], said["frames"]) == ("main-1", "核对先后", [digest])
    assert said["recorded_by"].startswith("user:")


@pytest.mark.parametrize(
    ("arrival", "has_frame", "body", "refused"),
    [
        ("main-1", True, {}, (422, "invalid")),  # no reason
        ("main-1", True, {"reason": " "}, (422, "invalid")),  # an empty one
        ("main-1", True, {"reason": "\x00"}, (422, "invalid")),  # a zero byte
        ("main-1", False, {"reason": "核对"}, (404, "not_found")),  # no such frame
        ("main-2", True, {"reason": "核对"}, (404, "not_found")),  # a frame of another arrival
        ("main-9", True, {"reason": "核对"}, (404, "not_found")),  # no such arrival
    ],
)
def test_a_frame_that_is_not_shown_was_not_viewed(
    office: Site, client: Client, arrival: str, has_frame: bool, body: object, refused: tuple[int, str]
) -> None:
    came(office, crossed(1, 0.0), crossed(2, 1.0))
    digest = filmed(office, "main-1", -0.5)
    path = f"{BOARD}/{arrival}/frames/{digest if has_frame else '0' * 64}"
    assert refusal(client(Role.MANAGER), "POST", path, body) == refused
    assert written(office, "view") == []


def test_a_frame_whose_file_was_replaced_is_never_shown(office: Site, client: Client) -> None:
    came(office, crossed(1, 0.0))
    digest = filmed(office, "main-1", -0.5)
    office.frames.path("main-1", digest).write_bytes(b"another picture")
    told = client(Role.MANAGER).post(f"{BOARD}/main-1/frames/{digest}", json={"reason": "核对"})
    assert (told.status_code, told.json()["error"]["code"]) == (503, "record_refused")
    assert str(office.folder) not in told.text


def test_the_kiosk_sees_small_pictures_of_who_came_in_a_moment_ago(
    office: Site, client: Client, reception: TestClient, clock: Clock
) -> None:
    came(office, crossed(1, 0.0), crossed(2, 1.0, direction="out"))
    for arrival, at_s in (("main-1", -2.5), ("main-1", -0.7), ("main-2", 1.0)):
        filmed(office, arrival, at_s, JPEG + bytes([int(at_s * 10) % 256]))
    kiosk = client(Role.KIOSK)
    told = kiosk.get(f"{BOARD}/main-1/thumbnail")
    picture = cv2.imdecode(np.frombuffer(told.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert (told.headers["content-type"], picture.shape) == ("image/jpeg", (54, 96, 3))
    assert refusal(kiosk, "GET", f"{BOARD}/main-2/thumbnail") == (404, "not_found")
    clock.pass_(minutes=9)
    assert refusal(kiosk, "GET", f"{BOARD}/main-1/thumbnail") == (404, "not_found")
    assert reception.get(f"{BOARD}/main-1/thumbnail").status_code == 200


@pytest.mark.parametrize("role", [Role.KIOSK, Role.RECEPTION, Role.AGENT])
def test_frames_are_not_for_those_whose_work_needs_none(office: Site, client: Client, role: Role) -> None:
    came(office, crossed(1, 0.0))
    digest = filmed(office, "main-1", -0.5)
    told = client(role).post(f"{BOARD}/main-1/frames/{digest}", json={"reason": "想看看"})
    assert (told.status_code, told.json()["error"]["code"]) == (403, "forbidden")
