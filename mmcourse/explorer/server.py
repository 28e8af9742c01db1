"""A line between browser and kernel that does not wait: for live sources in JupyterLab.

A kernel answers with several small messages. The operating system holds the second of them back until the browser has
acknowledged the first (Nagle's algorithm), and the browser waits up to 40 ms with that, in case it has something to
send anyway. One switch on the socket ends it. jupyter_server_config.py in the course's folder names this class.
"""

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection, with every message sent as soon as it is written."""

    def connect(self) -> Any:
        """Connect to the kernel, after telling the socket not to wait."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
