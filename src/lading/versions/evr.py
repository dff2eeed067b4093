"""Versions of rpm packages as shards and Package.version write them: `epoch:version-release`, the epoch left out when
it is 0."""


def join_evr(epoch: str, version: str, release: str) -> str:
    """ "2:1.1-3.el9" of "2", "1.1" and "3.el9"."""
    evr = f"{version}-{release}" if release else version
    return f"{epoch}:{evr}" if epoch.lstrip("0") else evr


def plain_evr(text: str) -> str:
    """A version as feeds write it ("0:1.1-3.el9"), without an epoch of 0."""
    epoch, colon, rest = text.strip().partition(":")
    return join_evr(epoch, rest, "") if colon and epoch.isdigit() else text.strip()
