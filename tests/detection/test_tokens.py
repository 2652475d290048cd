import time

import pytest

from relhealth.detection.features import key_of, parse
from relhealth.detection.tokens import Kind, tokenise

FORMS = [
    ("Sorry for the DELAY!!", "sorry for the delay !+"),
    ("@kim Don\u2019t worry\u2026", "<at> don't worry \u2026"),
    ("so\u200brry, re\u00adfund", "sorry , refund"),
    ("\uff33\uff2f\uff32\uff32\uff39", "sorry"),
    ("soooooo goood", "soo good"),
    ("see https://example.org/a?b=c#d now", "see <url> now"),
    ("write to ann.lee@example.org", "write to ann . lee <mail>"),
    ("at 10:30, 4.99 or 7", "at #4 , #4 or #1"),
    ("really?!", "really ?+"),
    ("thanks :-) \U0001f602\U0001f602", "thanks :) \U0001f602"),
    ("On it! ^AB", "on it ! <sig>"),
    ("On it! -Ann https://example.org 1/2", "on it ! <sig> <url> #3"),
    ("I like it - but", "i like it - but"),
    ("ÉCOUTEZ", "écoutez"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "forms"), FORMS)
def test_forms(text: str, forms: str) -> None:
    assert " ".join(token.form for token in tokenise(text)) == forms


def test_tokens_keep_their_place() -> None:
    text = "Hi \U0001f602 so\u200brry! @kim https://example.org"
    assert [text[t.begin : t.end] for t in tokenise(text)] == [
        "Hi", "\U0001f602", "so\u200brry", "!", "@kim", "https://example.org",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "It works now, thanks.\n\nOn Tue, Ann wrote:\n> Please restart it.",
        "It works now, thanks.\n-- \nKim Lee\nHead of Works",
        "> Please restart it.\nIt works now, thanks.",
        "On Tue, Ann wrote:\n> Please restart it.\n\nIt works now, thanks.",
        "It works now, thanks.\nSent from my phone\nand more",
    ],
)
def test_quotes_and_footers_are_left_out(text: str) -> None:
    forms = [token.form for token in tokenise(text) if token.kind == Kind.WORD]
    assert forms == ["it", "works", "now", "thanks"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Sorry to hear. Can you DM us? ^JT", ["sorry to hear .", "can you dm us ? <sig>"]),
        ("a! b?? c\n\nd", ["a !", "b ?+", "c", "d"]),
        ("ok. :) https://example.org", ["ok . :) <url>"]),
        ("version a.b is out", ["version a . b is out"]),
        ("@kim", []),
        ("...", ["\u2026"]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [" ".join(t.form for t in s) for s in parse(text).sentences] == sentences


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "@",
        "\n",
        ":-",
        "\u200b",
        "http://",
        "!?",
        "1.",
        "a\u0430\u044f",
        "> a\n",
        "not ",
        "e\u0301",
    ],
)
def test_time_is_linear(unit: str) -> None:
    def seconds(length: int) -> float:
        start = time.process_time()
        parse(unit * (length // len(unit)))
        return time.process_time() - start

    seconds(10_000)
    assert seconds(400_000) < 40 * max(seconds(40_000), 0.02)


def test_keys_are_made_as_the_page_says() -> None:
    golden, whole = 0x9E3779B97F4A7C15, (1 << 64) - 1

    def stir(value: int, block: int) -> int:
        return (value ^ block) * golden & whole

    kind = stir(0, ord("1"))
    kind ^= kind >> 32
    word = stir(0, int.from_bytes(b"unanswer", "little"))
    word = stir(word ^ word >> 32, int.from_bytes(b"ed", "little"))
    key = stir(kind, word ^ word >> 32)
    assert key_of("1", "unanswered") == key >> 32 ^ key & 0xFFFFFFFF
    assert key_of("2", "a", "b") != key_of("2", "b", "a")
