"""File systems that a kernel fills, as they are mounted in a root that is in use."""

import os
from functools import cached_property
from pathlib import Path
from typing import Final

_TABLE: Final = Path("/proc/self/mountinfo")
# fmt: off
_KERNEL: Final = frozenset({
    "autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs",
    "efivarfs", "functionfs", "fusectl", "hugetlbfs", "mqueue", "nfsd", "nsfs", "proc", "pstore", "resctrl",
    "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sysfs", "tracefs",
})
# fmt: on
"""Types of which no file comes from an image. A tmpfs is not among them: what lies in it was put there."""


class KernelMounts:
    """The mounted file systems that a kernel fills, by device (Linux: proc_pid_mountinfo(5))."""

    def kind(self, device: int) -> str:
        """The type of a device's file system where a kernel fills it, empty for any other."""
        return self._kinds.get(f"{os.major(device)}:{os.minor(device)}", "")

    @cached_property
    def _kinds(self) -> dict[str, str]:
        try:
            lines = _TABLE.read_text("utf-8", "replace").splitlines()
        except OSError:
            return {}
        found = {}
        for line in lines:
            before, _, after = line.partition(" - ")
            fields, kind = before.split(" "), after.partition(" ")[0]
            if len(fields) > 2 and kind in _KERNEL:
                found[fields[2]] = kind
        return found
