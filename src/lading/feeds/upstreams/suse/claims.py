"""What SUSE says of one vulnerability of one package in the products that share a shard, brought to one status."""

from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct

from lading.model.advisory import Advisory, Range, Severity, State
from lading.versions.extremes import oldest

_PRECEDENCE: Final[Sequence[State]] = ("affected", "wont_fix", "under_investigation", "not_affected")


class Claim(Struct, frozen=True):
    """One product's word on a package. `fixed` is the build that is free of the vulnerability, empty for none;
    `channel` as in `Place`."""

    state: State
    fixed: str = ""
    channel: str = ""


def advisory_of(
    vulnerability: str, package: str, claims: Collection[Claim], severities: tuple[Severity, ...]
) -> Advisory:
    """The status of a shard.

    The products that every image of the release gets packages from come first. A vulnerability that they leave open may
    be fixed for those who pay for longer support: the build counts as free of the vulnerability wherever it is
    installed, and the remark tells who gets it. Of several builds the oldest is the fix, for each of them is stated to
    be one.
    """
    plain = [claim for claim in claims if not claim.channel]
    speaks = plain or list(claims)
    state = min((claim.state for claim in speaks), key=_PRECEDENCE.index)
    if state == "not_affected":
        return Advisory(id=vulnerability, package=package, state=state)
    fixes = {claim.fixed for claim in plain} - {""}
    remark = ""
    if not fixes and state != "under_investigation":
        fixes = {claim.fixed for claim in claims} - {""}
        fixed = oldest("rpm", fixes)
        channels = sorted({claim.channel for claim in claims if claim.fixed == fixed and claim.channel})
        remark = f"in {' and '.join(channels)}: {fixed}" if fixed else ""
    fixed = oldest("rpm", fixes)
    return Advisory(
        id=vulnerability,
        package=package,
        state="affected" if fixed else state,
        ranges=(Range(fixed=fixed),),
        severities=severities,
        remark=remark,
    )
