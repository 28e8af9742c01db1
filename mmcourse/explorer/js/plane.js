// Marks of a plane: path, points, arrows, line, rule, bars, histogram, handle.

const FADE_STEPS = 16; // shades between the oldest and the newest part of a path
const FAR = 1e5; // pixels: what lies farther out is drawn there, so that a divergent run stays a line

const within = (pixel) => Math.min(Math.max(pixel, -FAR), FAR);

// Pairs of coordinates as all first and all second ones; `extent` of a mark gives these two lists.
const columns = (pairs) => [0, 1].map((column) => Array.from(pairs).filter((_, i) => i % 2 === column));

marks.path = {
  extent: (numbers) => columns(numbers("points")),
  draw(plot, mark) {
    const points = plot.numbers(mark.points);
    const end = points.shape[0] - 1;
    const last = mark.upto ? Math.min(plot.store.state[mark.upto], end) : end;
    const first = mark.tail ? Math.max(0, last - mark.tail) : 0;
    const at = placesOf(plot, points);
    const { ctx } = plot;
    const look = plot.look(mark);
    ctx.strokeStyle = ctx.fillStyle = look.color;
    ctx.lineWidth = 2;
    ctx.lineJoin = "round";
    plot.inside(() => {
      drawTail(plot, at, first, last);
      if (last - first <= 120) drawSteps(plot, at, first, last);
    });
    drawHead(plot, mark, look, at, last);
  },
};

// Where points lie, in pixels: at(i) gives [x, y], in space also how near that is.
function placesOf(plot, { data, shape }) {
  if (plot.space) return plot.space.places({ data });
  const { x, y } = plot.box;
  return (i) => [within(x(data[i * shape[1]])), within(y(data[i * shape[1] + 1]))];
}

function drawTail(plot, at, first, last) {
  const { ctx } = plot;
  const chunk = Math.max(1, Math.ceil((last - first) / FADE_STEPS));
  for (let start = first; start < last; start += chunk) {
    const end = Math.min(start + chunk, last);
    ctx.globalAlpha = 0.3 + 0.7 * ((end - first) / (last - first));
    if (plot.space) strokeInSpace(plot, at, start, end);
    else {
      ctx.beginPath();
      trace(ctx, at, start, end);
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

// Lines from point to point; where a coordinate is missing there is a gap.
function trace(ctx, at, start, end) {
  let pen = false;
  for (let i = start; i <= end; i++) {
    const [x, y] = at(i);
    if (Number.isNaN(x + y)) pen = false;
    else {
      ctx[pen ? "lineTo" : "moveTo"](x, y);
      pen = true;
    }
  }
}

function drawSteps({ ctx, space }, at, first, last) {
  ctx.beginPath();
  for (let i = first; i < last; i++) {
    const place = at(i);
    const [x, y] = place;
    if (Number.isNaN(x + y) || space?.hides(place)) continue;
    ctx.moveTo(x + 1.8, y);
    ctx.arc(x, y, 1.8, 0, 2 * Math.PI);
  }
  ctx.fill();
}

// The marker at the newest point; when that lies outside, it waits at the border, hollow.
function drawHead(plot, mark, look, at, last) {
  let place = at(last);
  for (let i = last - 1; Number.isNaN(place[0] + place[1]) && i >= 0; i--) place = at(i);
  const [x, y] = place;
  if (Number.isNaN(x + y)) return;
  const [inX, inY] = plot.clamp(x, y);
  const out = Math.abs(inX - x) + Math.abs(inY - y) > 1;
  plot.ctx.fillStyle = plot.ctx.strokeStyle = look.color;
  if (out) {
    plot.ctx.lineWidth = 2;
    plot.ctx.beginPath();
    plot.ctx.arc(inX, inY, 4, 0, 2 * Math.PI);
    plot.ctx.stroke();
  } else {
    plot.ctx.globalAlpha = plot.space?.hides(place) ? 0.45 : 1;
    drawMarker(plot.ctx, look.marker, x, y, 9);
    plot.ctx.globalAlpha = 1;
  }
  const words = [mark.label, out && "left the picture"].filter(Boolean).join(": ");
  if (words) plot.label(words, inX, inY, look.text);
}

marks.points = {
  extent: (numbers) => columns(numbers("points")),
  draw(plot, mark) {
    const points = plot.numbers(mark.points);
    const kinds = mark.kinds && plot.numbers(mark.kinds).data;
    const at = placesOf(plot, points);
    const own = plot.look(mark);
    let labelled = !mark.label;
    plot.inside(() => {
      for (let i = 0; i < points.shape[0]; i++) {
        const place = at(i);
        const [x, y] = place;
        if (Number.isNaN(x + y)) continue;
        const look = kinds ? plot.series(kinds[i]) : own;
        plot.ctx.fillStyle = plot.ctx.strokeStyle = look.color;
        plot.ctx.globalAlpha = plot.space?.hides(place) ? 0.35 : 1;
        drawMarker(plot.ctx, look.marker, x, y, mark.size);
        if (!labelled) plot.label(mark.label, x, y, look.text);
        labelled = true;
      }
    });
  },
};

marks.arrows = {
  extent(numbers, mark) {
    const [tails, vectors] = [numbers("tails"), numbers("vectors")];
    return columns([...tails, ...Array.from(tails, (tail, i) => tail + mark.scale * vectors[i])]);
  },
  draw(plot, mark) {
    const tails = plot.numbers(mark.tails).data;
    const { data: vectors, shape } = plot.numbers(mark.vectors);
    const look = plot.look(mark);
    const { ctx, box } = plot;
    ctx.strokeStyle = ctx.fillStyle = look.color;
    ctx.lineWidth = 1.8;
    plot.inside(() => {
      for (let i = 0; i < shape[0]; i++) {
        const [u, v] = [tails[2 * i], tails[2 * i + 1]];
        const head = [u + mark.scale * vectors[2 * i], v + mark.scale * vectors[2 * i + 1]];
        drawArrow(ctx, box.x(u), box.y(v), within(box.x(head[0])), within(box.y(head[1])));
      }
    });
    if (mark.label && shape[0]) plot.label(mark.label, box.x(tails[0]), box.y(tails[1]), look.text);
  },
};

function drawArrow(ctx, x0, y0, x1, y1) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (!(length > 0.5)) return;
  const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
  const tip = Math.min(8, length / 2);
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1 - dx * tip * 0.8, y1 - dy * tip * 0.8);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x1 - dx * tip + dy * tip * 0.45, y1 - dy * tip - dx * tip * 0.45);
  ctx.lineTo(x1 - dx * tip - dy * tip * 0.45, y1 - dy * tip + dx * tip * 0.45);
  ctx.fill();
}

marks.line = {
  extent: (numbers) => [numbers("x"), ["y", "low", "high"].flatMap((name) => [...numbers(name)])],
  draw(plot, mark) {
    const x = plot.numbers(mark.x).data;
    const { data: y, shape } = plot.numbers(mark.y);
    const { ctx, box } = plot;
    const look = plot.look(mark);
    const at = (i) => [within(box.x(x[i])), within(box.y(y[i]))];
    ctx.strokeStyle = ctx.fillStyle = look.color;
    const now = mark.upto ? Math.min(plot.store.state[mark.upto], shape[0] - 1) : shape[0] - 1;
    plot.inside(() => {
      if (mark.low && mark.high) drawBand(plot, x, plot.numbers(mark.low).data, plot.numbers(mark.high).data, shape[0]);
      ctx.lineWidth = 2;
      ctx.setLineDash(look.dash);
      ctx.beginPath();
      trace(ctx, at, 0, now);
      ctx.stroke();
      if (now < shape[0] - 1) drawRest(ctx, at, now, shape[0] - 1);
      ctx.setLineDash([]);
    });
    const [nowX, nowY] = at(now);
    if (mark.upto && !Number.isNaN(nowX + nowY) && plot.contains(nowX, nowY)) drawMarker(ctx, look.marker, nowX, nowY, 9);
    if (mark.label) labelEnd(plot, mark, look, at, shape[0] - 1);
  },
};

function drawRest(ctx, at, from, to) {
  ctx.globalAlpha = 0.3;
  ctx.beginPath();
  trace(ctx, at, from, to);
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function drawBand({ ctx, box }, x, low, high, count) {
  ctx.globalAlpha = 0.18;
  for (let start = 0; start < count; start++) {
    if (Number.isNaN(low[start] + high[start])) continue;
    let end = start;
    while (end + 1 < count && !Number.isNaN(low[end + 1] + high[end + 1])) end += 1;
    ctx.beginPath();
    for (let i = start; i <= end; i++) ctx.lineTo(box.x(x[i]), within(box.y(high[i])));
    for (let i = end; i >= start; i--) ctx.lineTo(box.x(x[i]), within(box.y(low[i])));
    ctx.fill();
    start = end;
  }
  ctx.globalAlpha = 1;
}

// A curve is named at the last place where it can be seen.
function labelEnd(plot, mark, look, at, last) {
  for (let i = last; i >= 0; i--) {
    const [x, y] = at(i);
    if (!Number.isNaN(x + y) && plot.contains(x, y)) return plot.label(mark.label, x, y, look.text);
  }
}

marks.rule = {
  draw(plot, mark) {
    const [value] = plot.numbers(mark.at).data;
    const { ctx, box, theme } = plot;
    const at = mark.across === "x" ? box.x(value) : box.y(value);
    if (Number.isNaN(at)) return;
    ctx.strokeStyle = theme.accent;
    ctx.lineWidth = 1.5;
    ctx.setLineDash([4, 3]);
    plot.inside(() => {
      if (mark.across === "x") line(ctx, at, box.top, at, box.bottom);
      else line(ctx, box.left, at, box.right, at);
    });
    ctx.setLineDash([]);
    if (!mark.label) return;
    if (mark.across === "x") plot.label(mark.label, at, box.top + 8, theme.accent);
    else plot.label(mark.label, box.right, at, theme.accent, 9);
  },
};

function line(ctx, x0, y0, x1, y1) {
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

marks.bars = {
  extent: (numbers) => [[-0.5, numbers("heights").length - 0.5], [0, ...numbers("heights")]],
  draw(plot, mark) {
    const { data } = plot.numbers(mark.heights);
    const edges = Array.from({ length: data.length + 1 }, (_, i) => i - 0.5);
    drawBars(plot, mark, edges, data, 0.72);
  },
};

marks.histogram = {
  extent: (numbers) => [numbers("edges"), [0, ...counted(numbers("samples"), numbers("edges"))]],
  draw(plot, mark) {
    const edges = plot.numbers(mark.edges).data;
    drawBars(plot, mark, edges, counted(plot.numbers(mark.samples).data, edges), 1);
  },
};

// How many samples fall between neighbouring edges; the last bin includes its right edge, as in numpy.
function counted(samples, edges) {
  const counts = new Array(edges.length - 1).fill(0);
  for (const sample of samples) {
    if (!(sample >= edges[0] && sample <= edges[edges.length - 1])) continue;
    let bin = 0;
    while (bin < counts.length - 1 && sample >= edges[bin + 1]) bin += 1;
    counts[bin] += 1;
  }
  return counts;
}

function drawBars(plot, mark, edges, heights, share) {
  const { ctx, box } = plot;
  const look = plot.look(mark);
  const floor = box.y(box.y.kind === "log" ? box.y.limits[0] : 0);
  ctx.fillStyle = ctx.strokeStyle = look.color;
  ctx.lineWidth = 1;
  plot.inside(() => {
    heights.forEach((height, i) => {
      if (Number.isNaN(height)) return;
      const [left, right] = [box.x(edges[i]), box.x(edges[i + 1])];
      const inset = ((right - left) * (1 - share)) / 2;
      const top = within(box.y(height));
      ctx.globalAlpha = 0.75;
      ctx.fillRect(left + inset, Math.min(top, floor), right - left - 2 * inset, Math.abs(floor - top));
      ctx.globalAlpha = 1;
      ctx.strokeRect(left + inset, Math.min(top, floor), right - left - 2 * inset, Math.abs(floor - top));
    });
  });
  if (mark.label) plot.label(mark.label, box.right, box.top + 8, look.text);
}

// A handle is an element over the canvas, so that it has focus, arrow keys and a name.
marks.handle = {
  mount(mark, panel) {
    const { store } = panel.view;
    const names = [store.controls.get(mark.x).label, store.controls.get(mark.y).label];
    const handle = element("button", { class: "mm-handle", type: "button" });
    const move = (event) => {
      const frame = panel.box.getBoundingClientRect();
      const { x, y } = panel.axes;
      store.set({ [mark.x]: x.invert(event.clientX - frame.left), [mark.y]: y.invert(event.clientY - frame.top) });
    };
    drag(panel.front, handle, move);
    drag(handle, handle, move);
    handle.addEventListener("keydown", (event) => stepWithKeys(event, store, mark));
    panel.box.append(handle);
    panel.front.classList.add("mm-draggable");
    return () => {
      const { x, y } = panel.axes;
      const [left, top] = [x(store.state[mark.x]), y(store.state[mark.y])];
      handle.style.transform = `translate(${left}px, ${top}px)`;
      const where = `${names[0]} ${format(store.state[mark.x])}, ${names[1]} ${format(store.state[mark.y])}`;
      handle.setAttribute("aria-label", `${mark.label || "handle"}: ${where}; drag, or move with the arrow keys`);
    };
  },
};

function drag(target, handle, move) {
  target.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    target.setPointerCapture(event.pointerId);
    move(event);
    const stop = () => {
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointerup", stop);
      target.removeEventListener("pointercancel", stop);
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", stop);
    target.addEventListener("pointercancel", stop);
  });
}

function stepWithKeys(event, store, mark) {
  const [name, sign] = {
    ArrowLeft: [mark.x, -1],
    ArrowRight: [mark.x, 1],
    ArrowDown: [mark.y, -1],
    ArrowUp: [mark.y, 1],
  }[event.key] ?? [];
  if (!name) return;
  event.preventDefault();
  const { values } = store.controls.get(name);
  const next = store.index(name) + sign * (event.shiftKey ? 10 : 1);
  store.set({ [name]: values[Math.min(Math.max(next, 0), values.length - 1)] });
}
