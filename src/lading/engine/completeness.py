"""How complete a bill of materials is."""

from lading.engine.documents import SBOM, sbom_bytes
from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.scan import inventory_for_bill
from lading.formats.view import View
from lading.model.completeness import Completeness
from lading.policy.completeness import completeness_of


def check_completeness(target: str, options: ScanOptions, environment: Environment, view: View) -> Completeness:
    """What guidelines ask for and the document of `sbom:FILE` states, or the one that Lading writes of an image
    (CycloneDX, by the view). Raises LadingError."""
    from lading.formats.decoders.statements import parse_statements

    if target.startswith(SBOM):
        name, data = sbom_bytes(target, options)
    else:
        from lading.formats.encoders.cyclonedx import encode_cyclonedx

        found = inventory_for_bill(target, options, environment)
        name, data = found.image.name, encode_cyclonedx(found, view)
    return completeness_of(parse_statements(data, name), name)
