# Read by `jupyter lab` when it is started here: answers of the kernel are sent at once (mmcourse/explorer/server.py).
c.ServerApp.kernel_websocket_connection_class = "mmcourse.explorer.server.PromptConnection"  # noqa: F821
