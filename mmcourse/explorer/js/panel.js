// A panel: a title, two canvases one over the other, and the marks drawn on them. The back canvas holds axes and fields
// and is drawn again only when they change; the front canvas holds what moves.

class Panel {
  constructor(spec, view) {
    this.spec = spec;
    this.view = view;
    this.marks = spec.marks;
    this.element = element("section", { class: `mm-panel mm-${spec.kind}`, style: `flex: ${spec.width} 1 0` });
    if (spec.title) this.element.append(element("h3", {}, spec.title));
    this.box = element("div", { class: "mm-box" });
    this.element.append(this.box);
    if (spec.kind === "words") this.box.setAttribute("aria-live", "polite");
    if (spec.kind === "plane" || spec.kind === "space") this.addCanvases();
    this.updates = this.marks.filter((mark) => marks[mark.kind].mount).map((mark) => marks[mark.kind].mount(mark, this));
    this.number = new Map(this.marks.filter((mark) => "color" in mark).map((mark, i) => [mark, mark.color ?? i + 1]));
  }

  addCanvases() {
    const label = [this.spec.title, this.spec.marks.map((mark) => mark.label).filter(Boolean).join(", ")];
    this.back = element("canvas", { "aria-hidden": "true" });
    this.front = element("canvas", { role: "img", "aria-label": label.filter(Boolean).join(": ") || "figure" });
    this.box.style.height = `${this.spec.height}px`;
    this.box.append(this.back, this.front);
    if (this.spec.kind === "space") addCamera(this);
  }

  // Fit the canvases to the room there is; true when that changed something.
  resize() {
    const width = this.box.clientWidth;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    if (!this.back || (width === this.width && ratio === this.ratio)) return false;
    Object.assign(this, { width, ratio, height: this.spec.height });
    for (const canvas of [this.back, this.front]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(this.height * ratio);
    }
    return true;
  }

  draw() {
    if (this.back && this.width > 0) {
      if (this.spec.kind === "space") drawSpace(this);
      else this.drawPlane();
    }
    for (const update of this.updates) update();
  }

  drawPlane() {
    const limits = this.limits();
    this.axes = layout(this, this.width, this.height, limits);
    const key = this.keyOf(this.marks.filter((mark) => marks[mark.kind].back), limits);
    if (key !== this.drawn) {
      const plot = this.plot(this.back);
      this.drawMarks(plot, (mark) => marks[mark.kind].back);
      drawAxes(plot.ctx, this, this.axes, plot.theme);
      this.drawn = key;
    }
    this.drawMarks(this.plot(this.front), (mark) => marks[mark.kind].draw && !marks[mark.kind].back);
  }

  // What the back canvas depends on.
  keyOf(marksBehind, limits) {
    const versions = marksBehind.flatMap((mark) => references(mark).map((reference) => this.view.numbers.at(reference).version));
    return [this.width, this.ratio, this.view.dark, ...limits.flat(), ...versions].join(" ");
  }

  limits() {
    const { xlim, ylim } = this.spec;
    if (xlim && ylim) return [xlim, ylim];
    const found = ownLimits(this);
    return [xlim ?? found[0], ylim ?? found[1]];
  }

  drawMarks(plot, wanted) {
    for (const mark of this.marks) if (wanted(mark)) marks[mark.kind].draw(plot, mark);
    plot.finish();
  }

  plot(canvas) {
    return new Plot(canvas, this);
  }
}

// What a mark needs to draw itself.
class Plot {
  constructor(canvas, panel) {
    this.ctx = canvas.getContext("2d");
    this.panel = panel;
    this.store = panel.view.store;
    this.theme = panel.view.theme;
    this.dark = panel.view.dark;
    this.box = panel.axes;
    this.labels = [];
    this.ctx.setTransform(panel.ratio, 0, 0, panel.ratio, 0, 0);
    this.ctx.clearRect(0, 0, panel.width, panel.height);
  }

  numbers(reference) {
    return this.panel.view.numbers.at(reference);
  }

  series(number) {
    const i = ((number % 8) + 8) % 8;
    return { color: this.theme.series[i], text: this.theme.text[i], dash: DASHES[i], marker: MARKERS[i] };
  }

  look(mark) {
    return this.series(this.panel.number.get(mark) ?? 0);
  }

  // Draw, but nothing outside the axes.
  inside(draw) {
    const { left, top, right, bottom } = this.box;
    this.ctx.save();
    this.ctx.beginPath();
    this.ctx.rect(left, top, right - left, bottom - top);
    this.ctx.clip();
    this.ctx.beginPath();
    draw();
    this.ctx.restore();
  }

  clamp(x, y) {
    const { left, top, right, bottom } = this.box;
    return [Math.min(Math.max(x, left), right), Math.min(Math.max(y, top), bottom)];
  }

  contains(x, y) {
    const [inX, inY] = this.clamp(x, y);
    return Math.abs(inX - x) + Math.abs(inY - y) < 1;
  }

  // `lift` is how much higher the label stands where it has no room beside the axes: off the line that it names.
  label(text, x, y, color, lift = 0) {
    this.labels.push({ text, x, y, color, lift });
  }

  // Write the labels, each beside its place, none over another.
  finish() {
    const { ctx, box, theme } = this;
    ctx.font = LABEL_FONT;
    for (const label of spread(this.labels, box.top + 7, box.bottom - 7)) {
      const width = ctx.measureText(label.text).width;
      const left = label.x + 9 + width > this.panel.width;
      const x = left ? Math.max(label.x - 9, box.left + width) : label.x + 9;
      const y = label.y - (left ? label.lift : 0);
      drawLabel(ctx, label.text, x, y, { color: label.color, paper: theme.paper, align: left ? "right" : "left" });
    }
  }
}

const LINE = 15; // pixels from one label to the next

// Move labels apart vertically, between two ends: down from the top, then up from the bottom.
function spread(labels, top, bottom) {
  const sorted = labels.sort((a, b) => a.y - b.y);
  let edge = top;
  for (const label of sorted) {
    label.y = Math.max(label.y, edge);
    edge = label.y + LINE;
  }
  edge = bottom;
  for (const label of sorted.reverse()) {
    label.y = Math.min(label.y, edge);
    edge = label.y - LINE;
  }
  return sorted;
}

// The references to numbers among the fields of a mark.
function references(mark) {
  const own = Object.values(mark).filter(isReference);
  return own.concat(Object.values(mark.numbers ?? {}));
}

const isReference = (value) =>
  value !== null && typeof value === "object" && ["array", "state", "formula", "live"].some((key) => key in value);

// Limits from the present numbers, for sources that are not known beforehand.
function ownLimits(panel) {
  const [xs, ys] = [[Infinity, -Infinity], [Infinity, -Infinity]];
  const take = (range, values) => {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      range[0] = Math.min(range[0], value);
      range[1] = Math.max(range[1], value);
    }
  };
  for (const mark of panel.marks) {
    const numbers = (name) => (mark[name] && isReference(mark[name]) ? panel.view.numbers.at(mark[name]).data : []);
    const [x, y] = marks[mark.kind].extent?.(numbers, mark) ?? [[], []];
    take(xs, x);
    take(ys, y);
  }
  return [pad(xs, panel.spec.xscale), pad(ys, panel.spec.yscale)];
}

function pad([low, high], kind) {
  if (!(low <= high)) return kind === "log" ? [0.1, 10] : [0, 1];
  if (kind === "log") {
    const ratio = low > 0 && high > low ? (high / low) ** 0.04 : 2;
    return [(low > 0 ? low : high / 1e6) / ratio, high * ratio];
  }
  const rest = high > low ? 0.04 * (high - low) : 0.5;
  return [low - rest, high + rest];
}
