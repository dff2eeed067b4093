"""Packages by advisories: verdicts, aliases, severities. Pure: no I/O, no clock."""
