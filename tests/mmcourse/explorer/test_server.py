"""The setting for Jupyter's server: written once, and nothing else is lost."""

import importlib
import json

import pytest

from mmcourse.explorer import server


def test_the_setting_names_a_connection_that_can_be_imported(tmp_path):
    settings = json.loads(server.install(tmp_path).read_text())
    module, _, name = settings["ServerApp"]["kernel_websocket_connection_class"].rpartition(".")
    assert getattr(importlib.import_module(module), name) is server.PromptConnection


def test_other_settings_are_kept_and_a_choice_of_the_owner_too(tmp_path):
    file = server.install(tmp_path)
    own = {"ServerApp": {"kernel_websocket_connection_class": "mine.Own", "port": 9}, "LabApp": {"x": 1}}
    file.write_text(json.dumps(own))
    assert json.loads(server.install(tmp_path).read_text()) == own


def test_a_broken_file_is_left_as_it_is(tmp_path):
    file = server.install(tmp_path)
    file.write_text("{")
    with pytest.raises(ValueError, match="is not JSON: put it right, or remove it"):
        server.install(tmp_path)
    assert file.read_text() == "{"


def test_the_connection_tells_its_socket_not_to_wait(monkeypatch):
    told = []
    monkeypatch.setattr(server.ZMQChannelsWebsocketConnection, "connect", lambda self: "connected")

    class Handler:
        def set_nodelay(self, value):
            told.append(value)

    connection = server.PromptConnection.__new__(server.PromptConnection)
    connection.__dict__["websocket_handler"] = Handler()
    monkeypatch.setattr(server.PromptConnection, "websocket_handler", Handler(), raising=False)
    assert connection.connect() == "connected" and told == [True]
