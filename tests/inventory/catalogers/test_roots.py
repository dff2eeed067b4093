"""Root filesystems in directories of an image: exact diagnostics."""

import pytest

from lading.inventory.catalogers import roots
from lading.inventory.catalogers.cataloger import CatalogerResult
from lading.inventory.router import Router
from lading.model.diagnostic import Diagnostic
from tests.inventory.catalogers.parsing import facts

ROUTER = Router([roots.CATALOGER])


@pytest.mark.parametrize("root", ["chroot", "var/lib/docker/overlay2/0123/diff", "opt/backup.tar!/rootfs"])
@pytest.mark.parametrize(("database", "manager"), roots.DATABASES.items())
def test_another_root_is_told(root: str, database: str, manager: str) -> None:
    path = f"{root}/{database}"
    assert [one.reader for one in ROUTER.routes(path)] == [roots.CATALOGER]
    message = f"{manager}'s database in another root filesystem was not read"
    told = Diagnostic("incomplete", "other-root", message, path)
    assert facts(roots.CATALOGER, path, b"any") == CatalogerResult(diagnostics=(told,))


@pytest.mark.parametrize("path", [*roots.DATABASES, "opt/backup.tar!/var/lib/dpkg/status"])
def test_the_own_database_is_that_of_its_manager(path: str) -> None:
    assert facts(roots.CATALOGER, path, b"any") == CatalogerResult()


def test_an_empty_database_lists_nothing() -> None:
    assert facts(roots.CATALOGER, "chroot/var/lib/dpkg/status", b"") == CatalogerResult()
