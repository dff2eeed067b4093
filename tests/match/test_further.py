"""What the NVD adds to Alpine's own database."""

from lading.model.advisory import Advisory, Range
from lading.model.package import Distribution
from tests.samples import IMAGE, FakeStore, apk, inventory, match


def test_what_alpine_has_rejected_is_not_reported() -> None:
    alpine = Distribution("alpine", "3.20.3", release="alpine-3.20")
    image = inventory(apk("busybox", "1.36.1-r29"), distribution=alpine)
    of_nvd = Advisory("CVE-2023-39810", "busybox:busybox", ranges=(Range(fixed="1.37"),))
    shards: dict[str, tuple[Advisory, ...]] = {"alpine-3.20": (), "nvd": (of_nvd,)}
    known = FakeStore(shards, names={"nvd": "cpe"}, schemes={"nvd": "generic"})
    assert [one.id for one in match(IMAGE, image, (), known).findings] == ["CVE-2023-39810"]
    rejected = {"alpine-rejections": (Advisory("CVE-2023-39810", "busybox", "not_affected"),)}
    rejecting = FakeStore(shards | rejected, names={"nvd": "cpe"}, schemes={"nvd": "generic"})
    assert match(IMAGE, image, (), rejecting).findings == ()
