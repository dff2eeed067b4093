"""Results to keep, made of the small image of tests/samples.py."""

from collections.abc import Sequence

from msgspec import structs

from lading.engine.environment import Environment
from lading.engine.options import ScanOptions
from lading.engine.scan import match_case, prepare
from lading.model.image import Image, Layer
from lading.model.package import Inventory, Package
from lading.model.ports import AdvisoryStore
from lading.model.report import InventoryResult
from lading.store.recording import RecordingDatabase
from lading.store.result import Result
from tests.samples import IMAGE, FixedDatabase, inventory


def image_of(name: str, *diff_ids: str) -> Image:
    """An image of these layers, each made by an instruction that names it."""
    layers = tuple(Layer(number, one, created_by=f"RUN {one}") for number, one in enumerate(diff_ids, 1))
    return structs.replace(IMAGE, name=name, layers=layers)


def result_on(image: Image, packages: Sequence[Package] | Inventory, store: AdvisoryStore) -> Result:
    """The result on an image with these packages by the advisories of a store."""
    found = packages if isinstance(packages, Inventory) else inventory(*packages)
    listed = InventoryResult(image, found)
    database = RecordingDatabase(FixedDatabase(store))
    case = prepare(listed, ScanOptions(), Environment(database=database))
    report = match_case(listed, case)
    assert database.recorder is not None
    (target,) = report.targets
    return Result(
        structs.replace(listed, inventory=case.inventory),
        target,
        report.tool,
        "sha256:1",
        needs=database.recorder.needs,
    )
