"""What others state about vulnerabilities (VEX), held against what was found in an image. Pure: fetching and trust are
the engine's."""

from lading.policy.vex.apply import VexApplied, VexCase, apply_vex
from lading.policy.vex.statements import Statements

__all__ = ["Statements", "VexApplied", "VexCase", "apply_vex"]
