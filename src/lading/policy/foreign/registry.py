"""Which file of another scanner is which."""

from typing import Final

from lading.model.errors import FormatError, PolicyError
from lading.policy.foreign.grype import parse_grype
from lading.policy.foreign.ignores import ForeignIgnores
from lading.policy.foreign.osv import parse_osv_scanner
from lading.policy.foreign.trivy import parse_trivyignore, parse_trivyignore_yaml
from lading.safeio.toml_text import parse_toml
from lading.safeio.yaml_text import parse_yaml

FOREIGN_FILES: Final = (".trivyignore", ".trivyignore.yaml", ".grype.yaml", "osv-scanner.toml")
"""What the other scanners read where they find it."""


def parse_foreign(data: bytes, name: str) -> ForeignIgnores:
    """The ignores in a file, whose kind its name's ending and its content tell. Raises PolicyError."""
    try:
        if name.endswith((".yaml", ".yml")):
            return _parse_yaml(data)
        if name.endswith(".toml"):
            return parse_osv_scanner(parse_toml(data))
        return parse_trivyignore(data.decode("utf-8-sig"))
    except (FormatError, UnicodeDecodeError) as error:
        raise PolicyError(f"{name}: cannot be read as another scanner's ignores: {error}") from error


def _parse_yaml(data: bytes) -> ForeignIgnores:
    document = parse_yaml(data)
    if document == "":
        return ForeignIgnores(())
    if not isinstance(document, dict):
        raise FormatError("has no entries")
    if "ignore" in document:
        return parse_grype(document)
    if document.keys() & {"vulnerabilities", "misconfigurations", "secrets", "licenses"}:
        return parse_trivyignore_yaml(document)
    raise FormatError("has neither ignore (Grype) nor vulnerabilities (Trivy)")
