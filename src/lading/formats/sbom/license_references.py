"""Licences of packages as expressions of SPDX, with references to the texts of those that SPDX does not list."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from lading.formats.licenses.expressions import declared, joined

_LONGEST_NAME: Final = 60
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9.]+")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
"""What readers of the format take for nothing."""


class LicenseReferences:
    """Makes expressions, and remembers what their references stand for."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    @property
    def texts(self) -> Mapping[str, str]:
        """The texts of all references so far (`LicenseRef-…`), sorted."""
        return dict(sorted(self._texts.items()))

    def expression(self, licenses: tuple[str, ...], *, any_of: bool = False) -> str:
        """All licences of a package as one expression, of which all hold, or any one; empty for none."""
        expression, strange = declared(licenses, any_of=any_of)
        references = (self._reference(text) for text in strange)
        return joined(tuple(filter(None, (expression, *references))), any_of=any_of)

    def shown(self, expression: str) -> str:
        """An expression as a reader of the document gives it: the text where it is nothing but a reference."""
        return self._texts.get(expression, expression)

    def _reference(self, text: str) -> str:
        if not _CONTROLS.sub(" ", text).strip():
            return ""
        words = _NOT_IN_IDS.sub("-", text).strip("-")
        # The text itself where it can be a name, and part of it before a digest where it cannot.
        if words != text or len(words) > _LONGEST_NAME:
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            words = f"{words[:_LONGEST_NAME]}-{digest[:12]}".lstrip("-")
        self._texts[f"LicenseRef-{words}"] = text
        return f"LicenseRef-{words}"
