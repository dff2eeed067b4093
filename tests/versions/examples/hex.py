"""Packages of Erlang and Elixir: the documentation of Elixir's `Version`."""

from tests.versions.examples import semver

ASCENDING = semver.ASCENDING
EQUAL = semver.EQUAL
JUNK = semver.JUNK
PIECES = semver.PIECES
CONSTRAINTS = [
    ("2.0.5", "~> 2.0.0", True),
    ("2.1.0", "~> 2.0.0", False),
    ("2.1.0-dev", "~> 2.0.0", False),
    ("2.1.2", "~> 2.1.3-dev", False),
    ("2.1.3-dev", "~> 2.1.3-dev", True),
    ("2.9.0", "~> 2.0", True),
    ("3.0.0", "~> 2.0", False),
    ("2.0.5", ">= 2.0.0 and < 2.1.0", True),
    ("2.1.0", ">= 2.0.0 and < 2.1.0", False),
    ("3.0.0", "< 1.0.0 or >= 2.0.0 and != 3.0.1", True),
    ("3.0.1", "< 1.0.0 or >= 2.0.0 and != 3.0.1", False),
    ("2.0.5", ">= 2.0.0, < 2.1.0", True),
    ("2.0.5", "~> 2", None),
    ("2.0.5", "and", None),
]
