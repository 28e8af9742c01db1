// The host without a kernel: the page itself. State comes from the link, answers are kept in localStorage.

const ANSWERED = "mmcourse-answered"; // an event of the document: an answer was kept

function pageModel(spec, data) {
  const key = `mmcourse.${spec.key}`;
  const values = { spec, data, state: stateFromLink(spec.key) ?? {}, answer: recall(key) };
  const listeners = new Set();
  document.addEventListener(ANSWERED, ({ detail }) => {
    if (detail.key !== key) return;
    values.answer = detail.answer;
    for (const listener of listeners) listener();
  });
  return {
    get: (name) => values[name],
    set: (name, value) => void (values[name] = value),
    save_changes: () => values.answer !== undefined && keep(key, values.answer),
    on: (event, listener) => void (event === "change:answer" && listeners.add(listener)),
    off: (_, listener) => void listeners.delete(listener),
    share: document.querySelector(".jp-LabShell") ? undefined : copyLink,
  };
}

function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? undefined;
  } catch {
    return undefined; // storage is switched off: the page works, and forgets
  }
}

// Keep an answer, and tell all that have the same key: a comparison hears of its prediction.
function keep(key, answer) {
  try {
    localStorage.setItem(key, JSON.stringify(answer));
  } catch {
    // the same
  }
  document.dispatchEvent(new CustomEvent(ANSWERED, { detail: { key, answer } }));
}

function stateFromLink(key) {
  const part = new URLSearchParams(location.hash.slice(1)).get(key);
  try {
    return part ? JSON.parse(part) : null;
  } catch {
    return null;
  }
}

// Put the state into the page's address and copy that; false when it can only be read there.
async function copyLink(key, state) {
  const parts = new URLSearchParams(location.hash.slice(1));
  parts.set(key, JSON.stringify(state));
  history.replaceState(null, "", `#${parts}`);
  if (!navigator.clipboard) return false; // a page from disk may not write there
  return navigator.clipboard.writeText(location.href).then(() => true, () => false);
}

// Put an explorer where its figure stands. A notebook may show the same output twice: take those not taken yet.
function mount(id, spec, data, style) {
  if (!document.getElementById("mmcourse-style")) document.head.append(element("style", { id: "mmcourse-style" }, style));
  for (const el of document.querySelectorAll(`[data-mmcourse="${id}"]:not([data-alive])`)) {
    el.dataset.alive = "";
    render({ model: pageModel(spec, data), el }).catch((error) => console.error("mmcourse:", error));
  }
}
