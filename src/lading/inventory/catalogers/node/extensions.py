"""Extensions of Visual Studio Code and of the editors made from it: PUBLISHER.NAME of a marketplace, no package of npm.

Source: https://code.visualstudio.com/api/references/extension-manifest; what an editor notes of an extension that it
installed stands under `__metadata` (IGalleryMetadata in its source). The package URL type is vscode-extension.
"""

import re

from lading.inventory.catalogers.cataloger import FoundPackage
from lading.inventory.catalogers.node.manifest import Manifest, is_private, licenses_of, word
from lading.inventory.needs import bounded
from lading.inventory.unread import fault_of
from lading.model.properties import UNPUBLISHED

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_NAME = re.compile(r"[A-Za-z0-9_][\w.-]*", re.ASCII)
_EVERYWHERE = ("", "undefined", "universal", "unknown")


def extension(manifest: Manifest, directory: str) -> FoundPackage | None:
    """The extension in a directory, whatever editor it lies with; None for anything else. An extension has a publisher
    and says which versions of the editor it runs in."""
    engines = manifest.engines
    publisher, name, version = word(manifest.publisher), word(manifest.name), word(manifest.version)
    if not isinstance(engines, dict) or not word(engines.get("vscode")):
        return None
    if not _PART.fullmatch(publisher) or not _NAME.fullmatch(name) or fault_of(name, version or "0"):
        return None
    installed = manifest.installed if isinstance(manifest.installed, dict) else {}
    platform = word(installed.get("targetPlatform"))
    properties = {} if platform in _EVERYWHERE else {"platform": platform}
    if is_private(manifest):
        properties |= UNPUBLISHED
    needs = manifest.extensionDependencies
    return FoundPackage(
        type="vscode-extension",
        name=f"{publisher}.{name}",
        version=version,
        licenses=licenses_of(manifest.license),
        files=(f"{directory}/",),
        properties=properties,
        requires=bounded(map(word, needs)) if isinstance(needs, list) else (),
    )
