"""Variants of messages: always the same, in other words or in part."""

from relhealth.training.variants import variant

TEXT = "@brand My parcel came late again, https://link tells me nothing"
PINNED = [
    "@brand My parcel came late again, https://link me nothing",
    "My parcel came tardy again, https://link",
    "@brand My parcel late again, https://link tells me nothing",
    "late again, https://link",
]
NEIGHBOURS = {"parcel": ("package",), "late": ("tardy", "delayed")}


def test_a_variant_is_always_the_same() -> None:
    # Pinned: a teacher's judgements are kept by the variant's number, not by its text.
    assert [variant(TEXT, number, NEIGHBOURS) for number in range(4)] == PINNED


def test_even_variants_are_whole_and_odd_ones_parts() -> None:
    whole = [variant(TEXT, number, {}).split() for number in range(0, 40, 2)]
    parts = [variant(TEXT, number, {}).split() for number in range(1, 40, 2)]
    words = len(TEXT.split())
    assert max(map(len, whole)) == words
    assert max(map(len, parts)) < words


def test_words_are_swapped_as_they_are_written_and_links_and_handles_never() -> None:
    swapped = {variant("Late @late late/late", n, {"late": ("tardy",)}) for n in range(0, 80, 2)}
    assert "Tardy @late late/late" in swapped
    assert not any("@tardy" in text or "/tardy" in text for text in swapped)


def test_something_is_always_left() -> None:
    assert all(variant("ok", number, {}) == "ok" for number in range(50))
    assert variant("", 0, {}) == ""
