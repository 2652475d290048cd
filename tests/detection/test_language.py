import pytest

from relhealth.detection.features import parse
from relhealth.detection.language import is_foreign


@pytest.mark.parametrize(
    "text",
    [
        "Mi pedido no ha llegado todavía",
        "¿Dónde está mi paquete?",
        "merci beaucoup",
        "Pouvez-vous m'aider s'il vous plaît ?",
        "Wo bleibt mein Paket, ich warte seit Montag",
        "Danke für die schnelle Hilfe",
        "Il mio ordine non è ancora arrivato",
        "Minha encomenda ainda não chegou",
        "Mijn pakket is nog steeds niet bezorgd",
        "Çok teşekkür ederim",
        "Pesanan saya belum sampai",
        "mera order abhi tak nahi aaya",
        "Dziękuję za pomoc",
        "Tack för hjälpen",
        "Salamat po sa tulong",
        "Заказ до сих пор не пришёл",
        "注文した商品がまだ届きません",
        "أين طلبي؟",
        "@brand 배송이 너무 늦어요",
    ],
)
def test_foreign(text: str) -> None:
    assert is_foreign(parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "ok thx",
        "",
        "@brand",
        "12345",
        "\U0001f602\U0001f602",
        "lol",
        "Where is my café order?",
        "Bonjour! Could you send us your order number please?",
        "The señorita at the desk in São Paulo was lovely",
        "pls fix asap",
        "No.",
        "Gracias, that fixed it for me!",
        "iPhone 7, 11.1",
    ],
)
def test_english_or_too_short_to_tell(text: str) -> None:
    assert not is_foreign(parse(text))
