"""The checks that no condition on one fact could state, by ID."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from lading.checks.config.facts import Fact, PlacedFact
from lading.checks.config.image import build_arguments
from lading.checks.config.masking import is_default, is_literal, is_secret_name
from lading.model.checks import Case

Find = Callable[[Case, Sequence[PlacedFact]], Iterator[PlacedFact]]


def _unowned_modes(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """Programs that run with the rights of another user or group, or with capabilities, and that no package owns."""
    return (one for one in _files(facts, "privileged") if one.file is not None and not one.file.owner)


def _unusual_modes(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """Programs of packages that no distribution gives such rights."""
    for one in _files(facts, "privileged"):
        if one.file is not None and one.file.owner and not _USUAL.search(one.file.path):
            yield one


_USUAL: Final = re.compile(
    r"(?:^|/)(?:su|sudo|sudoedit|mount|umount|passwd|chsh|chfn|newgrp|sg|gpasswd|chage|expiry|unix_chkpwd|unix2_chkpwd"
    r"|pam_timestamp_check|userhelper|usernetctl|ping|ping6|arping|clockdiff|mtr-packet|traceroute6?\S*|fusermount3?"
    r"|ssh-keysign|ssh-agent|dbus-daemon-launch-helper|pkexec|polkit-agent-helper-1|crontab|at|wall|write(?:\.ul)?"
    r"|bsd-write|screen\S*|dotlockfile|locate|mlocate|plocate|exim4?|postdrop|postqueue|sendmail\S*|smtpctl|Xorg\.wrap"
    r"|chrome-sandbox|snap-confine|ntfs-3g|mount\.\S+|umount\.\S+|newuidmap|newgidmap|doas|bbsuid|staprun|doveadm|lockspool"
    r"|procmail|lockfile|maildrop|gnome-keyring-daemon|gst-ptp-helper|dumpcap|suexec|systemd-detect-virt|kismet_\S*|rlogin"
    r"|rsh|rcp|utempter|grub2-set-bootflag|cockpit-session|krb5_child|ldap_child|proxy_child|selinux_child|p11_child"
    r"|sssd_pam|nullmailer-queue|mail-lock|mail-unlock|mail-touchlock|camel-lock-helper\S*|evolution|pppd|vlock|fping6?"
    r"|mutt_dotlock|shadowconfig|busybox-suid|lxc-user-nic|libvirt\S*|qemu-bridge-helper|spice-client-glib-usb-acl-helper"
    r"|nvidia-modprobe|VBox\S*|php-cgi|slapd|rpc\.\S+|ssmtp|msmtp\S*|i3lock|kppp|games?/\S+|conntrack|dhcpcd\S*|haproxy"
    r"|vault|caddy|coredns|nethack\S*|bsd-games/\S+|X|xlock|rmt|cdrecord\S*|wodim|suidperl|sperl\S*)$"
)
"""What distributions ship with such rights."""


def _files(facts: Sequence[PlacedFact], value: str) -> Iterator[PlacedFact]:
    return (one for one in facts if one.fact.kind == "file" and one.fact.values.get(value))


def _writable_directories(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """Directories of the system that anybody may write to; those that a package lists are its own doing."""
    for one in _files(facts, "world_writable"):
        if one.fact.values["directory"] and one.fact.values["system"]:
            yield one


def _open_directories(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """Others in which anybody may replace what is not theirs. Places for what does not last are meant for that."""
    for one in _files(facts, "world_writable"):
        if one.fact.values["directory"] and not one.fact.values["system"] and not _PASSING.match(one.path):
            yield one


def _writable_files(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    for one in _files(facts, "world_writable"):
        owned = one.file is not None and one.file.owner
        if not one.fact.values["directory"] and not _PASSING.match(one.path) and not owned:
            yield one


_PASSING: Final = re.compile(
    r"(?:tmp|var/tmp|run|var/run|dev|proc|sys|var/lock|run/lock|var/cache|var/spool/(?:samba|cups))(?:/|$)"
)


def _group_writable(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    for one in _files(facts, "group_writable"):
        if not one.fact.values["world_writable"] and one.file is not None and not one.file.owner:
            yield one


def _path_through_writable(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """A search path in which others may put programs: through the working directory, or a writable directory."""
    writable = {one.path for one in _files(facts, "world_writable") if one.fact.values["directory"]}
    for one in facts:
        if one.fact.kind == "variable" and one.fact.values["name"] == "PATH":
            for place in str(one.fact.values["value"]).split(":"):
                inside = place.strip("/")
                if not place.startswith("/") or _PASSING.match(inside) or inside in writable:
                    values = {**one.fact.values, "place": place or "an empty entry"}
                    yield PlacedFact(Fact("variable", values), None, 0)


def _secret_variables(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    for one in facts:
        name, value = str(one.fact.values.get("name", "")), str(one.fact.values.get("value", ""))
        if one.fact.kind == "variable" and is_secret_name(name) and is_literal(value) and not is_default(value):
            yield one


def _default_variables(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    for one in facts:
        name, value = str(one.fact.values.get("name", "")), str(one.fact.values.get("value", ""))
        if one.fact.kind == "variable" and is_secret_name(name) and is_default(value):
            yield one


def _secret_labels(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    for one in facts:
        name, value = str(one.fact.values.get("name", "")), str(one.fact.values.get("value", ""))
        if one.fact.kind == "label" and is_secret_name(name) and is_literal(value) and not value.isspace():
            yield one


def _secret_arguments(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """Arguments of the build that have the name of a secret: the history keeps their values. Each name once."""
    config = case.examined.config
    steps = config.history if config is not None else ()
    instructions = [one for one in facts if one.fact.kind == "instruction"]
    seen: set[str] = set()
    for step, placed in zip(steps, instructions, strict=True):
        given = build_arguments(step.created_by)
        if (found := _ARG.match(str(placed.fact.values["text"]))) is not None:
            given.append((found[1], found[2].strip("\"'")))
        for name, value in given:
            if name not in seen and is_secret_name(name) and is_literal(value):
                seen.add(name)
                values = {**placed.fact.values, "argument": name, "text": f"ARG {name}"}
                yield PlacedFact(Fact("instruction", values), None, placed.layer)


_ARG: Final = re.compile(r"ARG (\w+)=(\S+)")


def _no_healthcheck(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """An image that serves something and has no check of its health."""
    serves = any(one.fact.kind == "port" for one in facts)
    for one in facts:
        if one.fact.kind == "image" and serves and not one.fact.values["has_healthcheck"]:
            yield one


def _update_alone(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """Lists of packages that are fetched in a layer of their own, from which later installations are served."""
    for one in _runs(facts):
        text = str(one.fact.values["text"])
        if _UPDATE.search(text) and not _INSTALL.search(text) and not one.fact.values["base"]:
            yield one


_UPDATE: Final = re.compile(r"(?:^|[\s;&|])(?:apt-get|apt|apk|aptitude)(?:\s+-\S+)*\s+update\b")
_INSTALL: Final = re.compile(
    r"(?:apt-get|apt|apk|aptitude)(?:\s+-\S+)*\s+(?:install|add|upgrade|dist-upgrade|full-upgrade|build-dep|satisfy)\b|\.sh\b"
)


def _added_files(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """ADD where COPY does the same: of what is no archive and no address. What a base begins with is one."""
    for one in facts:
        text = str(one.fact.values.get("text", ""))
        if (
            one.fact.kind == "instruction"
            and text.startswith("ADD ")
            and not _FETCHED.search(text)
            and not _ROOT.search(text)
            and not one.fact.values["base"]
        ):
            yield one


_FETCHED: Final = re.compile(
    r"(?i)\b(?:https?|ftp|git)://|git@|\.(?:tar(?:\.\w+)?|tgz|tbz2?|txz|gz|bz2|xz|zst|zip)\b|--checksum"
)
_ROOT: Final = re.compile(r"^ADD (?:multi:|file:|dir:)?\S+(?: in)? /\s*$")


def _runs(facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    return (one for one in facts if one.fact.kind == "instruction" and one.fact.values["name"] == "RUN")


def _shells(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    """Shells and package managers that nobody installed in an image that has none by its packages."""
    image = next((one for one in facts if one.fact.kind == "image"), None)
    names = {one.name for one in case.packages}
    if image is None or not image.fact.values["minimal"] or names & _SHELL_PACKAGES:
        return
    for one in facts:
        found = one.fact.kind == "artifact" and one.fact.values["what"] in ("shell", "package manager")
        if found and one.file is not None and not one.file.owner:
            yield one


_SHELL_PACKAGES: Final = frozenset({
    "apk-tools", "apt", "bash", "busybox", "dash", "dnf", "microdnf", "rpm", "tdnf", "yum",
})  # fmt: skip


def _usable_passwords(case: Case, facts: Sequence[PlacedFact]) -> Iterator[PlacedFact]:
    for one in facts:
        if one.fact.kind == "account" and _STRONG in (one.fact.values.get("password"),):
            yield one


_STRONG: Final = "strong"


CHECKS: Final[Mapping[str, Find]] = {
    "account-password": _usable_passwords,
    "add-instead-of-copy": _added_files,
    "arg-secret": _secret_arguments,
    "apt-update-alone": _update_alone,
    "env-default-password": _default_variables,
    "env-path-writable": _path_through_writable,
    "env-secret": _secret_variables,
    "healthcheck-missing": _no_healthcheck,
    "label-secret": _secret_labels,
    "setuid-unowned": _unowned_modes,
    "setuid-unusual": _unusual_modes,
    "shell-in-minimal-image": _shells,
    "system-directory-writable": _writable_directories,
    "system-path-group-writable": _group_writable,
    "world-writable-directory": _open_directories,
    "world-writable-file": _writable_files,
}
