"""What the build of an image, or a subscription of it, left beside its packages, and matching goes by."""

from msgspec import Struct


class ContentSets(Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="content-sets"):
    """The repositories that Red Hat's build system took packages from: their names, sorted."""

    names: tuple[str, ...] = ()


class ImageLabels(Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="image-labels"):
    """The labels by which Red Hat's build system names an image (`com.redhat.component` is `component`,
    `org.opencontainers.image.created` is `created`); `cpe` is its product. Empty where there is no such label."""

    name: str = ""
    version: str = ""
    release: str = ""
    architecture: str = ""
    component: str = ""
    vendor: str = ""
    cpe: str = ""
    created: str = ""


class UbuntuPro(Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="ubuntu-pro"):
    """Whether an image is attached to Ubuntu Pro, and the services that are enabled in it, sorted ("esm-apps",
    "esm-infra", "fips-updates", …)."""

    attached: bool = False
    services: tuple[str, ...] = ()


BuildRecord = ContentSets | ImageLabels | UbuntuPro
