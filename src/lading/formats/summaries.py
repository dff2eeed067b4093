"""Titles out of what upstreams write."""

import re
from typing import Final

_MOST_READ: Final = 2000
_SENTENCE: Final = re.compile(
    r"(?=\S)(.+?)(?:(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)(?=\s)|\n\s*\n|$)", re.DOTALL
)
_MARKUP: Final = re.compile(r"^(?:#+[^\n]*\n|[*>-] )+\s*")
_REMEDY: Final = re.compile(
    r"\b(?:we|issue|vulnerability|bug|flaw|problem|this)\b[^.]{0,30}"
    r" (?:have|has been|is|was|were) (?:patched|fixed|resolved|addressed)"
    r"|\b(?:upgrade|workaround|by design|we recommend|advised to)\b",
    re.IGNORECASE,
)
_PRODUCT: Final = re.compile(
    r"^[\w@/.`'\"* -]{1,80}? (?:is|are) (?:an?|the|one of|designed|used|intended)\b", re.IGNORECASE
)
_TELLING: Final = re.compile(
    r"vulnerab|allow|attack|exploit|affect|before|prior to|through version|bypass|inject|overflow|crash|denial|leak"
    r"|expos|execut|insecure|malicious|arbitrary|disclos|travers|flaw|bug|issue|fail|incorrect|improper|missing",
    re.IGNORECASE,
)


def short(text: str, most: int) -> str:
    """A text on one line of at most `most` characters, cut between words."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[:most]
    head, space, _ = cut.rpartition(" ")
    return f"{(head if space and len(head) > most // 2 else cut[:-1]).rstrip(' ,;:-')}…"


def telling_sentence(text: str) -> str:
    """The first sentence that says something of a vulnerability, not what the product is; the first of all where none
    does."""
    sentences = [
        plain for one in _SENTENCE.findall(text.strip()[:_MOST_READ]) if (plain := _MARKUP.sub("", f"{one}\n").strip())
    ]
    telling = (one for one in sentences if _TELLING.search(one) and not (_PRODUCT.match(one) or _REMEDY.search(one)))
    return next(telling, sentences[0] if sentences else "")
