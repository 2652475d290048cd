"""Is it English? A small recogniser by common words and letters; in doubt, yes.

Reading another language with English weights gives wrong acts, so such a text gives none. The
test asks for clear evidence: a text without any ("ok thx", an order number) counts as English.
"""

from __future__ import annotations

from typing import Final

from relhealth.detection.features import Message
from relhealth.detection.tokens import Kind, Token

# Words that are frequent in one of these languages and hardly occur in English messages. Words of
# both (die, me, no, on, come, son, met, van, ya, tag) are absent.
FOREIGN_WORDS: Final = frozenset(
    # Spanish, Portuguese, Catalan, Galician
    "el los del una unos unas que por para pero como cuando donde muy más mas está están "
    "estoy esta este esto tengo tiene hace hacer puedo puede quiero necesito gracias hola buenos "
    "buenas días dias tarde ayuda ustedes usted su sus les nos nada todo todos siempre "
    "nunca también tambien sobre hasta desde porque según servicio pedido cuenta "
    "não nao uma umas meu minha seu sua você voce vocês voces estou isso isto obrigado "
    "obrigada muito bem ainda quando onde quero preciso já fazer tem são foi ser ao pelo pela "
    "olá bom boa dia ajuda comprei vcs "
    # French
    "les des du une est je tu elle nous vous ils mes votre vos notre nos avec "
    "sans dans sur mais donc ou où qui quoi pourquoi très merci bonjour bonsoir salut "
    "svp jamais toujours rien encore depuis suis êtes êtes c'est j'ai n'est qu'il d'un d'une pas "
    "été cette ce ces aux au peux pouvez voudrais commande compte chez "
    # German, Dutch
    "der das und ich du sie wir ihr nicht kein keine ein eine einen einem einer mit für fuer "
    "auf von zu zum zur bei nach seit über ueber wenn aber oder weil dass wie wer warum "
    "bitte danke hallo guten ist sind habe haben wird werden kann können koennen "
    "mein meine meinen euch euer noch schon immer mehr sehr auch nur heute gestern morgen "
    "het een je jij hij zij wij jullie niet geen voor naar bij uit maar omdat "
    "waarom hoe waar wanneer dank bedankt goedemorgen mijn jouw heb heeft hebben kan kunnen zijn "
    "wordt nog altijd ook graag alstublieft aub bestelling "
    # Italian, Romanian
    "gli della delle dello degli dei nel nella sono sei siamo siete hanno hai che chi "
    "perché perche quando dove questo questa molto grazie ciao buongiorno buonasera "
    "anche ancora sempre mai tutto tutti mio vostro vostra posso potete vorrei più "
    "și si nu este sunt pentru cu sau dar când unde cum mulțumesc multumesc bună buna vă rog "
    # Scandinavian
    "och jag det att inte är på som har för av ett vi kan tack hej varför när "
    "jeg ikke på hva hvordan hvorfor når takk hei tak vil skal mig deg dere jeres mitt "
    # Polish, Czech, Finnish, Hungarian, Turkish
    "nie się sie jest są jestem że ze dlaczego kiedy gdzie jak dziękuję dziekuje dzień "
    "dobry proszę prosze mój moja jsem není prosím děkuji dobrý proč kdy kde "
    "ja ei kiitos hyvää miksi missä minun teidän mutta että voi olen onko vielä "
    "és nem egy hogy köszönöm miért mikor hol kérem vagyok "
    "bir bu için icin ile neden nasıl nasil teşekkürler tesekkurler merhaba lütfen lutfen "
    "değil degil yok var mı siz çok cok "
    # Indonesian, Malay, Tagalog, Hindi and Urdu in Latin letters, Swahili
    "yang dari untuk dengan tidak tak saya kamu anda kami ini itu sudah belum bisa "
    "apa kenapa bagaimana terima kasih tolong mohon selamat pagi siang malam gak nggak aja kak "
    "ang mga ng ako ikaw kayo namin natin hindi opo salamat bakit paano kailan wala lang "
    "hai hain hoon nahi nahin mera meri kya kyun kyu kab kaise aap aapka aapki mujhe "
    "karo kar raha rahi rahe bhai abhi bahut acha accha kripya dhanyavaad woh "
    "wa kwa habari asante tafadhali sana yangu".split()
)
ENGLISH_WORDS: Final = frozenset(
    "the and you your i i'm i've my we our us it it's is are was were be been to of in for on with "
    "at this that these those not no don't can can't could would will won't have has had do does "
    "did didn't what when where why how who please thanks thank sorry help but so if or as from "
    "there here just still now get got me they them he she an a hello hi hey all any more out up "
    "about than then yes ok okay again back after before good great bad new one".split()
)

_LATIN_END: Final = 0x250
_ACCENTED: Final = 0xDF


def is_foreign(message: Message) -> bool:
    """Whether a message is clearly not English.

    A common word counts two points for its language's side, an accented word one for the foreign
    side. Foreign is a text mostly in other letters than Latin ones, or one with more foreign than
    English points and at least three of them; in up to four words without an English one, two do.
    """
    words = [
        token for sentence in message.sentences for token in sentence if token.kind == Kind.WORD
    ]
    letters = sum(len(token.form) for token in words)
    if 2 * sum(_other_letters(token) for token in words) > letters:
        return True
    foreign = sum(_points(token) for token in words)
    english = sum(2 for token in words if token.form in ENGLISH_WORDS)
    enough = 2 if len(words) <= _SHORT and not english else 3
    return foreign >= enough and foreign > english


_SHORT: Final = 4


def _other_letters(token: Token) -> int:
    return sum(ord(letter) >= _LATIN_END for letter in token.form)


def _points(token: Token) -> int:
    if token.form in FOREIGN_WORDS:
        return 2
    return int(any(_ACCENTED <= ord(letter) < _LATIN_END for letter in token.form))
