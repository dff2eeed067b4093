"""Which tables of a file are a policy's."""

from typing import Final

TABLES: Final = ("policy", "ignore", "accept", "rule", "exception", "licenses", "secret")
"""As lading.policy.document has them, which settings need not load."""
