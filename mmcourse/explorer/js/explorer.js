// An explorer in a page: `render({model, el})` builds it from what the model holds, wherever the model lives.

// Milliseconds: the kernel hears of the state when the reader pauses for so long, or after so long without a pause.
const PAUSE = 100;
const PATIENCE = 500;

class View {
  constructor(model, root, spec, arrays) {
    this.model = model;
    this.root = root;
    this.spec = spec;
    this.store = new Store(spec.controls, model.get("state"));
    this.numbers = new Numbers(this.store, spec, arrays);
    const plays = spec.controls.filter((control) => control.kind === "play");
    this.clocks = new Map(plays.map((control) => [control.name, new Clock(control, this)]));
    this.visible = true;
    this.cleanups = [];
    this.retheme();
    this.build();
    this.connect();
  }

  build() {
    const { spec, store } = this;
    this.panels = spec.panels.map((panel) => new Panel(panel, this));
    const built = spec.controls.map((control) => [control, ...builders[control.kind](control, this)]);
    const bars = built.filter(([control]) => control.kind === "play").map(([, box]) => box);
    const others = built.filter(([control]) => control.kind !== "play").map(([, box]) => box);
    this.updates = built.map(([, , update]) => update);
    const chip = (name, onclick) => element("button", { type: "button", class: "mm-chip", onclick }, name);
    const presets = Object.entries(spec.presets).map(([name, patch]) => chip(name, () => this.preset(patch)));
    const reset = spec.controls.length ? chip("Reset", () => this.preset({})) : undefined;
    const share = this.model.share ? chip("Copy link", () => this.share(share)) : undefined;
    this.notice = element("pre", { class: "mm-notice", role: "status", hidden: true });
    this.root.append(
      element("div", { class: "mm-head" }, element("h2", {}, spec.title), element("div", { class: "mm-chips" }, ...presets, reset, share)),
      element("div", { class: this.panels.length >= 4 ? "mm-panels mm-pairs" : "mm-panels" }, ...this.panels.map((panel) => panel.element)),
      this.notice, ...bars, element("div", { class: "mm-controls" }, ...others),
    );
    this.store = store;
  }

  // The controls that are not where they started: what a link has to carry.
  changed() {
    const { state, defaults } = this.store;
    return Object.fromEntries(Object.entries(state).filter(([name, value]) => !same(value, defaults[name])));
  }

  async share(button) {
    const copied = await this.model.share(this.spec.key, this.changed());
    setText(button, copied ? "Copied" : "The link is in the address bar");
    setTimeout(() => setText(button, "Copy link"), 2500);
  }

  // Go to a preset: what it does not name goes back to where it started.
  preset(patch) {
    for (const clock of this.clocks.values()) clock.playing = false;
    this.store.set({ ...this.store.defaults, ...patch });
    const [first] = this.clocks.values();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (first && Object.keys(patch).length && !(first.control.name in patch) && !still) first.toggle();
  }

  connect() {
    this.cleanups.push(this.store.onChange((_, origin) => this.moved(origin)));
    this.cleanups.push(onThemeChange(() => (this.retheme(), this.schedule())));
    const sizes = new ResizeObserver(() => this.schedule());
    sizes.observe(this.root);
    const sight = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1).isIntersecting; // a busy page is told of several crossings at once, the oldest first
      this.schedule();
    });
    sight.observe(this.root);
    this.cleanups.push(() => sizes.disconnect(), () => sight.disconnect());
    const fromKernel = () => this.store.set(this.model.get("state"), "kernel");
    this.model.on("change:state", fromKernel);
    this.cleanups.push(() => this.model.off("change:state", fromKernel));
    if (this.spec.lives.length) this.live = new Kernel(this);
    this.cleanups.push(() => this.live?.stop());
  }

  moved(origin) {
    if (origin !== "kernel") this.tellKernel();
    if (origin !== "clock") for (const clock of this.clocks.values()) clock.position = this.store.state[clock.control.name];
    this.live?.ask();
    this.schedule();
  }

  tellKernel() {
    const now = performance.now();
    this.untold ??= now;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      this.untold = undefined;
      this.model.set("state", { ...this.store.state });
      this.model.save_changes();
    }, Math.max(0, Math.min(PAUSE, this.untold + PATIENCE - now)));
  }

  retheme() {
    this.dark = isDark();
    this.theme = this.dark ? DARK : LIGHT;
    this.root.dataset.theme = this.dark ? "dark" : "light";
  }

  get playing() {
    return [...this.clocks.values()].some((clock) => clock.playing);
  }

  schedule() {
    if (this.frame || this.stopped || (this.drawnOnce && !this.visible)) return; // out of sight, time stands still
    this.frame = requestAnimationFrame((time) => {
      this.frame = null;
      this.draw(time);
    });
  }

  draw(time) {
    const seconds = this.last ? Math.min((time - this.last) / 1000, 0.1) : 0;
    this.last = this.playing ? time : null;
    for (const clock of this.clocks.values()) clock.advance(seconds);
    for (const panel of this.panels) panel.resize();
    for (const panel of this.panels) panel.draw();
    for (const update of this.updates) update();
    this.drawnOnce = true;
    this.frames = (this.frames ?? 0) + 1;
    if (this.playing) this.schedule();
  }

  tell(text) {
    this.notice.hidden = !text;
    setText(this.notice, text ?? "");
  }

  stop() {
    this.stopped = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.telling);
    for (const cleanup of this.cleanups) cleanup();
  }
}

// Live sources: one request under way at a time, always for the newest state.
class Kernel {
  constructor(view) {
    this.view = view;
    this.number = 0;
    this.hear = (message, buffers) => this.answer(message, buffers);
    view.model.on("msg:custom", this.hear);
    this.ask();
  }

  ask() {
    if (!this.view.model.send) return this.view.tell("This part runs Python: open the notebook in JupyterLab to move it.");
    const { state } = this.view.store;
    const asked = JSON.stringify(this.view.spec.inputs.map((name) => state[name]));
    if (asked === this.asked) return;
    if (this.waiting) return void (this.stale = true);
    this.asked = asked;
    this.stale = false;
    this.number += 1;
    this.waiting = setTimeout(() => this.view.tell("The kernel does not answer. Everything else goes on."), 3000);
    try {
      this.view.model.send({ kind: "live", number: this.number, state });
    } catch {
      this.view.tell("The kernel is gone. Everything else goes on.");
    }
  }

  answer({ kind, number, results, error }, buffers) {
    if (kind !== "live" || number !== this.number) return;
    clearTimeout(this.waiting);
    this.waiting = null;
    this.view.tell(error);
    for (const { live, channels } of results) {
      const answers = channels.map(({ key, shape, buffer }) => [key, { data: floats(buffers[buffer]), shape, version: `live ${number}` }]);
      this.view.numbers.live.set(live, Object.fromEntries(answers));
    }
    this.view.schedule();
    if (this.stale) this.ask();
  }

  stop() {
    clearTimeout(this.waiting);
    this.view.model.off("msg:custom", this.hear);
  }
}

// Little-endian 32-bit numbers as they came, which may start at any byte.
const floats = ({ buffer, byteOffset, byteLength }) => new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));

const bytesOf = (data) =>
  typeof data === "string" ? fromBase64(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

faces.explorer = async (model, root, spec) => {
  const arrays = await unpack(bytesOf(model.get("data")), spec.arrays);
  const view = new View(model, root, spec, arrays);
  root.view = view; // for tests and the curious: $0.view.store.state
  view.schedule();
  return () => view.stop();
};
