"""The webhook bridge of the examples, over HTTP, with a scorer that counts interactions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import socket
import sqlite3
import sys
import threading
import urllib.error
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from relhealth.crm.fields import UpdateRequest
from relhealth.errors import RemoteError
from relhealth.v1 import relationship_health_pb2 as pb

EXAMPLE = Path(__file__).parents[2] / "examples/integrations/webhook_bridge"
SECRETS = {"intercom": "client secret", "zendesk": "signing secret"}


class World:
    """A bridge that listens, and what it did."""

    def __init__(self, folder: Path, modules: ModuleType) -> None:
        self.folder = folder
        self.down = False
        self.requests: list[pb.ScoreRelationshipRequest] = []
        self.updates: list[tuple[str, UpdateRequest]] = []
        self.bridge = modules.Bridge(modules.Store(folder), self._score, self._deliver, "shop")
        handler = modules.handler(self.bridge, SECRETS)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _score(self, request: pb.ScoreRelationshipRequest) -> pb.ScoreRelationshipResponse:
        if self.down:
            raise RemoteError("down")
        self.requests.append(request)
        response = pb.ScoreRelationshipResponse(customer_id=request.history.customer_id)
        response.health.estimate.value = len(request.history.interactions)
        response.health.band = pb.BAND_FAIR
        response.stance.label = pb.STANCE_ENGAGED
        response.as_of_time.FromSeconds(1_709_287_200)
        return response

    def _deliver(self, system: str, request: UpdateRequest) -> None:
        self.updates.append((system, request))

    def post(self, path: str, body: bytes, **headers: str) -> int:
        host, port = self.server.server_address[:2]
        connection = http.client.HTTPConnection(str(host), int(port), timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", path, body, named)
        return connection.getresponse().status

    def intercom(self, topic: str, item: dict[str, Any]) -> int:
        event = {"type": "notification_event", "topic": topic, "created_at": 1_709_287_200}
        body = json.dumps({**event, "data": {"item": item}}).encode()
        signed = hmac.new(SECRETS["intercom"].encode(), body, hashlib.sha1).hexdigest()
        return self.post("/intercom", body, X_Hub_Signature=f"sha1={signed}")

    def zendesk(self, body: bytes, at: datetime) -> int:
        stamp = at.isoformat(timespec="seconds").replace("+00:00", "Z")
        digest = hmac.new(SECRETS["zendesk"].encode(), stamp.encode() + body, hashlib.sha256)
        return self.post(
            "/zendesk",
            body,
            x_zendesk_webhook_signature=base64.b64encode(digest.digest()).decode(),
            x_zendesk_webhook_signature_timestamp=stamp,
        )


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    import bridge  # noqa: PLC0415 - lies among the examples

    here = World(tmp_path, bridge)
    yield here
    here.server.shutdown()
    here.server.server_close()
    for name in ("bridge", "store", "systems"):
        sys.modules.pop(name, None)


def conversation(part_id: str, body: str, *, author: str = "admin", at: int = 0) -> dict[str, Any]:
    return {
        "type": "conversation",
        "id": "c1",
        "created_at": 1_709_287_200,
        "updated_at": 1_709_287_200 + at,
        "source": {
            "id": "s1",
            "type": "conversation",
            "body": "<p>Where is it?</p>",
            "author": {"type": "user", "id": "u1"},
        },
        "conversation_parts": {
            "conversation_parts": [
                {
                    "id": part_id,
                    "part_type": "comment",
                    "body": body,
                    "created_at": 1_709_287_260,
                    "updated_at": 1_709_287_260 + at,
                    "author": {"type": author, "id": "x"},
                }
            ]
        },
    }


def test_webhooks_become_one_update_and_the_same_score_no_second(world: World) -> None:
    assert world.intercom("conversation.admin.replied", conversation("p1", "<p>Here</p>")) == 202
    assert world.intercom("conversation.user.replied", conversation("p2", "<p>Ah</p>")) == 202
    assert world.bridge.work() == 0
    history = world.requests[0].history
    assert [i.text for i in history.interactions] == ["Where is it?", "Here", "Ah"]
    assert (history.brand_id, history.customer_id) == ("shop", "u1")
    ((system, update),) = world.updates
    assert (system, update.method, update.path) == ("intercom", "PUT", "/contacts/u1")
    attributes = update.body["custom_attributes"]
    assert isinstance(attributes, dict)
    assert attributes["relhealth_health"] == 3.0
    world.intercom("conversation.user.replied", conversation("p2", "<p>Ah</p>"))
    assert world.bridge.work() == 0
    assert len(world.updates) == 1


def test_a_redacted_text_leaves_the_history_and_the_disk(world: World) -> None:
    world.intercom("conversation.admin.replied", conversation("p1", "<p>pin 918273</p>"))
    world.bridge.work()
    gone = conversation("p1", "<p><i>This message was deleted</i></p>", at=60)
    world.intercom("conversation_part.redacted", gone)
    world.bridge.work()
    assert [i.text for i in world.requests[-1].history.interactions] == ["Where is it?"]
    stored = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert b"918273" not in stored


def test_a_merged_lead_becomes_part_of_the_user(world: World) -> None:
    lead = conversation("p1", "<p>Hello</p>")
    lead["source"]["author"] = {"type": "lead", "id": "l1"}
    world.intercom("conversation.user.created", lead)
    item = {"type": "contact", "id": "u1", "merged_contact": {"id": "l1"}}
    world.intercom("contact.merged", item)
    world.bridge.work()
    assert world.requests[-1].history.customer_id == "u1"
    assert len(world.requests[-1].history.interactions) == 2
    assert not (world.folder / "intercom" / "l1.sqlite").exists()


def test_nothing_is_lost_while_the_service_is_down(world: World) -> None:
    world.intercom("conversation.admin.replied", conversation("p1", "<p>Here</p>"))
    world.down = True
    assert world.bridge.work() == 1
    world.down = False
    assert world.bridge.work() == 0
    assert len(world.updates) == 1


def test_zendesk_events_are_taken_when_signed_and_fresh(world: World) -> None:
    now = datetime.now(UTC)
    event = {
        "type": "zen:event-type:ticket.comment_added",
        "time": "2024-03-01T10:00:00Z",
        "detail": {"id": "1", "requester_id": "5", "subject": "x", "status": "OPEN"},
        "event": {
            "comment": {
                "id": "11",
                "body": "Where is it?",
                "is_public": True,
                "author": {"id": "5", "is_staff": False},
            }
        },
    }
    body = json.dumps(event).encode()
    assert world.zendesk(body, now) == 202
    assert world.zendesk(body, now - timedelta(hours=1)) == 401
    world.bridge.work()
    ((system, update),) = world.updates
    assert (system, update.path) == ("zendesk", "/api/v2/users/update_many")


def test_what_is_not_signed_not_json_or_not_known_is_refused(world: World) -> None:
    assert world.post("/intercom", b"{}", X_Hub_Signature="sha1=0000") == 401
    assert world.post("/intercom", b"{}") == 401
    signed = hmac.new(SECRETS["intercom"].encode(), b"[1", hashlib.sha1).hexdigest()
    assert world.post("/intercom", b"[1", X_Hub_Signature=f"sha1={signed}") == 400
    assert world.post("/other", b"{}") == 404
    assert world.bridge.work() == 0
    assert world.requests == []


@pytest.mark.parametrize("length", ["-1", "many", "\u00b2"])
def test_a_length_that_is_none_is_refused(world: World, length: str) -> None:
    host, port = world.server.server_address[:2]
    with socket.create_connection((str(host), int(port)), timeout=10) as sender:
        head = f"POST /intercom HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        sender.sendall(head.encode("latin-1"))
        assert b" 400 " in sender.recv(64)


def test_a_signature_of_any_bytes_is_only_wrong(world: World) -> None:
    assert world.post("/intercom", b"{}", X_Hub_Signature="sha1=\u00e9") == 401
    stamp = datetime.now(UTC).isoformat()
    signed = {"x_zendesk_webhook_signature_timestamp": stamp}
    assert world.post("/zendesk", b"{}", x_zendesk_webhook_signature="\u00e9", **signed) == 401


@pytest.mark.parametrize(("code", "waiting"), [(404, 0), (429, 1), (401, 1), (503, 1)])
def test_only_what_the_system_will_never_take_is_given_up(
    world: World, code: int, waiting: int
) -> None:
    def refuse(*_: object) -> None:
        raise urllib.error.HTTPError("http://x", code, "no", Message(), None)

    world.bridge.deliver = refuse
    assert world.intercom("conversation.user.created", conversation("p1", "<p>Hi</p>")) == 202
    assert world.bridge.work() == waiting
    assert len(world.bridge.store.waiting()) == waiting


def test_a_store_that_is_busy_is_tried_again(world: World) -> None:
    assert world.intercom("conversation.user.created", conversation("p1", "<p>Hi</p>")) == 202

    def busy(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    world.bridge.deliver = busy
    assert world.bridge.work() == 1
