"""Lading's own JSON documents, each published as a JSON Schema in `docs/schema/`."""
