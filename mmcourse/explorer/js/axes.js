// Scales and axes of a plane panel.

function scale(kind, [low, high], [from, to]) {
  const forward = kind === "log" ? Math.log10 : (x) => x;
  const a = forward(low);
  const factor = (to - from) / (forward(high) - a);
  const place = (x) => from + (forward(x) - a) * factor;
  place.invert = (pixel) => {
    const x = a + (pixel - from) / factor;
    return kind === "log" ? 10 ** x : x;
  };
  place.kind = kind;
  place.limits = [low, high];
  return place;
}

function ticks(kind, [low, high], wanted) {
  if (kind === "log") return logTicks(low, high, wanted);
  if (kind === "log10") return logTicks(10 ** low, 10 ** high, wanted).map(Math.log10);
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

function logTicks(low, high, wanted) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 1) {
    const found = [];
    for (let power = first - 1; power <= last; power++)
      for (const m of [1, 2, 5]) found.push(Number((m * 10 ** power).toPrecision(3)));
    return found.filter((x) => x >= low * 0.999 && x <= high * 1.001);
  }
  const every = Math.max(1, Math.ceil((last - first + 1) / wanted));
  const found = [];
  for (let power = first; power <= last; power += every) found.push(10 ** power);
  return found;
}

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

function tickLabel(x, kind) {
  if (kind === "log10") return tickLabel(10 ** x, "log");
  if (x === 0) return "0";
  const power = Math.log10(Math.abs(x));
  if (kind === "log" && Math.abs(power - Math.round(power)) < 1e-9 && Math.abs(power) > 2.5)
    return "10" + [...String(Math.round(power))].map((letter) => SUPERSCRIPTS[letter]).join("");
  return (Math.abs(power) >= 5 ? format(x, ".2g") : String(Number(x.toPrecision(6)))).replace("-", "−");
}

const ruler = document.createElement("canvas").getContext("2d");

// The rectangle inside the axes, with both scales. With equal scales it shrinks until a unit is as long on both.
function layout(panel, width, height, [xlim, ylim]) {
  const { x, y, xscale, yscale, equal } = panel.spec;
  const beside = panel.marks.some((mark) => mark.kind === "field" && mark.heat && mark.label) ? 40 : 0; // a colour scale
  const right = width - 14 - beside - roomForLabels(panel, width);
  const box = { left: y ? 58 : 44, top: 10, right, bottom: height - (x ? 40 : 24) };
  if (equal) shrink(box, xlim, ylim);
  return {
    ...box,
    x: scale(xscale, xlim, [box.left, box.right]),
    y: scale(yscale, ylim, [box.bottom, box.top]),
  };
}

// Curves are named at their right ends: beside the axes, so that no name covers its curve.
function roomForLabels(panel, width) {
  const labels = panel.marks.filter((mark) => mark.kind === "line" && mark.label).map((mark) => mark.label);
  if (!labels.length || panel.marks.some((mark) => marks[mark.kind].back)) return 0;
  ruler.font = LABEL_FONT;
  return Math.min(Math.max(...labels.map((label) => ruler.measureText(label).width)), 0.35 * width);
}

function shrink(box, xlim, ylim) {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const unit = Math.min(width / (xlim[1] - xlim[0]), height / (ylim[1] - ylim[0]));
  const [across, down] = [(width - unit * (xlim[1] - xlim[0])) / 2, (height - unit * (ylim[1] - ylim[0])) / 2];
  box.left += across;
  box.right -= across;
  box.top += down;
  box.bottom -= down;
}

function drawAxes(ctx, panel, box, theme) {
  ctx.font = "11px system-ui, sans-serif";
  ctx.fillStyle = theme.muted;
  ctx.strokeStyle = theme.muted;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(box.left - 0.5, box.top);
  ctx.lineTo(box.left - 0.5, box.bottom + 0.5);
  ctx.lineTo(box.right, box.bottom + 0.5);
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  const names = panel.marks.find((mark) => mark.kind === "bars" && mark.names.length)?.names;
  const across = names ? names.map((_, i) => i) : ticks(box.x.kind, box.x.limits, Math.max(2, (box.right - box.left) / 70));
  for (const x of across) {
    const at = Math.round(box.x(x)) - 0.5;
    ctx.moveTo(at, box.bottom);
    ctx.lineTo(at, box.bottom + 4);
    ctx.fillText(names ? names[x] : tickLabel(x, box.x.kind), at, box.bottom + 7);
  }
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const y of ticks(box.y.kind, box.y.limits, Math.max(2, (box.bottom - box.top) / 45))) {
    const at = Math.round(box.y(y)) - 0.5;
    ctx.moveTo(box.left - 4, at);
    ctx.lineTo(box.left, at);
    ctx.fillText(tickLabel(y, box.y.kind), box.left - 7, at);
  }
  ctx.stroke();
  drawNames(ctx, panel.spec, box);
}

function drawNames(ctx, { x, y }, box) {
  ctx.font = "12px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  if (x) ctx.fillText(x, (box.left + box.right) / 2, box.bottom + 40);
  if (!y) return;
  ctx.save();
  ctx.translate(box.left - 54, (box.top + box.bottom) / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.textBaseline = "top";
  ctx.fillText(y, 0, 0);
  ctx.restore();
}
