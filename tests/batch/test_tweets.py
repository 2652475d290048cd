"""The public support table: who belongs to whom."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relhealth.cli import main

HEADER = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"


def tweet(number: int, author: str, text: str, parent: int | str = "") -> str:
    inbound = author.isdigit()
    time = f"Tue Oct 31 22:{number:02d}:00 +0000 2017"
    return f'{number},{author},{inbound},{time},"{text}",,{parent}\n'


def scored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *tweets: str
) -> tuple[set[tuple[str, str]], str]:
    source = tmp_path / "twcs.csv"
    source.write_text(HEADER + "".join(tweets))
    output = tmp_path / "out.jsonl"
    assert main(["score", str(source), "--twitter-support", "--output", str(output)]) == 0
    found = [json.loads(line) for line in output.open()]
    return {(row["brand_id"], row["customer_id"]) for row in found}, capsys.readouterr().err


def test_replies_decide_who_belongs_to_whom(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, notes = scored(
        tmp_path,
        capsys,
        tweet(1, "100", "my phone is broken"),
        tweet(2, "PhoneCare", "Sorry to hear that. Which model?", 1),
        tweet(3, "PhoneCare", "And since when?", 2),
        tweet(4, "100", "the blue one", 3),
        tweet(5, "200", "@phonecare hello, anybody?"),
        tweet(6, "200", "nobody there", 5),
        tweet(7, "300", "nice weather"),
        tweet(8, "PhoneCare", "Our new phone is out!"),
        tweet(9, "400", "@PhoneCare or @NetCare, who helps?"),
        tweet(10, "NetCare", "We do. What is wrong?", 9),
        tweet(11, "PhoneCare", "Happy to help as well", 9),
    )
    assert found == {
        ("PhoneCare", "100"),
        ("PhoneCare", "200"),
        ("PhoneCare", "400"),
        ("NetCare", "400"),
    }
    assert "2 tweets belong to no relationship" in notes


def test_a_reply_to_a_tweet_that_is_missing_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, notes = scored(
        tmp_path,
        capsys,
        tweet(1, "Care", "We are on it", 99),
        tweet(2, "5", "@care help me, please"),
    )
    assert found == {("Care", "5")}
    assert "1 tweets belong to no relationship" in notes
