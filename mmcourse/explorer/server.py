"""A line between browser and kernel that does not wait: for live sources in JupyterLab.

A kernel answers with several small messages. The operating system holds the second of them back until the browser has
acknowledged the first (Nagle's algorithm), and the browser waits up to 40 ms with that, in case it has something to
send anyway. One switch on the socket ends it: an answer then takes 18 ms where it took 49.

    python -m mmcourse.explorer.server    # tells Jupyter's servers of this environment to use it; `make` has done so
"""

import json
import sys
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

SETTING, CONNECTION = "kernel_websocket_connection_class", "mmcourse.explorer.server.PromptConnection"


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection, with every message sent as soon as it is written."""

    def connect(self) -> Any:
        """Connect to the kernel, after telling the socket not to wait."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()


def install(prefix: Path | str = sys.prefix) -> Path:
    """Write the setting into an environment's configuration of Jupyter's server, and keep what else is there.

    Parameters
    ----------
    prefix : path
        Root of the environment.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        If the file is there and is not JSON: it is left as it is.
    """
    file = Path(prefix) / "etc" / "jupyter" / "jupyter_server_config.json"
    settings = {}
    if file.is_file():
        try:
            settings = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            raise ValueError(f"{file} is not JSON: put it right, or remove it") from None
    settings.setdefault("ServerApp", {}).setdefault(SETTING, CONNECTION)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    print(f"Live figures answer at once: {install()}")
