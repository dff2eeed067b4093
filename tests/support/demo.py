"""The demo's image, beside the image that it was built on."""

from pathlib import Path

from lading.cli.demo import build_demo, demo_layers
from lading.image.writer import write_oci_layout
from lading.model.image import Platform


def build_demo_and_base(directory: Path) -> tuple[str, str]:
    """References to both."""
    build_demo(directory / "image")
    write_oci_layout(directory / "base", demo_layers()[:1], tag="base", platform=Platform("linux", "amd64"))
    return f"oci:{directory}/image:demo", f"oci:{directory}/base:base"
