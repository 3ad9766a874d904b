"""Whether a host is one of some names, and an address is out in the internet."""

import ipaddress
from collections.abc import Sequence

NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_named(host: str, names: Sequence[str]) -> bool:
    """Say whether a host is one of some names, or below one that begins with `*.`."""
    return any(
        host.endswith(name[1:]) and len(host) > len(name) - 1
        if name.startswith("*.")
        else host == name
        for name in names
    )


def is_public(address: str) -> bool:
    """Say whether an address is out in the internet, also one that holds another within it."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        inner = found.ipv4_mapped or found.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None or found.is_site_local:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved
