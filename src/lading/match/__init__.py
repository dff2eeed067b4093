"""Packages by advisories: statuses, aliases, severities. Pure: no I/O, no clock."""
