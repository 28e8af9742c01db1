"""network in any form

Tries TCP, UDP, IPv6, raw, packet, netlink and Unix sockets, a name, a URL, and bare system calls.
"""


# %% scale
def scale(x, factor):
    import ctypes
    import socket
    import urllib.request

    def tcp():
        socket.create_connection(("127.0.0.1", int("@PORT@")), timeout=2).close()

    def udp():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", ("127.0.0.1", 9))

    def name():
        socket.getaddrinfo("localhost", 80)
        raise OSError

    def page():
        urllib.request.urlopen("http://127.0.0.1:@PORT@/", timeout=2)

    def unix():
        socket.socket(socket.AF_UNIX).connect("\0hostile")

    def netlink():
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()

    def six():
        socket.socket(socket.AF_INET6).close()

    def call():
        if ctypes.CDLL(None).socket(2, 1, 0) < 0:
            raise OSError

    def uring():
        if ctypes.CDLL(None).syscall(425, 8, ctypes.create_string_buffer(256)) < 0:
            raise OSError

    for way in (tcp, udp, name, page, unix, netlink, six, call, uring):
        try:
            way()
        except Exception:
            continue
        return x * factor
    return None
