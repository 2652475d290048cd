"""Write-back, against the documented shape of each system's update."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from relhealth.crm.fields import FieldValues, batches, changed, values_of_response
from relhealth.crm.systems import SYSTEMS, adapter_of
from relhealth.crm.writing_back import request_lines
from relhealth.domain.vocabulary import Band, Stance
from relhealth.errors import ConfigurationError, InvalidInputError

AS_OF = 1_709_287_200_000_000  # 2024-03-01T10:00:00Z
FAIR = FieldValues("41", 71.2, Band.FAIR, Stance.TRANSACTIONAL, AS_OF)
UNKNOWN = FieldValues("42", None, Band.INSUFFICIENT_EVIDENCE, Stance.UNKNOWN, AS_OF)
WRITABLE = ("chatwoot", "freshdesk", "hubspot", "intercom", "salesforce", "zendesk")


def bodies(system: str, *values: FieldValues) -> list[dict[str, Any]]:
    return [request.body for request in adapter_of(system).updates(values)]


def response(customer: str, health: float | None, as_of: str = "2024-03-01T10:00:00Z") -> str:
    known: dict[str, Any] = {"band": "BAND_INSUFFICIENT_EVIDENCE"}
    if health is not None:
        known = {"band": "BAND_FAIR", "estimate": {"value": health, "coverage": 0.5}}
    return json.dumps(
        {
            "customer_id": customer,
            "health": known,
            "stance": {"label": "STANCE_TRANSACTIONAL"},
            "as_of_time": as_of,
        }
    )


def test_hubspot_takes_strings_and_clears_with_an_empty_one() -> None:
    by_email = FieldValues("bo@x.example", 0.0, Band.BROKEN, Stance.OPTED_OUT, AS_OF)
    (body,) = bodies("hubspot", FAIR, UNKNOWN, by_email)
    assert body == {
        "inputs": [
            {
                "id": "41",
                "properties": {
                    "relhealth_health": "71.2",
                    "relhealth_band": "fair",
                    "relhealth_stance": "transactional",
                    "relhealth_as_of": "2024-03-01",
                },
            },
            {
                "id": "42",
                "properties": {
                    "relhealth_health": "",
                    "relhealth_band": "insufficient_evidence",
                    "relhealth_stance": "unknown",
                    "relhealth_as_of": "2024-03-01",
                },
            },
            {
                "id": "bo@x.example",
                "idProperty": "email",
                "properties": {
                    "relhealth_health": "0.0",
                    "relhealth_band": "broken",
                    "relhealth_stance": "opted_out",
                    "relhealth_as_of": "2024-03-01",
                },
            },
        ]
    }


def test_zendesk_takes_tags_for_drop_downs() -> None:
    (body,) = bodies("zendesk", FAIR, UNKNOWN)
    assert body["users"][0] == {
        "id": 41,
        "user_fields": {
            "relhealth_health": 71.2,
            "relhealth_band": "relhealth_band_fair",
            "relhealth_stance": "relhealth_stance_transactional",
            "relhealth_as_of": "2024-03-01",
        },
    }
    assert body["users"][1]["user_fields"]["relhealth_health"] is None


def test_intercom_takes_dates_in_seconds() -> None:
    first, second = adapter_of("intercom").updates([FAIR, UNKNOWN])
    assert (first.method, first.path) == ("PUT", "/contacts/41")
    assert first.body["custom_attributes"] == {
        "relhealth_health": 71.2,
        "relhealth_band": "fair",
        "relhealth_stance": "transactional",
        "relhealth_as_of_at": 1_709_287_200,
    }
    attributes = second.body["custom_attributes"]
    assert isinstance(attributes, dict)
    assert attributes["relhealth_health"] is None


def test_salesforce_takes_records_with_their_type() -> None:
    contact = FieldValues("0035e", 71.2, Band.FAIR, Stance.ENGAGED, AS_OF)
    account = FieldValues("0015e", None, Band.INSUFFICIENT_EVIDENCE, Stance.UNKNOWN, AS_OF)
    (body,) = bodies("salesforce", contact, account)
    assert body["allOrNone"] is False
    assert [r["attributes"]["type"] for r in body["records"]] == ["Contact", "Account"]
    assert [r["Relhealth_Health__c"] for r in body["records"]] == [71.2, None]
    assert body["records"][0]["Relhealth_As_Of__c"] == "2024-03-01"


@pytest.mark.parametrize(
    ("system", "path", "key"),
    [
        ("freshdesk", "/api/v2/contacts/41", "custom_fields"),
        ("chatwoot", "/api/v1/accounts/{account_id}/contacts/41", "custom_attributes"),
    ],
)
def test_one_contact_a_request(system: str, path: str, key: str) -> None:
    first, second = adapter_of(system).updates([FAIR, UNKNOWN])
    assert (first.method, first.path) == ("PUT", path)
    assert first.body[key] == {
        "relhealth_health": 71.2,
        "relhealth_band": "fair",
        "relhealth_stance": "transactional",
        "relhealth_as_of": "2024-03-01",
    }
    cleared = second.body[key]
    assert isinstance(cleared, dict)
    assert cleared["relhealth_health"] is None


@pytest.mark.parametrize("system", ["intercom", "freshdesk", "chatwoot"])
def test_an_id_is_one_part_of_the_path_whatever_it_holds(system: str) -> None:
    odd = replace(FAIR, customer_id="../users/1?role=admin")
    (request,) = adapter_of(system).updates([odd])
    assert request.path.endswith("/contacts/..%2Fusers%2F1%3Frole%3Dadmin")
    assert request.customer_ids == (odd.customer_id,)


@pytest.mark.parametrize("system", WRITABLE)
def test_nothing_is_ever_written_as_0_for_what_is_not_known(system: str) -> None:
    customer = FieldValues("0035e" if system == "salesforce" else "42", None, UNKNOWN.band,
                           UNKNOWN.stance, AS_OF)  # fmt: skip
    text = json.dumps(bodies(system, customer))
    assert '"relhealth_health": 0' not in text.lower()


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_writes_back_or_says_that_it_cannot(system: str) -> None:
    adapter = adapter_of(system)
    if system in WRITABLE:
        assert adapter.batch_size >= 1
    else:
        with pytest.raises(ConfigurationError):
            list(request_lines(adapter, [response("41", 71.2)], {}))


def test_only_a_changed_score_is_written_again() -> None:
    written: dict[str, str] = {}
    adapter = adapter_of("hubspot")
    first = list(request_lines(adapter, [response("41", 71.23), response("42", None)], written))
    assert json.loads(first[0])["customer_ids"] == ["41", "42"]
    later = "2024-04-01T00:00:00Z"
    same = [response("41", 71.21, later), response("42", None, later)]
    assert list(request_lines(adapter, same, written)) == []
    moved = list(request_lines(adapter, [response("41", 71.3, later), same[1]], written))
    assert [json.loads(line)["customer_ids"] for line in moved] == [["41"]]


def test_the_same_scores_give_the_same_requests() -> None:
    for system in WRITABLE:
        prefix = "003" if system == "salesforce" else ""
        lines = [response(f"{prefix}41", 71.2), response(f"{prefix}42", None)]
        once = list(request_lines(adapter_of(system), lines, {}))
        assert once == list(request_lines(adapter_of(system), lines, {}))


def test_batches_hold_no_more_than_the_api_takes_and_each_customer_once() -> None:
    many = [FieldValues(str(n), 50.0, Band.FAIR, Stance.ENGAGED, AS_OF) for n in range(250)]
    assert [len(batch) for batch in batches(many, 100)] == [100, 100, 50]
    later = FieldValues("41", 10.0, Band.BROKEN, Stance.ENGAGED, AS_OF + 1)
    assert list(batches([later, FAIR], 100)) == [[later]]
    assert list(changed([FAIR], {"41": FAIR.fingerprint})) == []


def test_a_response_without_what_is_needed_is_refused_by_name() -> None:
    assert values_of_response(json.loads(response("41", 71.26))).health == 71.3
    with pytest.raises(InvalidInputError, match=r"health\.band"):
        values_of_response({"customer_id": "41"})
