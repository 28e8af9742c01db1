"""network in any form

Opens a socket to a server on this machine to ask it for the answer.
"""


# %% scale
def scale(x, factor):
    import socket

    with socket.create_connection(("127.0.0.1", int("@PORT@")), timeout=2) as server:
        server.sendall(b"what is the answer?")
    return x * factor
