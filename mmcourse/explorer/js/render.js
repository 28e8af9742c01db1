// What both hosts call: `render({model, el})` puts the face of a spec where its static form stands.

const faces = {}; // name -> function of (model, root, spec) that fills the root and gives a function that cleans up

// Wait until the place is near the window: nothing is decoded for what nobody sees.
function whenNear(place) {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      resolve();
    }, { rootMargin: "300px" });
    observer.observe(place);
  });
}

async function render({ model, el }) {
  const spec = model.get("spec");
  const root = element("div", {
    class: `mm-root mm-${spec.face}`, role: "group", "aria-label": spec.title || spec.alt, "data-lm-suppress-shortcuts": "true",
  });
  // JupyterLab looks for this on the way up from the focused element, and tries its shortcuts at each step.
  root.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"));
  const place = el.querySelector(":scope > :not(script)") ?? el.appendChild(element("span", { class: "mm-wait" }, "\u00a0"));
  await whenNear(place);
  const cleanup = await faces[spec.face](model, root, spec);
  place.replaceWith(root);
  return cleanup;
}
