// The controls: native inputs with names, values and focus, so that the keyboard suffices.

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  back: "M3 2.5h2v11H3zM13 2.5v11L6 8z",
  forward: "M11 2.5h2v11h-2zM3 2.5v11L10 8z",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// A value beside its slider: three digits, but thousands are written out, 1024 and not 1.02e+03.
function valueText(x) {
  return Math.abs(x) >= 999.5 && Math.abs(x) < 1e6 ? format(x, "d") : format(x);
}

// Each builder returns the element and a function that brings it up to the state.
const builders = {
  slider(control, view) {
    const id = uniqueId(control.name);
    const { store } = view;
    const input = element("input", { id, type: "range", min: 0, max: control.values.length - 1, step: 1 });
    const now = element("output", { for: id });
    input.addEventListener("input", () => store.set({ [control.name]: control.values[input.valueAsNumber] }));
    const box = element("div", { class: "mm-control" }, element("label", { for: id }, control.label), input, now);
    return [box, () => {
      const text = valueText(store.state[control.name]);
      input.value = store.index(control.name);
      input.setAttribute("aria-valuetext", text);
      setText(now, text);
    }];
  },

  choice(control, view) {
    const id = uniqueId(control.name);
    const { store } = view;
    const input = element("select", { id }, ...control.values.map((word) => element("option", {}, word)));
    input.addEventListener("change", () => store.set({ [control.name]: input.value }));
    const box = element("div", { class: "mm-control" }, element("label", { for: id }, control.label), input);
    return [box, () => { input.value = store.state[control.name]; }];
  },

  toggle(control, view) {
    const { store } = view;
    const input = element("input", { type: "checkbox" });
    input.addEventListener("change", () => store.set({ [control.name]: input.checked }));
    const box = element("label", { class: "mm-control mm-toggle" }, input, control.label);
    return [box, () => { input.checked = store.state[control.name]; }];
  },

  entry(control, view) {
    const id = uniqueId(control.name);
    const { store } = view;
    const input = element("input", { id, type: "text", maxlength: 2000, spellcheck: "false" });
    input.addEventListener("input", () => store.set({ [control.name]: input.value }));
    const box = element("div", { class: "mm-control mm-wide" }, element("label", { for: id }, control.label), input);
    return [box, () => { if (input.value !== store.state[control.name]) input.value = store.state[control.name]; }];
  },

  numbers(control, view) {
    const { store } = view;
    const { low, high, step } = control;
    const inputs = control.default.map((row, i) => row.map((_, j) => {
      const name = `${control.label}, row ${i + 1}, column ${j + 1}`;
      const input = element("input", { type: "number", min: low, max: high, step, "aria-label": name });
      input.addEventListener("change", () => {
        const grid = store.state[control.name].map((numbers) => [...numbers]);
        grid[i][j] = input.valueAsNumber;
        store.set({ [control.name]: grid });
        input.value = store.state[control.name][i][j];
      });
      return input;
    }));
    const rows = inputs.map((row) => element("div", {}, ...row));
    const box = element("fieldset", { class: "mm-control mm-numbers" }, element("legend", {}, control.label), ...rows);
    return [box, () => {
      const grid = store.state[control.name];
      inputs.forEach((row, i) => row.forEach((input, j) => {
        if (document.activeElement !== input) input.value = grid[i][j];
      }));
    }];
  },

  play(control, view) {
    const { store } = view;
    const clock = view.clocks.get(control.name);
    const step = (by) => { clock.pause(); store.set({ [control.name]: store.state[control.name] + by }); };
    const start = element("button", { type: "button", class: "mm-play", onclick: () => clock.toggle() });
    const back = element("button", { type: "button", "aria-label": "one step back", onclick: () => step(-1) }, icon("back"));
    const forward = element("button", { type: "button", "aria-label": "one step forward", onclick: () => step(1) }, icon("forward"));
    const scrub = element("input", { type: "range", min: 0, max: control.count - 1, step: 1, "aria-label": control.label });
    scrub.addEventListener("input", () => { clock.pause(); store.set({ [control.name]: scrub.valueAsNumber }); });
    const speeds = [0.25, 0.5, 1, 2, 4].map((speed) => element("option", { value: speed, selected: speed === 1 }, `${speed}×`));
    const speed = element("select", { "aria-label": "speed" }, ...speeds);
    speed.addEventListener("change", () => { clock.speed = Number(speed.value); });
    const loop = element("input", { type: "checkbox" });
    loop.checked = clock.loop;
    loop.addEventListener("change", () => { clock.loop = loop.checked; });
    const now = element("span", { class: "mm-now" });
    const box = element("div", { class: "mm-playbar", role: "group", "aria-label": `time: ${control.label}` },
      start, back, forward, scrub, now, speed, element("label", { class: "mm-toggle" }, loop, "loop"));
    let shown;
    return [box, () => {
      const value = store.state[control.name];
      scrub.value = value;
      scrub.setAttribute("aria-valuetext", `${control.label} ${value}`);
      setText(now, `${control.label} ${value}`);
      if (shown === clock.playing) return;
      shown = clock.playing;
      start.replaceChildren(icon(shown ? "pause" : "play"));
      start.setAttribute("aria-label", shown ? "pause" : "play");
    }];
  },
};
builders.logslider = builders.slider;

// Time, in frames: runs while it plays, and only while somebody can see it.
class Clock {
  constructor(control, view) {
    Object.assign(this, { control, view, playing: false, speed: 1, loop: control.loop, position: 0 });
  }

  toggle() {
    if (this.playing) return this.pause();
    const { store } = this.view;
    const { name, count } = this.control;
    if (store.state[name] >= count - 1) store.set({ [name]: 0 });
    this.position = store.state[name];
    this.playing = true;
    this.view.schedule();
  }

  pause() {
    this.playing = false;
    this.view.schedule();
  }

  advance(seconds) {
    if (!this.playing) return;
    const { name, count, rate } = this.control;
    const { store } = this.view;
    if (Math.floor(this.position) !== store.state[name]) this.position = store.state[name]; // somebody else moved it
    this.position += seconds * rate * this.speed;
    if (this.position >= count - 1) {
      if (this.loop) this.position = 0;
      else {
        this.position = count - 1;
        this.playing = false;
      }
    }
    store.set({ [name]: Math.floor(this.position) }, "clock");
  }
}
