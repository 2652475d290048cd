"""Webhooks of Intercom and Zendesk in, gRPC to the scoring service, field updates out.

    python bridge.py --service localhost:50051 --state ./state

listens on http://127.0.0.1:8080/intercom and /zendesk. Secrets come from the environment:
INTERCOM_CLIENT_SECRET and ZENDESK_SIGNING_SECRET check the signatures; with INTERCOM_TOKEN, or
ZENDESK_URL and ZENDESK_TOKEN, updates are sent to the system. Without a token they are printed.
RELHEALTH_TOKEN is the scoring service's, where it wants one.

A webhook is answered as soon as its record is stored. A worker scores customers in line; a
customer leaves the line only when the update is out, so that a crash or an outage loses nothing.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from store import Store
from systems import SYSTEMS

from relhealth.client import Credentials, RelationshipHealthClient
from relhealth.crm.adapter import Desk, ImportOptions, payload
from relhealth.crm.fields import FieldValues, UpdateRequest, values_of_response
from relhealth.crm.gathering import Identities
from relhealth.crm.importing import relationships_on
from relhealth.crm.report import ImportReport
from relhealth.crm.shape import Fields
from relhealth.crm.stage import Stage
from relhealth.crm.systems import adapter_of
from relhealth.errors import InvalidInputError, RelhealthError
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.histories import encode_history
from relhealth.wire.json_writing import to_json

# Answers that another attempt would get, too, such as that of a contact who was deleted.
FOR_GOOD = frozenset({400, 404, 410, 422})
SLOWEST_SENDER_SECONDS = 30.0
LARGEST_BODY = 5 * 1024 * 1024
LONGEST_NUMBER = 20
LOG = logging.getLogger("bridge")

Scorer = Callable[[pb.ScoreRelationshipRequest], pb.ScoreRelationshipResponse]
Deliverer = Callable[[str, UpdateRequest], None]


@dataclass
class Bridge:
    """Stores payloads, scores customers, hands out updates."""

    store: Store
    score: Scorer
    deliver: Deliverer
    brand_id: str

    def __post_init__(self) -> None:
        self.news = threading.Event()

    def take(self, system: str, fields: Fields) -> bool:
        """Stores one payload; False where nobody can be told whose it is."""
        routed = SYSTEMS[system].route(fields)
        customer = self.store.customer_of(system, routed)
        if customer is None:
            return False
        desk = self._desk(system, customer)
        if routed.merged_id is not None:
            self.store.merge(system, routed.merged_id, customer)
            old = self.store.file_of(system, routed.merged_id)
            if old.exists():
                desk.stage.absorb(old)
                old.unlink()
        adapter_of(system).stage(payload(fields), desk)
        desk.stage.close()
        self.store.wait(system, customer)
        self.news.set()
        return True

    def work(self) -> int:
        """Scores all in line once; gives how many are still waiting because something failed."""
        failed = 0
        for system, customer, turn in self.store.waiting():
            try:
                values = self._values(system, customer)
                fingerprint = None if values is None else values.fingerprint
                if values is not None and fingerprint != self.store.written(system, customer):
                    for request in adapter_of(system).updates([values]):
                        self.deliver(system, request)
                self.store.done(system, customer, turn, fingerprint)
            except InvalidInputError as error:
                LOG.warning("%s customer %s: refused: %s", system, customer, error)
                self.store.done(system, customer, turn, None)
            except urllib.error.HTTPError as error:
                gone = error.code in FOR_GOOD
                after = "given up" if gone else "will try again"
                LOG.warning("%s customer %s: HTTP %d, %s", system, customer, error.code, after)
                if gone:
                    self.store.done(system, customer, turn, None)
                failed += not gone
            except (RelhealthError, OSError, sqlite3.Error) as error:
                LOG.warning("%s customer %s: %s, will try again", system, customer, error)
                failed += 1
        return failed

    def _desk(self, system: str, customer: str) -> Desk:
        report = ImportReport()
        identities = Identities()
        for old in self.store.merged_into(system, customer):
            identities.merge(old, customer)
        stage = Stage(report, self.store.file_of(system, customer))
        return Desk(ImportOptions(brand_id=self.brand_id), report, stage, identities)

    def _values(self, system: str, customer: str) -> FieldValues | None:
        """The customer's score as field values; None where nothing was said."""
        if not self.store.file_of(system, customer).exists():
            return None
        desk = self._desk(system, customer)
        for found in relationships_on(adapter_of(system), desk):
            if found.customer_id == customer:
                history = encode_history(
                    found.brand_id, found.customer_id, found.segment, found.interactions
                )
                response = self.score(pb.ScoreRelationshipRequest(history=history))
                return values_of_response(to_json(response))
        return None


def handler(bridge: Bridge, secrets: dict[str, str]) -> type[BaseHTTPRequestHandler]:
    """The HTTP side: 202 stored, 401 not signed, 404 no such system, 400 no JSON or length."""

    class Handler(BaseHTTPRequestHandler):
        timeout = SLOWEST_SENDER_SECONDS

        def do_HEAD(self) -> None:  # Intercom looks whether somebody is there.
            self._answer(200)

        def do_POST(self) -> None:
            system = self.path.strip("/")
            written = self.headers.get("Content-Length") or "0"
            if system not in secrets:
                self._answer(404)
                return
            if not (written.isascii() and written.isdigit()):
                self._answer(400)
                return
            size = int(written[:LONGEST_NUMBER])
            if size > LARGEST_BODY:
                self._answer(413)
                return
            headers = {name.title(): value for name, value in self.headers.items()}
            body = self.rfile.read(size)
            if not SYSTEMS[system].is_genuine(headers, body, secrets[system]):
                self._answer(401)
                return
            try:
                fields = json.loads(body)
            except (ValueError, RecursionError):
                fields = None
            if not isinstance(fields, dict):
                self._answer(400)
                return
            self._answer(202 if bridge.take(system, fields) else 200)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, form: str, *values: object) -> None:
            LOG.info(form, *values)

    return Handler


def deliverer(targets: dict[str, tuple[str, str]]) -> Deliverer:
    """Sends updates to the systems that have an address and a token, prints the others."""

    def deliver(system: str, request: UpdateRequest) -> None:
        if system not in targets:
            print(json.dumps({"method": request.method, "path": request.path,
                              "body": request.body}), flush=True)  # fmt: skip
            return
        base, token = targets[system]
        headers = {"Content-Type": "application/json", **SYSTEMS[system].headers(token)}
        sent = urllib.request.Request(
            base + request.path,
            json.dumps(request.body).encode(),
            headers,
            method=request.method,
        )
        with urllib.request.urlopen(sent, timeout=30):
            pass

    return deliver


def secrets_from(environment: dict[str, str]) -> dict[str, str]:
    """Signing secrets of the systems that are set up."""
    names = {"intercom": "INTERCOM_CLIENT_SECRET", "zendesk": "ZENDESK_SIGNING_SECRET"}
    return {system: environment[name] for system, name in names.items() if environment.get(name)}


def targets_from(environment: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Address and token of the systems that updates are sent to."""
    targets: dict[str, tuple[str, str]] = {}
    if environment.get("INTERCOM_TOKEN"):
        url = environment.get("INTERCOM_URL", "https://api.intercom.io")
        targets["intercom"] = (url, environment["INTERCOM_TOKEN"])
    if environment.get("ZENDESK_URL") and environment.get("ZENDESK_TOKEN"):
        targets["zendesk"] = (environment["ZENDESK_URL"], environment["ZENDESK_TOKEN"])
    return targets


def main() -> None:
    """Runs the bridge until it is interrupted."""
    parser = argparse.ArgumentParser(description="Webhooks in, scores to fields out.")
    parser.add_argument("--service", default="localhost:50051", help="the scoring service")
    parser.add_argument("--tls-ca", type=Path, help="PEM that the service is checked against")
    parser.add_argument("--listen", default="127.0.0.1:8080", help="where webhooks arrive")
    parser.add_argument("--state", type=Path, default=Path("bridge-state"))
    parser.add_argument("--brand", default="brand")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    environment = dict(os.environ)
    secrets = secrets_from(environment)
    if not secrets:
        parser.error("set INTERCOM_CLIENT_SECRET or ZENDESK_SIGNING_SECRET")
    host, _, port = arguments.listen.rpartition(":")
    token = environment.get("RELHEALTH_TOKEN") or None
    credentials = Credentials(arguments.tls_ca, token=token)
    with RelationshipHealthClient(arguments.service, credentials) as client:
        deliver = deliverer(targets_from(environment))
        bridge = Bridge(Store(arguments.state), client.score, deliver, arguments.brand)
        server = ThreadingHTTPServer((host, int(port)), handler(bridge, secrets))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        LOG.info("listening on %s for %s", arguments.listen, ", ".join(secrets))
        bridge.news.set()
        try:
            while True:
                bridge.news.wait(timeout=30)
                bridge.news.clear()
                bridge.work()
        except KeyboardInterrupt:
            server.shutdown()


if __name__ == "__main__":
    main()
