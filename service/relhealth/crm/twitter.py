"""The Twitter support table: one row a public post, brands and customers in one column.

Columns as in the public "Customer Support on Twitter" table: ``tweet_id``, ``author_id``,
``inbound``, ``created_at``, ``text``, ``response_tweet_id``, ``in_response_to_tweet_id``. A post
that is not inbound is by a brand, whose name is its `author_id`; every pair of a customer and a
brand is a relationship.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC
from typing import ClassVar, Final

from relhealth.crm.adapter import Adapter, Desk
from relhealth.crm.gathering import Found
from relhealth.crm.records import Record
from relhealth.crm.report import Reject, Skip
from relhealth.crm.shape import flag_at, text_at
from relhealth.crm.stage import Staged
from relhealth.crm.times import from_iso, from_pattern
from relhealth.domain.vocabulary import Channel, Party

_TIME: Final = "%a %b %d %H:%M:%S %z %Y"
_MENTION: Final = re.compile(r"@(\w+)")
_CHANNEL: Final = Channel.SOCIAL_PUBLIC
_LONGEST_CHAIN: Final = 1_000


class Twitter(Adapter):
    """Public posts between brands and customers."""

    name: ClassVar[str] = "twitter"

    def stage(self, record: Record, desk: Desk) -> None:
        """Puts a post on the stage, and its author where that is a brand."""
        fields = record.fields
        tweet_id = text_at(fields, "tweet_id")
        inbound = flag_at(fields, "inbound")
        author = text_at(fields, "author_id")
        if tweet_id is None:
            desk.report.reject(record.place, "tweet_id", Reject.NO_ID, "tweet")
        elif author is None:
            desk.report.reject(record.place, "author_id", Reject.UNKNOWN_AUTHOR, "tweet")
        elif inbound is None:
            desk.report.reject(record.place, "inbound", Reject.UNKNOWN_DIRECTION, "tweet")
        else:
            parent = text_at(fields, "in_response_to_tweet_id")
            desk.stage.add("tweet", tweet_id, record.place, fields, parent=parent)
            if not inbound:
                desk.stage.add("brand", author.lower(), record.place, {"name": author})

    def found(self, desk: Desk) -> Iterator[Found]:
        """Every post of a customer to a brand, and of a brand to a customer."""
        wanted = None if desk.options.brand_id is None else desk.options.brand_id.lower()
        for tweet in desk.stage.all("tweet"):
            chain = _ancestors(tweet, desk)
            pairs = _pairs(tweet, chain, desk)
            if pairs is None:
                continue
            chosen = [pair for pair in pairs if wanted is None or pair[0].lower() == wanted]
            if not chosen:
                desk.skip(Skip.OTHER_PARTIES, tweet)
            for brand, customer in chosen:
                yield from _of_tweet(tweet, chain, brand, customer, desk)


def _of_tweet(
    tweet: Staged, chain: list[Staged], brand: str, customer: str, desk: Desk
) -> Iterator[Found]:
    fields = tweet.fields
    parent = text_at(fields, "in_response_to_tweet_id")
    yield from desk.message(
        tweet,
        customer,
        desk.time(tweet, "created_at", read=_moment),
        Party.CUSTOMER if flag_at(fields, "inbound") else Party.BRAND,
        desk.words(html.unescape(text_at(fields, "text") or ""), None, channel=_CHANNEL),
        brand_id=brand,
        sender_kind=desk.kind_of_sender(text_at(fields, "author_id")),
        channel=_CHANNEL,
        in_reply_to_id=None if parent is None else f"tweet:{parent}",
        thread_id=chain[-1].record_id if chain else tweet.record_id,
    )


def _moment(written: str) -> int:
    if written[:1].isdigit():
        return from_iso(written)
    return from_pattern(written, _TIME, UTC)


def _ancestors(tweet: Staged, desk: Desk) -> list[Staged]:
    """What a post answers, the nearest first."""
    chain: list[Staged] = []
    here = desk.stage.get("tweet", text_at(tweet.fields, "in_response_to_tweet_id"))
    while here is not None and len(chain) < _LONGEST_CHAIN:
        chain.append(here)
        here = desk.stage.get("tweet", text_at(here.fields, "in_response_to_tweet_id"))
    return chain


def _author(tweet: Staged) -> str:
    return text_at(tweet.fields, "author_id") or ""


def _pairs(tweet: Staged, chain: list[Staged], desk: Desk) -> list[tuple[str, str]] | None:
    """Brand and customer of each relationship that a post belongs to; None if rejected."""
    if not flag_at(tweet.fields, "inbound"):
        customer = next((_author(a) for a in chain if flag_at(a.fields, "inbound")), None)
        if customer is None:
            desk.reject(tweet, "in_response_to_tweet_id", Reject.NO_CUSTOMER)
            return None
        return [(_author(tweet), customer)]
    for post, parent in zip((tweet, *chain), (*chain, None), strict=True):
        brands = _brands_at(post, parent, desk)
        if brands:
            return [(brand, _author(tweet)) for brand in brands]
    desk.reject(tweet, "author_id", Reject.NO_BRAND)
    return None


def _brands_at(post: Staged, parent: Staged | None, desk: Desk) -> list[str]:
    """The brand that wrote or answered a post, else the first brand that it names."""
    if not flag_at(post.fields, "inbound"):
        return [_author(post)]
    answers = desk.stage.of("tweet", post.record_id)
    brands = sorted({_author(a) for a in answers if not flag_at(a.fields, "inbound")})
    if parent is not None and not flag_at(parent.fields, "inbound"):
        brands = sorted({*brands, _author(parent)})
    if brands:
        return brands
    for name in _MENTION.findall(text_at(post.fields, "text") or ""):
        brand = desk.stage.get("brand", name.lower())
        if brand is not None:
            return [text_at(brand.fields, "name") or name]
    return []
