"""What is published beside the source: the container image and the offline bundle (docs/release.md)."""
