"""Ignores as other scanners have them: read as a policy, or turned into one."""

from lading.policy.foreign.ignores import ForeignIgnores
from lading.policy.foreign.registry import FOREIGN_FILES, parse_foreign

__all__ = ["FOREIGN_FILES", "ForeignIgnores", "parse_foreign"]
