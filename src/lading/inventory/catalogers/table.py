"""The one table of catalogers."""

from lading.inventory.catalogers import apk, dpkg, release, unread
from lading.inventory.catalogers.base import Cataloger

CATALOGERS: tuple[Cataloger, ...] = (apk.CATALOGER, dpkg.CATALOGER, release.CATALOGER, unread.CATALOGER)
