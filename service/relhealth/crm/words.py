"""What somebody wrote: text out of HTML, without the quoted conversation and the signature.

selectolax reads HTML, mail-parser-reply finds quotes and signatures; what is added here are the
containers that mail programs put quotes into, and guards against cutting somebody's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mailparser_reply import EmailMessage
from selectolax.lexbor import LexborHTMLParser, LexborNode

from relhealth.wire.limits import DEFAULT_LIMITS

_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "cs")
# Letters begin with a line that is not shown, for the list of a mailbox.
_UNSEEN: Final = (
    "head, script, style, title, template, noscript, [hidden], [aria-hidden=true], "
    "[style*='display:none' i], [style*='display: none' i]"
)
# How Gmail, Apple Mail, Thunderbird, Yahoo, Outlook, Proton, Front, Freshdesk and Zendesk mark
# the conversation that a reply repeats, and the signatures that they add. Only selectors that
# look at one element: those that look around take quadratic time.
_QUOTED: Final = (
    "blockquote.gmail_quote, .gmail_attr, .gmail_signature, blockquote[type=cite], "
    ".moz-cite-prefix, .moz-signature, .yahoo_quoted, #OLK_SRC_BODY_SECTION, "
    "#mail-editor-reference-message-container, #Signature, .ms-outlook-mobile-signature, "
    ".protonmail_quote, .protonmail_signature_block, .freshdesk_quote, .front-blockquote, "
    ".front-signature, .zd-quoted, .intercom-quote"
)
# Outlook marks where the conversation begins.
_FROM_HERE_ON: Final = "#divRplyFwdMsg, #appendonsend"
_BLOCKS: Final = frozenset(
    {"p", "div", "li", "tr", "ul", "ol", "table", "pre", "blockquote", "section", "article", "hr"}
    | {f"h{level}" for level in range(1, 7)}
)
# Elements that are not closed by what follows them.
_NESTING: Final = re.compile(
    r"<(/?)(?:div|blockquote|section|article|center|ul|ol|dl|form|fieldset|header|footer|main|nav"
    r"|aside|figure|figcaption|details|summary|dialog|menu|pre|address|dir)\b[^<>]*>?",
    re.IGNORECASE,
)
_DEEPEST: Final = 500
_CELLS: Final = frozenset({"td", "th"})
_LONGEST_EMOJI: Final = 12
_REPLY_MARKER: Final = re.compile(
    r"^.{0,8}(?:please type your reply above this line|reply above this line"
    r"|write above this line).{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
# What stands above a forwarded mail; what follows is somebody else's.
_FORWARDED: Final = re.compile(
    r"^(?:-{2,} ?forwarded message ?-{2,}|begin forwarded message:).*",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
# The line above a quote, broken in two where it was long.
_BROKEN_HEADER: Final = re.compile(
    r"^(On|Am|Le|El|Il|Op|Den)((?: \S+){2,20})\n((?:\S+ ){0,8}"
    r"(?:wrote|schrieb[^\n:]{0,60}|écrit|escribió|scritto|schreef[^\n:]{0,60}|skrev) ?:)$",
    re.MULTILINE,
)
_QUOTE_HEADER: Final = re.compile(
    r"^(?:On|Am|Le)\b[^\n]{0,200}\d[^\n]{0,200}\b(?:wrote|schrieb[^\n:]{0,60}|écrit) ?:\n(?=\n?>)",
    re.MULTILINE,
)
# A paragraph that is a lawyer's, not the sender's: it names the mail and who may read it.
_DISCLAIMER: Final = re.compile(
    r"^\W{0,3}(?:this|the (?:information|contents?)|if you)\b"
    r"(?=.*\b(?:e-?mail|message|communication)\b)"
    r"(?=.*\b(?:confidential|privileged)\b)(?=.*\b(?:recipients?|addressee|to whom)\b)",
    re.IGNORECASE | re.DOTALL,
)
_WHITESPACE: Final = re.compile(r"\s+")
_SPACES: Final = re.compile(r"[^\S\n]+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
# Nothing to see, marks of direction included.
_ZERO_WIDTH: Final = dict.fromkeys(
    map(ord, "\u200b\u200c\u200e\u200f\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e")
)
_DELIMITER: Final = re.compile(r"(?:--|__)\s*(?:\n|$)|sent from|get outlook", re.IGNORECASE)
_LONG_LINE: Final = 300
_LONG_SIGNATURE_LINE: Final = 70
_MAX_SIGNATURE_LINES: Final = 12


def from_html(html: str, *, cut_quotes: bool = False) -> str:
    """The readable text of HTML, one line a block; with `cut_quotes` without quoted replies."""
    tree = LexborHTMLParser(_flattened(html))
    if tree.body is None:
        return ""
    # The tree is only read: removing a node frees its children, which may be in the list, too.
    left_out = {n.mem_id for n in tree.css(_UNSEEN)}
    if cut_quotes:
        left_out |= {n.mem_id for n in tree.css(_QUOTED)} | _in_gmail(tree)
        for mark in tree.css(_FROM_HERE_ON):
            left_out |= _following(mark, left_out)
    return tidy("".join(_pieces(tree.body, left_out)))


def _flattened(html: str) -> str:
    """HTML without the tags that are nested deeper than in anybody's mail; their text stays.

    The parser takes quadratic time in the depth.
    """
    if html.count("<") < _DEEPEST:
        return html
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        closes = tag.group(1) == "/"
        depth = max(depth - 1, 0) if closes else depth + 1
        return "" if depth + closes > _DEEPEST else tag.group()

    return _NESTING.sub(kept, html)


def _following(mark: LexborNode, known: set[int]) -> set[int]:
    """A mark and what comes after it among its siblings, as far as that is not known yet."""
    found = {mark.mem_id}
    here = mark.next
    while here is not None and here.mem_id not in known:
        found.add(here.mem_id)
        here = here.next
    return found


def _in_gmail(tree: LexborHTMLParser) -> set[int]:
    """Gmail's divisions that hold nobody's answers.

    One holds a forwarded mail, which may quote others in turn, or a whole quote, or the quotes of
    a reply and the answers between them.
    """
    with_quotes: set[int] = set()
    for quote in tree.css("blockquote.gmail_quote"):
        here = quote.parent
        while here is not None and here.mem_id not in with_quotes:
            with_quotes.add(here.mem_id)
            here = here.parent
    found = {n.mem_id for n in tree.css(".gmail_quote") if n.mem_id not in with_quotes}
    for header in tree.css(".gmail_attr"):
        if header.parent is not None and _FORWARDED.search(header.text(deep=False).strip()):
            found.add(header.parent.mem_id)
    return found


def _pieces(body: LexborNode, left_out: set[int]) -> Iterator[str]:
    """The text in document order, a line end before and after each block."""
    waiting: list[LexborNode | str] = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif node.mem_id in left_out:
            continue
        elif node.is_text_node:
            yield _WHITESPACE.sub(" ", node.text_content or "")
        else:
            edge = "\n" if node.tag in _BLOCKS else " " if node.tag in _CELLS else ""
            yield "\n" if node.tag == "br" else edge
            if node.tag == "img":
                yield _emoji(node)
            waiting.append(edge)
            waiting.extend(reversed(list(node.iter(include_text=True))))


def _emoji(image: LexborNode) -> str:
    """What an image says that stands for a sign; names and descriptions of others are no words."""
    said = (image.attributes.get("alt") or "").strip()
    is_sign = len(said) <= _LONGEST_EMOJI and not any(s.isalnum() or s.isascii() for s in said)
    return said if is_sign else ""


def tidy(text: str) -> str:
    """The same words with Unix line ends, single spaces and at most one blank line in a row."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    text = _SPACES.sub(" ", text.translate(_ZERO_WIDTH))
    lines = "\n".join([line.strip() for line in text.split("\n")])
    return _BLANK_LINES.sub("\n\n", lines).strip()


def own_words(text: str) -> str:
    """A mail's new text: quoted replies, signature and disclaimer cut.

    A sign-off that is followed by sentences is no signature and stays.
    """
    text = tidy(text)
    marker = _REPLY_MARKER.search(text)
    if marker is not None:
        text = text[: marker.start()].rstrip()
    text = _FORWARDED.sub("", text).rstrip()
    if "\n" not in text:
        return "" if text.startswith(">") else text  # one line is nobody's quote and no signature
    # The patterns take quadratic time in the length of a line: they see tokens for long ones.
    shortened, long_lines = _without_long_lines(_without_disclaimer(text))
    shortened = _BROKEN_HEADER.sub(r"\1\2 \3", shortened)
    parsed = EmailMessage(text=shortened, languages=list(_LANGUAGES), keep_hyphen_lists=True)
    reply = parsed.read().replies[0]
    words = reply.content
    for disclaimer in reply.disclaimers or []:
        words = words.replace(disclaimer, "")
    if reply.signatures and _is_signature(reply.signatures):
        words = words.replace(reply.signatures, "")
    # Answers between the quotes leave the line above the first quote.
    lines = _QUOTE_HEADER.sub("", words).split("\n")
    kept = [line for line in lines if not line.startswith(">")]
    return tidy(_with_long_lines("\n".join(kept), long_lines))


def limited(text: str) -> str:
    """The text as far as the contract's limit goes."""
    return text[: DEFAULT_LIMITS.text_characters]


def _without_disclaimer(text: str) -> str:
    *before, last = text.rpartition("\n\n")
    return before[0] if before[0] and _DISCLAIMER.search(last) else text


def _is_signature(block: str) -> bool:
    lines = [line for line in block.split("\n") if line]
    if _DELIMITER.match(block):
        return True
    return len(lines) <= _MAX_SIGNATURE_LINES and all(
        len(line) <= _LONG_SIGNATURE_LINE and not line.endswith(("?", "!", "."))
        for line in lines[1:]
    )


def _without_long_lines(text: str) -> tuple[str, list[str]]:
    long_lines: list[str] = []
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if len(line) > _LONG_LINE:
            lines[index] = f"\ue000{len(long_lines)}\ue001"
            long_lines.append(line)
    return "\n".join(lines), long_lines


def _with_long_lines(text: str, long_lines: list[str]) -> str:
    for index, line in enumerate(long_lines):
        text = text.replace(f"\ue000{index}\ue001", line)
    return text
