"""net-tools' ifconfig on the kernel's loopback interface."""

from case import case
from program import Failure


def interface_block(kernel, *words):
    """What ifconfig says of its arguments."""
    return kernel.run("ifconfig", *words)


def require(text, *wanted, absent=()):
    for part in wanted:
        if part not in text:
            raise Failure(f"{part!r} is missing in:\n{text}")
    for part in absent:
        if part in text:
            raise Failure(f"{part!r} should not be in:\n{text}")


@case
def ifconfig_show(kernel):
    name = kernel.interface
    for text in (interface_block(kernel), interface_block(kernel, name)):
        require(text, f"{name}: flags=", "UP,LOOPBACK,RUNNING", "inet 127.0.0.1  netmask 255.0.0.0",
                "inet6 ::1  prefixlen 128", "RX packets", "TX packets")


@case
def ifconfig_all(kernel):
    kernel.run("ifconfig", kernel.interface, "down")
    require(interface_block(kernel), absent=[f"{kernel.interface}: "])
    require(interface_block(kernel, "-a"), f"{kernel.interface}: flags=", "LOOPBACK")


@case
def ifconfig_short(kernel):
    lines = interface_block(kernel, "-s").splitlines()
    require(lines[0], "Iface", "MTU", "RX-OK", "TX-OK")
    require("\n".join(line.split()[0] for line in lines[1:]), kernel.interface)


@case
def ifconfig_up_down(kernel):
    name = kernel.interface
    kernel.run("ifconfig", name, "down")
    require(interface_block(kernel, name), absent=["UP"])
    kernel.run("ifconfig", name, "up")
    require(interface_block(kernel, name), "UP,LOOPBACK,RUNNING")


@case
def ifconfig_set_v4(kernel):
    name = kernel.interface
    kernel.run("ifconfig", name, "10.8.8.8", "netmask", "255.255.0.0")
    require(interface_block(kernel, name), "inet 10.8.8.8  netmask 255.255.0.0", absent=["127.0.0.1"])


@case
def ifconfig_add_remove_v4(kernel):
    name = kernel.interface
    kernel.run("ifconfig", name, "add", "10.1.2.4")
    require(interface_block(kernel), "inet 127.0.0.1 ", "inet 10.1.2.4 ")
    kernel.run("ping", "-c", "1", "-n", "10.1.2.4")
    kernel.run("ifconfig", name, "del", "10.1.2.4")
    require(interface_block(kernel), "inet 127.0.0.1 ", absent=["10.1.2.4"])


@case
def ifconfig_alias_v4(kernel):
    """A label stays the one that an address was given, whoever asks."""
    name = kernel.interface
    kernel.run("ifconfig", f"{name}:1", "10.1.2.3", "netmask", "255.255.255.0")
    kernel.run("ifconfig", f"{name}:web", "10.9.9.9", "netmask", "255.255.0.0")
    require(interface_block(kernel, f"{name}:1"), f"{name}:1: flags=", "inet 10.1.2.3  netmask 255.255.255.0")
    require(interface_block(kernel), f"{name}:1: flags=", f"{name}:web: flags=", absent=[f"{name}:0"])
    kernel.run("ifconfig", f"{name}:1", "down")
    require(interface_block(kernel), "inet 127.0.0.1 ", f"{name}:web: flags=", absent=["10.1.2.3", f"{name}:1"])
    require(interface_block(kernel, f"{name}:web"), "inet 10.9.9.9  netmask 255.255.0.0")
    kernel.run("ifconfig", f"{name}:web", "down")
    require(interface_block(kernel), "inet 127.0.0.1 ", absent=["10.9.9.9"])


@case
def ifconfig_alias_alone(kernel):
    """The only address of an interface has the label that it was given."""
    name = kernel.interface
    kernel.run("ifconfig", name, "0.0.0.0")
    kernel.run("ifconfig", f"{name}:1", "10.1.2.3")
    require(interface_block(kernel), f"{name}: flags=", f"{name}:1: flags=", "inet 10.1.2.3 ", absent=[f"{name}:0"])


@case
def ifconfig_add_remove_v6(kernel):
    name = kernel.interface
    kernel.run("ifconfig", name, "add", "2001:db8::1/64")
    require(interface_block(kernel, name), "inet6 ::1 ", "inet6 2001:db8::1  prefixlen 64  scopeid 0x0<global>")
    kernel.run("ping", "-6", "-c", "1", "-n", "2001:db8::1")
    kernel.run("ifconfig", name, "del", "2001:db8::1/64")
    require(interface_block(kernel, name), "inet6 ::1 ", absent=["2001:db8::1"])


@case
def ifconfig_mtu(kernel):
    kernel.run("ifconfig", kernel.interface, "mtu", "9000")
    require(interface_block(kernel, kernel.interface), "mtu 9000")


@case
def ifconfig_unknown_interface(kernel):
    program = kernel.start("ifconfig", "nosuch0").finish().expect(1)
    require(program.err.decode(), "nosuch0: error fetching interface information: Device not found")
