from __future__ import annotations

from crm.support import import_of, us
from relhealth.crm.report import Reject
from relhealth.domain.vocabulary import Channel


def tweet(
    number: int, author: str, text: str, parent: int | None = None, *, minute: int | None = None
) -> dict[str, str]:
    row = {
        "tweet_id": str(number),
        "author_id": author,
        "inbound": str(author.isdigit()),
        "created_at": f"Fri Mar 01 10:{number if minute is None else minute:02}:00 +0000 2024",
        "text": text,
    }
    return row if parent is None else {**row, "in_response_to_tweet_id": str(parent)}


def test_each_pair_of_customer_and_brand_is_a_relationship() -> None:
    result = import_of(
        "twitter",
        tweet(1, "100", "@ShopHelp it is late &amp; lost"),
        tweet(2, "ShopHelp", "@100 sorry! DM us", 1),
        tweet(3, "100", "@ShopHelp done", 2),
        tweet(4, "200", "@ShopHelp me too", 2),
        tweet(5, "ShopHelp", "@200 DM us, too", 4),
        tweet(6, "AirHelp", "@300 hi", 7),
        tweet(7, "300", "@airhelp gate?"),
    )
    assert [(r.brand_id, r.customer_id) for r in result.relationships] == [
        ("AirHelp", "300"),
        ("ShopHelp", "100"),
        ("ShopHelp", "200"),
    ]
    assert result.texts("100") == [
        ("c", "@ShopHelp it is late & lost"),
        ("b", "@100 sorry! DM us"),
        ("c", "@ShopHelp done"),
    ]
    first, second, _ = result.of("100")
    assert first.channel is Channel.SOCIAL_PUBLIC
    assert first.sent_us == us("2024-03-01T10:01:00Z")
    assert second.in_reply_to_id == first.interaction_id
    assert result.of("200")[0].in_reply_to_id is None
    assert result.of("200")[0].thread_id == "1"


def test_an_unanswered_post_belongs_to_the_brand_that_it_names() -> None:
    result = import_of(
        "twitter",
        tweet(1, "100", "@nobody @shophelp anyone?"),
        tweet(2, "100", "still waiting", 1),
        tweet(3, "ShopHelp", "@500 hi", 4),
        tweet(4, "500", "hello"),
    )
    assert result.texts("100") == [("c", "@nobody @shophelp anyone?"), ("c", "still waiting")]


def test_a_named_brand_is_the_only_one_and_the_unjoinable_is_reported() -> None:
    rows = [
        tweet(1, "100", "@ShopHelp hi"),
        tweet(2, "ShopHelp", "hello", 1),
        tweet(3, "300", "@AirHelp hi"),
        tweet(4, "AirHelp", "hello", 3),
        tweet(5, "ShopHelp", "good morning everybody"),
        tweet(6, "400", "nice weather"),
    ]
    result = import_of("twitter", *rows, brand_id="shophelp")
    assert result.customers() == ["100"]
    assert result.rejected() == {
        (Reject.NO_CUSTOMER, "in_response_to_tweet_id"),
        (Reject.NO_BRAND, "author_id"),
    }
