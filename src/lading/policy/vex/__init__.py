"""What others state about vulnerabilities (VEX), held against what was found in an image. Pure: fetching and trust are
the engine's."""

from lading.policy.vex.apply import VexApplied, VexCase, apply_vex

__all__ = ["VexApplied", "VexCase", "apply_vex"]
