"""Which mounted file systems a kernel fills."""

import os
from pathlib import Path

import pytest

from lading.inventory import mounts
from lading.inventory.mounts import KernelMounts

_TABLE = r"""22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw
23 28 0:21 / /proc rw,nosuid shared:14 - proc proc rw
24 28 0:5 / /dev rw,nosuid - devtmpfs udev rw,size=8k
26 28 0:23 / /run rw,nosuid shared:5 - tmpfs tmpfs rw
28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 28 0:31 / /mnt/a\040-\040proc rw - ext4 /dev/vdb rw
odd
"""


def test_kinds_by_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(_TABLE)
    monkeypatch.setattr(mounts, "_TABLE", table)
    kinds = KernelMounts()
    devices = {
        (0, 20): "sysfs",
        (0, 21): "proc",
        (0, 5): "devtmpfs",
        (0, 23): "",
        (254, 1): "",
        (0, 31): "",
        (9, 9): "",
    }
    assert {key: kinds.kind(os.makedev(*key)) for key in devices} == devices


def test_without_a_table_nothing_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "_TABLE", tmp_path / "none")
    assert KernelMounts().kind(os.makedev(0, 20)) == ""
