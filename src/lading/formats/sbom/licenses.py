"""Licences as packages declare them, in SPDX's words.

Sources: SPDX 2.3, annex D (expressions) and the SPDX licence list (through license-expression, which is imported only
when it is used); Debian's machine-readable copyright format; Fedora's and Alpine's older short names; Python's
classifiers; "Writing R Extensions" 1.1.2; Cargo's old `MIT/Apache-2.0`.
"""

import re
from functools import cache, lru_cache
from typing import Any

_LONGEST = 1000
_ALIASES = {
    "0bsd": "0BSD", "afl 2.1": "AFL-2.1", "apache 2": "Apache-2.0", "apache 2.0": "Apache-2.0",
    "apache software 2.0": "Apache-2.0", "apache2": "Apache-2.0", "asl 1.1": "Apache-1.1", "asl 2.0": "Apache-2.0",
    "boost": "BSL-1.0", "boost 1.0": "BSL-1.0", "bsd 2 clause simplified": "BSD-2-Clause", "bsd new": "BSD-3-Clause",
    "bsd simplified": "BSD-2-Clause", "cc0": "CC0-1.0", "cc0 1.0 universal": "CC0-1.0", "eclipse public 1.0": "EPL-1.0",
    "eclipse public 2.0": "EPL-2.0", "expat": "MIT", "freebsd": "BSD-2-Clause", "gpl+": "GPL-1.0-or-later",
    "isc iscl": "ISC", "mit expat": "MIT", "mit mit": "MIT", "modified bsd": "BSD-3-Clause",
    "mozilla public 1.1": "MPL-1.1", "mozilla public 2.0": "MPL-2.0", "mozilla public 2.0 mpl 2.0": "MPL-2.0",
    "mpl 2": "MPL-2.0", "mpl2.0": "MPL-2.0", "new bsd": "BSD-3-Clause", "openldap": "OLDAP-2.8", "psf": "PSF-2.0",
    "psf 2": "PSF-2.0", "psfl": "PSF-2.0", "python software foundation": "PSF-2.0", "sil open font 1.1": "OFL-1.1",
    "simplified bsd": "BSD-2-Clause", "universal permissive 1.0": "UPL-1.0", "vim": "Vim", "zlib libpng": "Zlib",
    "zope public": "ZPL-2.1",
}  # fmt: skip
_EMPTY_WORDS = re.compile(r"\b(?:the|licen[cs]es?|version)\b|v(?=\d)")
_OTHER_MARKS = re.compile(r"[^a-z0-9.+]+")
_GNU = re.compile(r"(?:gnu )?([al]?gpl|gfdl) ?([123])(?:\.([0-3]))?(?:\.0)? ?(\+|or later|only)?")
_PHRASES = (
    (re.compile(r" [|+] file LICEN[CS]E$"), ""),  # R
    (re.compile(r"(?i)\b([AL]?GPL) \(>= ?(\d(?:\.\d)?)\)"), r"\1-\2+"),  # R
    (re.compile(r"(?i)GNU [^()]*\(([AL]?GPL ?v?\d[^()]*)\)"), r"\1"),  # "GNU General Public License v3 (GPLv3)"
    (
        re.compile(
            r"(?i)\b([AL]?GPL|GFDL)[ -]?(?:version |v)?(\d(?:\.\d)?),? "
            r"\(?or \(?(?:at your option\)? )?(?:any )?(?:later|newer)(?: version)?\)?"
        ),
        r"\1-\2+",
    ),
)
"""What is said with the words that are operators elsewhere."""
_OPERATORS = re.compile(r"(\(|\)|\s+(?:and|or|with)\s+|\s*[/|]\s*)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def spdx_expression(text: str) -> str:
    """The SPDX expression that a declared licence means; empty when that cannot be told for certain ("BSD")."""
    if not text.strip() or len(text) > _LONGEST:
        return ""
    for pattern, replacement in _PHRASES:
        text = pattern.sub(replacement, text.strip())
    return _parsed(_identifier(text) or " ".join(_part(part) for part in _OPERATORS.split(text) if part.strip()))


def is_listed(identifier: str) -> bool:
    """Whether a text is the identifier of a licence that SPDX lists, and no expression."""
    symbol = _licensing().known_symbols.get(identifier) if identifier else None
    return symbol is not None and not symbol.is_exception and not identifier.startswith("LicenseRef-")


def declared(licenses: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Several licences as one expression, and those that it leaves out because SPDX has no word for them."""
    expressions = [spdx_expression(text) for text in licenses]
    known = dict.fromkeys(expression for expression in expressions if expression)
    strange = tuple(text for text, expression in zip(licenses, expressions, strict=True) if not expression)
    if len(known) < 2:
        return "".join(known), strange
    return " AND ".join(f"({one})" if " OR " in one else one for one in known), strange


def _part(text: str) -> str:
    word = text.strip().lower()
    if word in ("(", ")", "and", "or", "with"):
        return word.upper()
    return "OR" if word in ("/", "|") else _identifier(text) or text.strip()


def _identifier(text: str) -> str:
    """The licence or exception that one name means, without operators; empty when there is none."""
    key = _key(text)
    gnu = _GNU.fullmatch(key)
    if gnu is not None:
        later = "or later" if gnu[4] in ("+", "or later") else "only"
        key = f"{gnu[1]} {gnu[2]}.{gnu[3] or '0'} {later}"
    return _ALIASES.get(key) or _listed().get(key, "")


def _key(text: str) -> str:
    """A name without what people spell in different ways."""
    return " ".join(_OTHER_MARKS.sub(" ", _EMPTY_WORDS.sub(" ", text.lower())).split())


_OF_LIBRARY = (AssertionError, LookupError, TypeError, ValueError)
"""What the library trips over in texts that are no expression, such as brackets without a partner."""


def _parsed(expression: str) -> str:
    from boolean import ParseError
    from license_expression import ExpressionError

    try:
        parsed = _licensing().parse(expression, validate=True, strict=True)
    except (ExpressionError, ParseError, RecursionError, *_OF_LIBRARY):
        return ""
    rendered = str(parsed) if parsed is not None else ""
    return "" if "LicenseRef-" in rendered else rendered


@cache
def _listed() -> dict[str, str]:
    """The licences and exceptions of SPDX by the key of their identifiers."""
    known = sorted(_licensing().known_symbols)
    return {_key(name): name for name in known if not name.startswith(("LicenseRef-", "DocumentRef-"))}


@cache
def _licensing() -> Any:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()
