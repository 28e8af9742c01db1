// Small help with the page: elements, colours, and the table of marks that other files fill.

const marks = {}; // kind of a mark -> {draw} on a canvas, or {mount} elements of its own

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let count = 0;
const uniqueId = (prefix) => `${prefix}-${Date.now().toString(36)}-${(count += 1)}`;

// Whether the page around us is dark: JupyterLab and its exports say so; elsewhere the reader's system does.
function isDark() {
  const told = document.body.dataset.jpThemeLight;
  return told === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : told === "false";
}

function onThemeChange(listener) {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", listener);
  return () => {
    observer.disconnect();
    query.removeEventListener("change", listener);
  };
}

// TOKENS stands before this file: the look of all figures of the course, from mmcourse/figures.py.
const { light: LIGHT, dark: DARK, dashes: DASHES, markers: MARKERS } = TOKENS;

function drawMarker(ctx, shape, x, y, size) {
  const r = size / 2;
  ctx.beginPath();
  if (shape === "circle") ctx.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === "square") ctx.rect(x - r, y - r, 2 * r, 2 * r);
  else if (shape === "plus" || shape === "cross") {
    const corners = shape === "plus" ? [[0, 1.2], [1.2, 0]] : [[1, 1], [1, -1]];
    for (const [dx, dy] of corners) {
      ctx.moveTo(x - r * dx, y - r * dy);
      ctx.lineTo(x + r * dx, y + r * dy);
    }
    ctx.lineWidth = Math.max(2, size / 3.5);
    ctx.stroke();
    return;
  } else {
    const corners = {
      "triangle up": [[0, -1.2], [1.1, 0.9], [-1.1, 0.9]],
      "triangle down": [[0, 1.2], [1.1, -0.9], [-1.1, -0.9]],
      diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
    }[shape];
    corners.forEach(([dx, dy], i) => ctx[i ? "lineTo" : "moveTo"](x + r * dx, y + r * dy));
    ctx.closePath();
  }
  ctx.fill();
}

const LABEL_FONT = "12px system-ui, sans-serif";

// Text that stays legible over anything.
function drawLabel(ctx, text, x, y, { color, paper, align = "left", baseline = "middle", bold = false }) {
  ctx.font = bold ? `600 ${LABEL_FONT}` : LABEL_FONT;
  ctx.textAlign = align;
  ctx.textBaseline = baseline;
  ctx.lineJoin = "round";
  ctx.lineWidth = 3;
  ctx.strokeStyle = paper;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = color;
  ctx.fillText(text, x, y);
}
