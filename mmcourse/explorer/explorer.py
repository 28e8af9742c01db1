"""The explorer: a figure with controls, that is smooth, accessible, and alive in a static page too."""

import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import traitlets

from mmcourse.explorer import static
from mmcourse.explorer.controls import Control
from mmcourse.explorer.hosts import Hosted
from mmcourse.explorer.marks import Equation, Mark, Panel, StateValue, Text
from mmcourse.explorer.mathml import mathml
from mmcourse.explorer.payload import Payload
from mmcourse.explorer.sources import Channel, Formula, Live, Sweep, call
from mmcourse.explorer.template import names

SHORTEST_ALT = 20  # letters


class Explorer(Hosted):
    """An interactive figure.

    Parameters
    ----------
    controls : sequence of Control
        What the reader moves.
    marks : sequence of Mark or of Panel
        What is drawn: in one panel, or in several that share the controls.
    title : str
        One line over the figure.
    alt : str
        What the figure shows at first, for those who cannot see it: the finding, not the furniture.
    presets : dict of dict, optional
        Places worth visiting: name to the values of some controls; the others go back to where they start.
    key : str, optional
        Names it in links; made from the title when left out.

    Attributes
    ----------
    state : dict
        The value of each control: read it, set it (some or all of it), observe it, link it.

    Raises
    ------
    ValueError
        If arrays do not fit the marks or the controls, names repeat, or the numbers are too many: the message says
        which mark, which axis, and what to thin.

    Examples
    --------
    >>> from mmcourse.explorer import Line, Slider, sweep
    >>> slope = Slider("slope", -1, 1, count=21, start=0.5)
    >>> line = sweep(lambda slope: {"x": np.arange(5.0), "y": slope * np.arange(5.0)}, slope)
    >>> figure = Explorer([slope], [Line(line["x"], line["y"])], "A line", "A line through the origin rises.")
    >>> figure.state
    {'slope': 0.5}
    >>> figure.state = {"slope": -0.32}
    >>> figure.state["slope"].__round__(6)
    -0.3
    """

    def __init__(
        self,
        controls: Sequence[Control],
        marks: Sequence[Mark | Panel],
        title: str,
        alt: str,
        presets: Mapping[str, Mapping[str, Any]] | None = None,
        key: str = "",
    ) -> None:
        if len(alt.strip()) < SHORTEST_ALT:
            raise ValueError(f"`alt` must say in a sentence what the figure shows, got {alt!r}")
        self.controls = {axis.name: axis for control in controls for axis in control.axes}
        if len(self.controls) < sum(len(control.axes) for control in controls):
            raise ValueError(f"two controls have the same name: {[axis.name for c in controls for axis in c.axes]}")
        if not marks:
            raise ValueError("an explorer needs a mark, or a panel of marks")
        self.panels = tuple(marks) if isinstance(marks[0], Panel) else (Panel(*marks),)
        self.title, self.alt = title, " ".join(alt.split())
        self.default = {name: axis.default for name, axis in self.controls.items()}
        self.payload, self.formulas, self.lives = Payload(), [], []
        self._pictured: tuple[dict | None, bytes] = None, b""
        self.first: dict[int, dict] = {}  # what each formula and live source gives at first, by id
        key = key or re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        spec = {"face": "explorer", "key": key, "title": title, "alt": self.alt} | self._spec(presets or {})
        super().__init__(spec=spec, data=self.payload.pack(), state=self.default)
        self.on_msg(self._on_message)

    # The declaration as plain data

    def _spec(self, presets: Mapping) -> dict:
        panels = [self._panel(number, panel) for number, panel in enumerate(self.panels, 1)]
        visits = {name: self._checked(f"preset {name!r}", patch) for name, patch in presets.items()}
        plays = {name for name, control in self.controls.items() if control.spec()["kind"] == "play"}
        return {
            "controls": [control.spec() for control in self.controls.values()],
            "presets": visits,
            "panels": panels,
            "arrays": self.payload.specs,
            "formulas": [formula.javascript for formula in self.formulas],
            "lives": [number for number, _ in enumerate(self.lives)],
            "inputs": [name for name in self.controls if name not in plays],
        }

    def _panel(self, number: int, panel: Panel) -> dict:
        marks = [
            self._mark(f"{place} of panel {number}", mark, panel.kind) for place, mark in enumerate(panel.marks, 1)
        ]
        names_ = ("title", "x", "y", "xscale", "yscale", "equal", "width", "height", "kind")
        return {name: getattr(panel, name) for name in names_} | {"marks": marks} | self._limits(panel)

    def _limits(self, panel: Panel) -> dict:
        """Limits that hold for all states, where they are known; the renderer finds the others."""
        if panel.kind not in ("plane", "space"):
            return {}
        channels = [channel for mark in panel.marks for channel in mark.channels().values()]
        still = self._still(panel)
        xlim, ylim = static.limits(still, self.default) if still else ((0, 1), (0, 1))
        known = not any(isinstance(channel.source, (Formula, Live)) for channel in channels)
        return {"xlim": xlim if known or panel.xlim else None, "ylim": ylim if known or panel.ylim else None}

    def _still(self, panel: Panel) -> Panel | None:
        """The panel with what its live functions gave at first; a mark whose function failed is left out."""
        marks = []
        for mark in panel.marks:
            live = {f: self._first(c) for f, c in mark.channels().items() if isinstance(c.source, Live)}
            if all(array is not None for array in live.values()):
                constants = {field: Sweep(array) for field, array in live.items()}
                marks.append(mark.with_channels(constants) if live else mark)
        options = {f.name: getattr(panel, f.name) for f in fields(panel) if f.name != "marks"}
        return Panel(*marks, **options) if marks else None

    def _mark(self, place: str, mark: Mark, kind: str) -> dict:
        label = getattr(mark, "label", "")
        name = f"{type(mark).__name__} (mark {place}{f', {label!r}' if label else ''})"
        for control in mark.controls():
            if control.name not in self.controls:
                raise ValueError(f"{name} refers to {control.name!r}, which is not among the controls")
        channels = mark.channels()
        try:
            self._check(mark, channels, kind)
            plain = mark.plain() | {"kind": type(mark).__name__.lower()}
            if isinstance(mark, Text):
                return plain | self._words(mark)
            return plain | {field: self._reference(field, channel, name) for field, channel in channels.items()}
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None

    def _check(self, mark: Mark, channels: Mapping[str, Channel], kind: str) -> None:
        for channel in channels.values():
            for axis in getattr(channel.source, "over", ()):
                if self.controls.get(axis.name) != axis:
                    raise ValueError(f"its sweep is over {axis.name!r}, which is not among the controls")
        arrays = {field: array for field, array in self._at_first(channels).items() if array is not None}
        mark.check(arrays)
        if "points" in arrays and arrays["points"].shape[-1] != (3 if kind == "space" else 2):
            beside = "beside a Surface points have three" if kind == "space" else "in a plane points have two"
            raise ValueError(f"`points` has shape {arrays['points'].shape}: {beside} coordinates")

    def _at_first(self, channels: Mapping[str, Channel]) -> dict:
        """The arrays of the first state; None where a live function fails, which the explorer will say itself."""
        return {field: self._first(channel) for field, channel in channels.items()}

    def _first(self, channel: Channel) -> np.ndarray | None:
        source = channel.source
        if not isinstance(source, (Formula, Live)):
            return channel.at(self.default)
        if id(source) not in self.first:
            try:
                self.first[id(source)] = source.evaluate(self.default)
            except Exception:
                if isinstance(source, Formula):
                    raise
                self.first[id(source)] = {}
        given = self.first[id(source)]
        if given and channel.key not in given:
            raise ValueError(f"the source has no channel {channel.key!r}, only {', '.join(map(repr, given))}")
        return given.get(channel.key)

    def _reference(self, field: str, channel: Channel, name: str) -> dict:
        source = channel.source
        if isinstance(source, StateValue):
            return {"state": source.control.name}
        if isinstance(source, Formula):
            return {"formula": number_of(source, self.formulas), "key": channel.key}
        if isinstance(source, Live):
            first = self._first(channel)
            constant = Sweep(np.full((1,) * 2, np.nan) if first is None else first)
            index = self.payload.add(Channel(constant), f"`{field}` of {name}")
            return {"live": number_of(source, self.lives), "key": channel.key, "array": index}
        return {"array": self.payload.add(channel, f"`{field}` of {name}")}

    def _words(self, mark: Text) -> dict:
        numbers = {name: self._reference(name, channel, "a text") for name, channel in mark.numbers.items()}
        formula = isinstance(mark, Equation)
        markup = mathml(mark.template) if formula else ""
        used = re.findall(r"<mtext>@([a-z][a-z0-9_.]*)", markup) if formula else names(mark.template)
        for name in used:
            if name not in numbers and name not in self.controls:
                known = ", ".join([*numbers, *self.controls])
                raise ValueError(f"the template has {name!r}, which is neither a control nor in `numbers`: {known}")
        return {"numbers": numbers} | ({"mathml": markup} if formula else {})

    # The state

    def _checked(self, what: str, patch: Mapping[str, Any]) -> dict:
        for name in patch:
            if name not in self.controls:
                raise ValueError(f"{what}: there is no control {name!r}, only {', '.join(self.controls)}")
        return {name: self.controls[name].accept(value) for name, value in patch.items()}

    @traitlets.validate("state")
    def _complete(self, proposal: dict) -> dict:
        old = self._trait_values.get("state") or self.default
        return {**self.default, **old, **self._checked("state", proposal["value"])}

    def picture(self) -> bytes:
        """Return a PNG of the figure in its present state; the last one is kept, since a display needs it twice."""
        if self._pictured[0] == self.state:
            return self._pictured[1]
        panels = [still for panel in self.panels if (still := self._still(panel))]
        self._pictured = dict(self.state), static.png(panels, self.state, self.title)
        return self._pictured[1]

    # Live sources

    def _on_message(self, _widget: Any, message: dict, _buffers: Any) -> None:
        if message.get("kind") == "live":
            reply, buffers = self.answer_live(message["number"], message["state"])
            self.send(reply, buffers)

    def answer_live(self, number: int, state: Mapping[str, Any]) -> tuple[dict, list[bytes]]:
        """Run every live source for a state; return the message and the buffers that go to the renderer."""
        state, results, buffers, errors = self._checked("state", state), [], [], []
        for index, source in enumerate(self.lives):
            try:
                arrays = call(source.function, state)
                self._check_live(source, arrays)
            except Exception as error:
                errors.append(readable(error))
                continue
            channels = []
            for key, array in arrays.items():
                channels.append({"key": key, "shape": list(array.shape), "buffer": len(buffers)})
                buffers.append(np.ascontiguousarray(array, dtype="<f4").tobytes())
            results.append({"live": index, "channels": channels})
        return {"kind": "live", "number": number, "results": results, "error": "\n".join(errors)}, buffers

    def _check_live(self, source: Live, arrays: Mapping[str, np.ndarray]) -> None:
        """Raise a ValueError when what the function gave does not fit the marks that show it."""
        for panel in self.panels:
            for mark in panel.marks:
                channels = {field: c for field, c in mark.channels().items() if c.source is source}
                for field, channel in channels.items():
                    if channel.key not in arrays:
                        raise ValueError(
                            f"the function must return {channel.key!r} (for `{field}`), got {list(arrays)}"
                        )
                mark.check({field: arrays[channel.key] for field, channel in channels.items()})


def number_of(source: Any, sources: list) -> int:
    """Return the place of a source in a list, which takes it when it is new."""
    if source not in sources:
        sources.append(source)
    return sources.index(source)


def readable(error: Exception) -> str:
    """Return the traceback of an error in the reader's own function, without our frames."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).parent != Path(__file__).parent]
    lines = traceback.format_list(frames) + traceback.format_exception_only(error)
    return "".join(lines).strip()
