"""NO_PROXY as Go's tools understand it (Docker, Podman, containerd)."""

import pytest

from lading.net.proxies import Proxies, proxies_of, shown_proxy

_PROXY = "http://proxy.example:3128"

# NO_PROXY, and each with what is reached without a proxy and what is not.
RULES = {
    "": ("localhost:443 127.0.0.1:443 127.9.9.9:5000 [::1]:443", "a.example:443 10.1.2.3:443 localhost.example:443"),
    "*": ("a.example:443 10.1.2.3:80", ""),
    "corp.example": ("corp.example:443 hub.corp.example:443 CORP.example:5000", "notcorp.example:443 example:443"),
    ".corp.example": ("hub.corp.example:443 a.b.corp.example:80", "corp.example:443 notcorp.example:443"),
    "*.corp.example": ("hub.corp.example:443", "corp.example:443"),
    "*corp.example": ("", "corp.example:443 hub.corp.example:443"),
    "corp.example:5000": ("corp.example:5000 hub.corp.example:5000", "corp.example:443 hub.corp.example:443"),
    " a.example , B.example ": ("a.example:443 b.example:443", "c.example:443"),
    "10.0.0.0/8": ("10.1.2.3:443 10.255.0.1:5000", "11.1.2.3:443 ten.example:443"),
    "10.1.2.3": ("10.1.2.3:443 10.1.2.3:80 [::ffff:10.1.2.3]:443", "10.1.2.4:443 a10.1.2.3:443"),
    "10.1.2.3:5000": ("10.1.2.3:5000", "10.1.2.3:443"),
    "fd00::/8": ("[fd00::1]:443", "[fe80::1]:443"),
    "fd00::1": ("[fd00::1]:443 [fd00:0::1]:443", "[fd00::2]:443"),
    "[fd00::1]:5000": ("[fd00::1]:5000", "[fd00::1]:443"),
    "10.0.0.0/99,x/8,:,": ("", "10.1.2.3:443 x:443"),
}


@pytest.mark.parametrize("rules", RULES)
def test_what_is_reached_without_a_proxy(rules: str) -> None:
    proxies = proxies_of({"HTTPS_PROXY": "proxy.example:3128", "NO_PROXY": rules})
    for places, proxy in zip(RULES[rules], ("", _PROXY), strict=True):
        for place in places.split():
            host, _, port = place.rpartition(":")
            assert proxies.proxy_for("https", host.strip("[]"), int(port)) == proxy, place
            assert proxies.proxy_for("http", host.strip("[]"), int(port)) == ""


def test_a_proxy_is_shown_without_its_password() -> None:
    proxy = Proxies(every="http://jo:s3cret@proxy.example:3128").proxy_for("http", "a.example", 80)
    assert shown_proxy(proxy) == _PROXY
