"""Which tables of a file are a policy's."""

from typing import Final

TABLES: Final = ("policy", "ignore", "accept", "rule", "exception", "licenses")
"""As lading.policy.document has them, which settings need not load."""
