"""A container's image with what is known of the container."""

from msgspec import structs

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.scan import match, without_files
from lading.engine.targets import list_target
from lading.model.report import InventoryResult, Report
from lading.runtime.engine_api import EngineContainer


def image_of(running: EngineContainer) -> str:
    """The reference by which the engine has the container's image: what it started, whatever is called so by now."""
    container = running.container
    return f"{container.engine}:{container.image_id or container.image}"


def scan_container(
    running: EngineContainer, options: ScanOptions, environment: Environment
) -> tuple[tuple[InventoryResult, ...], Report]:
    """What is in the image of a container, matched against the advisories of the environment, as `lading.scan` gives
    it for an image. Raises LadingError as that does."""
    listed = list_target(image_of(running), options, environment)
    listed = structs.replace(listed, image=structs.replace(listed.image, name=running.container.image))
    report = match(listed, options, environment)
    (target,) = report.targets
    target = structs.replace(target, container=running.container)
    listed = structs.replace(listed, inventory=without_files(listed.inventory))
    return (listed,), structs.replace(report, targets=(target,))
