"""Titles out of what upstreams write."""

import pytest

from lading.formats.summaries import short, telling_sentence


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("one two", 7, "one two"),
        (" one\n two ", 7, "one two"),
        ("one two three", 10, "one two…"),
        ("one, two", 6, "one…"),
        ("x" * 20, 10, "x" * 9 + "…"),
        ("x" * 3 + " " + "y" * 20, 10, "xxx yyyyy…"),
    ],
)
def test_a_text_is_cut_between_words(text: str, most: int, expected: str) -> None:
    assert short(text, most) == expected
    assert len(short(text, most)) <= most


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "urllib3 is a user-friendly HTTP client library for Python. urllib3 doesn't treat the `Cookie` header "
            "specially, so that it may leak. Upgrade to 2.0.6.",
            "urllib3 doesn't treat the `Cookie` header specially, so that it may leak.",
        ),
        ("### Impact\nAn attacker can read files.\n\n### Patches\nUpgrade.", "An attacker can read files."),
        ("The issue has been patched in 1.2. Version 1.1 allows remote attackers in.",
         "Version 1.1 allows remote attackers in."),
        ("A thing before 1.2.3 is vulnerable. More.", "A thing before 1.2.3 is vulnerable."),
        ("Words of no weight. Others.", "Words of no weight."),
        ("A is a client library. A does not strip the cookie header.", "A does not strip the cookie header."),
        ("There is a buffer over-read in B. It may crash.", "There is a buffer over-read in B."),
        ("C is an extension. You should change the pin to 2.1.1. D is a tool.", "C is an extension."),
        ("", ""),
    ],
)  # fmt: skip
def test_the_sentence_that_says_most(text: str, expected: str) -> None:
    assert telling_sentence(text) == expected
