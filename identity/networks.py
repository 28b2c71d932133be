"""Where somebody calls from, as far as limits care: one household or office is one network."""

from ipaddress import IPv6Address, ip_address, ip_network

IPV6_PREFIX = 64
"""What one subscriber gets at least (RFC 6177): single addresses of it cost nothing."""


def network_of(address: str) -> str:
    """An IPv4 address itself, an IPv6 address's /64; a text that is no address is one network."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((found, IPV6_PREFIX), strict=False))
    return str(found)
