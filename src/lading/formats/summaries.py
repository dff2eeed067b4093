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
    r"|\b(?:upgrade|workaround|by design|we recommend|advised to|you should (?:change|install|update))\b",
    re.IGNORECASE,
)
_PRODUCT: Final = re.compile(
    r"^(?!there\b)[\w@/.`'\"* -]{1,80}? (?:is|are) (?:an?|the|one of|designed|used|intended)\b", re.IGNORECASE
)
_TELLING: Final = re.compile(
    r"vulnerab|allow|attack|exploit|affect|before|prior to|through version|bypass|inject|overflow|crash|denial|leak"
    r"|expos|execut|insecure|malicious|arbitrary|disclos|travers|flaw|bug|issue|fail|incorrect|improper|missing|over-?read|out.of.bounds|after.free",
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
    """The first sentence that says something of a vulnerability, else the first that says neither what the product is
    nor what to do; the first of all where there is none."""
    sentences = [
        plain for one in _SENTENCE.findall(text.strip()[:_MOST_READ]) if (plain := _MARKUP.sub("", f"{one}\n").strip())
    ]
    others = [one for one in sentences if not (_PRODUCT.match(one) or _REMEDY.search(one))]
    telling = (one for one in others if _TELLING.search(one))
    return next(telling, (others or sentences or [""])[0])
