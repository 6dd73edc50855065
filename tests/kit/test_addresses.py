"""Addresses we may call on somebody's word: only those of the public internet."""

import pytest

from chalicelib.kit.addresses import check, is_public

PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "localhost",
    "1",
    "0x7f000001",
    "127.1",
]
REFUSED = [
    "http://gifts.example/",
    "https://127.0.0.1/",
    "https://169.254.169.254/",
    "https://[::1]/",
    "https://[fd00:ec2::254]/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://①②⑦.⓪.⓪.①/",
    "https://localhost/",
    "https://localhost./",
    "https://server.local/",
    "https://metadata.google.internal/",
    "https://x.test/",
    "https://gifts.example:8443/",
    "https://u:p@gifts.example/",
    "https://x@127.0.0.1/",
    "gopher://gifts.example/",
    "file:///etc/passwd",
    "https://gifts.example\\@evil.example/",
    "//gifts.example/",
    "https:gifts.example",
    "gifts.example",
    "https:///x",
    "https://a..b/",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_not_called(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
)
def test_what_is_public_is(address):
    assert is_public(address)


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_may_lead_elsewhere_is_refused(url):
    with pytest.raises(ValueError):
        check(url)


def test_a_plain_https_address_is_taken():
    assert check("https://gifts.example/give?a=1") == "gifts.example"
    assert check("https://gifts.example:443/") == "gifts.example"
