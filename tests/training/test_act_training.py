"""Training on made sentences: it learns, repeats itself, and agrees with the reference."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from relhealth.cli import main
from relhealth.detection.features import parse
from relhealth.detection.reference import Scorer
from relhealth.domain.vocabulary import Party
from relhealth.errors import ArtefactError, ConfigurationError, InvalidInputError
from relhealth.models.act_detector import load_detector, load_weights
from relhealth.training.adapt import adapt
from relhealth.training.arrays import SideArrays
from relhealth.training.artefact import write_detector
from relhealth.training.calibration import sigmoid
from relhealth.training.dataset import Dataset
from relhealth.training.detector import train_detector
from relhealth.training.evaluate import compare, table
from relhealth.training.matrix import corpus
from relhealth.training.messages import LabelledMessage, labels, read_messages
from relhealth.training.recipe import Recipe
from relhealth.training.train import Examples, Fit, fit_examples, message_logits

SUBJECTS = ["the delay", "the mess", "the long wait", "the noise", "the mix-up", "the trouble"]
RECIPE = Recipe(least=2, iterations=30, penalty=1.0, parts={"a": 0, "b": 1}, folds=2)


def message(place: int, text: str, *acts: str, party: Party = Party.BRAND) -> LabelledMessage:
    source = "a" if place % 2 else "b"
    return LabelledMessage(f"{party.name}{place}", party, text, frozenset(acts), source, "own")


def made() -> tuple[LabelledMessage, ...]:
    rows = []
    for place, subject in enumerate(SUBJECTS * 3):
        rows.append(message(4 * place, f"We are sorry about {subject}.", "apology"))
        rows.append(message(4 * place + 1, f"What caused {subject}?", "question"))
        rows.append(message(4 * place + 2, f"Ouch, {subject}. Sorry about that!", "apology"))
        rows.append(message(4 * place + 3, f"You reported {subject}."))
        rows.append(message(place, f"Thanks, {subject} is gone", "gratitude", party=Party.CUSTOMER))
        rows.append(message(place + 50, f"{subject} again", "complaint", party=Party.CUSTOMER))
    return tuple(rows)


def trained(tmp_path: Path) -> Path:
    dataset = Dataset(made(), {}, {}, ())
    write_detector(tmp_path, train_detector(dataset, RECIPE, "test"), [])
    return tmp_path


def test_the_same_messages_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = trained(tmp_path / "one"), trained(tmp_path / "two")
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in two.iterdir())
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


def test_it_learns_what_the_messages_say(tmp_path: Path) -> None:
    detector = load_detector(trained(tmp_path))
    (comparison, _) = compare(detector, made(), made())
    score = comparison.detector.acts["apology"]
    assert score.support == 36
    assert score.average_precision == pytest.approx(1.0)
    assert comparison.detector.acts["promotion"].f1 is None
    assert set(comparison.rivals) == {"tfidf", "keywords"}
    assert "| apology | 36 |" in table(comparison)


def test_training_and_serving_score_alike(tmp_path: Path) -> None:
    side = load_weights(trained(tmp_path)).sides[Party.BRAND]
    texts = [
        "We are sorry about the delay. What caused it?",
        "Sorry! :) https://a.example",
        "Hm",
    ]
    given = SideArrays.of(side)
    fitted = Fit(given.keys, given.weights * given.scales, given.biases)  # type: ignore[arg-type]
    logits = message_logits(fitted, corpus(texts))
    served = [Scorer(side).probabilities(parse(text)) for text in texts]
    assert np.abs(sigmoid(given.slopes * logits + given.offsets) - np.array(served)).max() < 1e-7


def test_features_that_weigh_next_to_nothing_are_left_out() -> None:
    brand = [m for m in made() if m.party == Party.BRAND]
    texts = corpus([m.text for m in brand])
    given = Examples(texts, labels(brand, Party.BRAND), np.ones(len(brand)))
    whole = fit_examples(given, replace(RECIPE, smallest=0.0))
    pruned = fit_examples(given, replace(RECIPE, smallest=0.5))
    kept = np.abs(whole.weights).max(axis=1) >= 0.5
    assert 0 < kept.sum() < len(kept)
    assert np.array_equal(pruned.keys, whole.keys[kept])
    assert np.array_equal(pruned.weights, whole.weights[kept])


def test_adapting_gains_on_held_out_messages(tmp_path: Path) -> None:
    weights = load_weights(trained(tmp_path))
    own = tuple(
        message(place, f"Our bad about {subject}, number {place}.", "ownership")
        if place % 2
        else message(place, f"Number {place} has {subject} on file.")
        for place, subject in enumerate(SUBJECTS * 10)
    )
    adapted, (gain,) = adapt(weights, own, RECIPE, "own")
    assert gain.messages == 60
    assert gain.micro_f1_after > gain.micro_f1_before + 0.3
    assert adapted.sides[Party.CUSTOMER] is weights.sides[Party.CUSTOMER]


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    folder = trained(tmp_path)
    path = folder / "brand.json"
    path.write_text(path.read_text().replace("apology", "apologie"))
    with pytest.raises(ArtefactError, match=r"brand\.json"):
        load_detector(folder)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    folder = trained(tmp_path)
    (folder / "customer.weights.i16").unlink()
    with pytest.raises(ArtefactError, match=r"customer\.weights\.i16"):
        load_detector(folder)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"sender": "SENDER_BRAND", "text": 5, "acts": []}, "text"),
        ({"sender": "SENDER_BOT", "text": "hi", "acts": []}, "sender"),
        ({"sender": "SENDER_BRAND", "text": "hi", "acts": ["praise"]}, "acts"),
        ({"sender": "SENDER_BRAND", "text": "hi", "acts": [["help"]]}, "acts"),
    ],
)
def test_a_line_that_is_no_labelled_message_is_named(
    tmp_path: Path, row: dict[str, object], field: str
) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(json.dumps({"sender": "SENDER_BRAND", "text": "hi", "acts": []}) + "\n")
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")
    with pytest.raises(InvalidInputError, match=f"own.jsonl:2.{field}"):
        read_messages(path)


def test_a_line_ends_at_its_line_feed_alone(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    said = "one\u2028two\x85three"
    row = {"sender": "SENDER_BRAND", "text": said, "acts": ["help"]}
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n\n", encoding="utf-8")
    assert [message.text for message in read_messages(path)] == [said]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes('{"text": "é"}'.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"latin\.jsonl: is not UTF-8"):
        read_messages(latin)
    with pytest.raises(ConfigurationError, match=r"gone\.jsonl: No such file"):
        read_messages(tmp_path / "gone.jsonl")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("train", "--output", "{}/model", "--data", "{}/few.jsonl"), "of neither side"),
        (("evaluate", "{}/none.jsonl"), "holds no messages"),
        (("card", "--model", "{}"), "has no model card"),
    ],
)
def test_nothing_to_work_on_ends_with_two(
    arguments: tuple[str, ...],
    complaint: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "few.jsonl").write_text('{"sender": "SENDER_BRAND", "text": "Hi", "acts": []}\n')
    (tmp_path / "none.jsonl").touch()
    assert main(["model", *[argument.format(tmp_path) for argument in arguments]]) == 2
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
