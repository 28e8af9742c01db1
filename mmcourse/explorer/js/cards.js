// Cards that ask the reader: prediction, comparison, question. What they know is the model's `answer`, and nothing else.

// Safe HTML, made by Python: escaped text, code and formulas.
function htmlElement(tag, attributes, markup) {
  const node = element(tag, attributes);
  node.innerHTML = markup;
  return node;
}

// Fill the root of a card, follow the theme and the answer; gives the function that cleans up.
function openCard(model, root, parts, show) {
  const retheme = () => { root.dataset.theme = isDark() ? "dark" : "light"; };
  retheme();
  root.classList.add("mm-card");
  root.append(...parts);
  show();
  model.on("change:answer", show);
  const stopThemes = onThemeChange(retheme);
  return () => {
    stopThemes();
    model.off("change:answer", show);
  };
}

function answerWith(model, answer) {
  model.set("answer", answer);
  model.save_changes();
}

// A group of radio buttons with the question as its legend; `picked()` gives the option that is chosen.
function radioGroup(question, options) {
  const name = uniqueId("mm-option");
  const inputs = options.map(({ text }) => element("input", { type: "radio", name, value: text }));
  const rows = options.map(({ html }, i) => element("label", { class: "mm-option" }, inputs[i], htmlElement("span", {}, html)));
  return {
    fields: element("fieldset", {}, htmlElement("legend", {}, question), element("div", {}, ...rows)),
    picked: () => options[inputs.findIndex((input) => input.checked)],
    pick: (text) => inputs.forEach((input) => { input.checked = input.value === text; }),
  };
}

function numberField(question, { low, high, unit, whole }) {
  const id = uniqueId("mm-number");
  const input = element("input", { id, type: "number", min: low, max: high, step: whole ? 1 : "any", inputmode: whole ? "numeric" : "decimal" });
  const hint = `${whole ? "a whole number" : "a number"} from ${plainNumber(low)} to ${plainNumber(high)}`;
  const row = element("div", { class: "mm-number" }, input, element("span", {}, unit), element("span", { class: "mm-quiet" }, hint));
  const isGood = (x) => x >= low && x <= high && (!whole || Number.isInteger(x)); // not when it is NaN
  return {
    fields: element("fieldset", {}, htmlElement("label", { for: id }, question), row),
    picked: () => (isGood(input.valueAsNumber) ? { text: input.valueAsNumber } : undefined),
    pick: (x) => { input.value = x ?? ""; },
    hint,
  };
}

// Four digits, as number_text() of cards.py writes them.
const plainNumber = (x) => String(Number.isInteger(x) ? x : Math.abs(x) >= 1e4 ? Math.round(x) : Number(x.toPrecision(4)));

// The guess in an answer, if it is one that this card knows.
function guessIn(answer, { choices, number, value }) {
  const guess = answer?.guess;
  if (typeof guess === "number") return number || typeof value === "number" ? guess : undefined;
  if (choices) return choices.some(({ text }) => text === guess) ? guess : undefined;
  return typeof guess === typeof value ? guess : undefined;
}

faces.prediction = (model, root, spec) => {
  const input = spec.choices ? radioGroup(spec.question, spec.choices) : numberField(spec.question, spec.number);
  const record = element("button", { type: "submit" }, "Record my guess");
  const again = element("button", { type: "button", onclick: () => answerWith(model, null) }, "Start over");
  const status = element("span", { role: "status", class: "mm-quiet" });
  const onsubmit = (event) => {
    event.preventDefault();
    const picked = input.picked();
    if (picked) answerWith(model, { guess: picked.text, compared: false });
    show(picked ? undefined : spec.choices ? "Choose one first." : `Type ${input.hint} first.`);
  };
  const form = element("form", { novalidate: true, onsubmit }, input.fields, element("div", { class: "mm-actions" }, record, again, status));

  let shown;
  function show(complaint) {
    const answer = model.get("answer");
    const guess = guessIn(answer, spec);
    const compared = guess !== undefined && Boolean(answer.compared);
    if (guess !== shown) input.pick(guess);
    shown = guess;
    input.fields.disabled = compared;
    record.hidden = compared;
    again.hidden = !compared;
    setText(record, guess === undefined ? "Record my guess" : "Change my guess");
    const kept = compared ? "You have compared this guess." : guess === undefined ? "" : "Kept. You can change it until you compare.";
    setText(status, typeof complaint === "string" ? complaint : kept);
  }
  return openCard(model, root, [element("h3", {}, "Before you look"), form], () => show());
};

faces.comparison = (model, root, spec) => {
  const reveal = element("button", { type: "button" });
  const guessed = element("div");
  const truth = element("div", { hidden: true }, element("span", { class: "mm-quiet" }, "What is true"), htmlElement("strong", {}, spec.answer));
  const sides = element("div", { class: "mm-sides", tabindex: -1 }, guessed, truth);
  const result = element("div", { class: "mm-result", role: "status" });
  let open = false;
  let shown;

  reveal.addEventListener("click", () => {
    open = true;
    if (guessIn(model.get("answer"), spec) !== undefined) answerWith(model, { ...model.get("answer"), compared: true });
    show();
    sides.focus({ preventScroll: true }); // the button is gone
  });

  function show() {
    const answer = model.get("answer");
    const guess = guessIn(answer, spec);
    if (guess === undefined && shown !== undefined) open = false; // started over
    if (answer?.compared && guess !== undefined) open = true;
    shown = guess;
    guessed.replaceChildren(...guessParts(guess, spec));
    reveal.hidden = open;
    truth.hidden = !open;
    setText(reveal, guess === undefined ? "Show what is true" : "Compare");
    result.replaceChildren(...(open ? resultParts(guess, spec) : []));
  }
  const question = spec.question ? htmlElement("p", { class: "mm-asked" }, spec.question) : undefined;
  const parts = [element("h3", {}, "Your guess, and what is true"), question, sides, element("div", { class: "mm-actions" }, reveal), result];
  return openCard(model, root, parts.filter(Boolean), show);
};

function guessParts(guess, { choices, unit }) {
  if (guess === undefined) return [element("span", { class: "mm-quiet" }, "You recorded no guess here, which is fine.")];
  const markup = choices?.find(({ text }) => text === guess)?.html;
  const text = typeof guess === "number" ? `${plainNumber(guess)} ${unit}`.trim() : guess;
  return [element("span", { class: "mm-quiet" }, "You guessed"), markup ? htmlElement("strong", {}, markup) : element("strong", {}, text)];
}

function resultParts(guess, spec) {
  const why = spec.why ? htmlElement("p", {}, spec.why) : undefined;
  if (guess === undefined) return [why].filter(Boolean);
  const kind = judge(guess, spec);
  const line = typeof guess === "number" ? scaleLine(guess, spec) : undefined;
  const rule = spec.rule && kind !== "right" ? element("p", { class: "mm-quiet" }, spec.rule) : undefined;
  return [line, verdictLine(kind, WORDS[kind](guess, spec)), why, rule].filter(Boolean);
}

const within = ([low, high], x) => low <= x && x <= high;

function judge(guess, { value, right, near }) {
  if (typeof guess !== "number") return guess === value ? "right" : "wrong";
  return within(right, guess) ? "right" : within(near, guess) ? "near" : "wrong";
}

const WORDS = {
  right: () => "Right: you saw it coming.",
  near: (guess, { value }) => `Near, a little ${guess < value ? "low" : "high"}.`,
  wrong(guess, { value, ratio, unit }) {
    if (typeof guess !== "number") return "Not this time. What surprised you is what there is to learn here.";
    const factor = guess < value ? value / guess : guess / value;
    const by = ratio && factor > 0 && Number.isFinite(factor)
      ? `by a factor of ${Number(factor.toPrecision(2))}` : `by ${plainNumber(Math.abs(guess - value))} ${unit}`.trim();
    return `Too ${guess < value ? "low" : "high"}, ${by}. Numbers that surprise are worth a second look.`;
  },
};

const SIGNS = { right: "✓", near: "≈", wrong: "✗" };

function verdictLine(kind, text) {
  return element("p", { class: `mm-verdict mm-${kind}` }, element("span", { "aria-hidden": "true" }, SIGNS[kind]), element("span", {}, text));
}

// Guess and truth on the scale of the question. It says nothing that the words do not.
function scaleLine(guess, { value, scale, ratio, near, right }) {
  if (!scale) return undefined;
  const along = ratio ? (x) => Math.log(Math.max(x, scale.low) / scale.low) / Math.log(scale.high / scale.low) : (x) => (x - scale.low) / (scale.high - scale.low);
  const at = (x) => 100 * Math.min(Math.max(along(x), 0), 1);
  const band = (name, [from, to]) => element("i", { class: name, style: `left: ${at(from)}%; width: ${at(to) - at(from)}%` });
  const dot = (name, x) => element("i", { class: name, style: `left: ${at(x)}%` });
  const track = element("div", { class: "mm-track" }, band("mm-band", near), band("mm-band", right), dot("mm-true", value), dot("mm-guess", guess));
  const ends = element("div", { class: "mm-ends mm-quiet" }, element("span", {}, plainNumber(scale.low)), element("span", {}, plainNumber(scale.high)));
  return element("div", { class: "mm-line", "aria-hidden": "true" }, track, ends);
}

faces.question = (model, root, spec) => {
  const input = radioGroup(spec.question, spec.options);
  const result = element("div", { class: "mm-result", role: "status" });
  const onsubmit = (event) => {
    event.preventDefault();
    const picked = input.picked();
    if (!picked) return void result.replaceChildren(element("p", { class: "mm-quiet" }, "Choose one first."));
    const before = valid(model.get("answer"));
    if (!before?.right && before?.choice !== picked.text) {
      answerWith(model, { choice: picked.text, tries: (before?.tries ?? 0) + 1, right: picked.text === spec.right });
    }
    explain(picked);
  };
  const actions = element("div", { class: "mm-actions" }, element("button", { type: "submit" }, "Check"));
  const form = element("form", { novalidate: true, onsubmit }, input.fields, actions);

  const valid = (answer) => (spec.options.some(({ text }) => text === answer?.choice) ? answer : undefined);

  function explain({ text, why }) {
    const kind = text === spec.right ? "right" : "wrong";
    const { tries, right } = valid(model.get("answer"));
    const counted = tries === 1 ? "on your first try" : `on try ${tries}`;
    const words = { right: `Right, ${counted}.`, wrong: right ? "Not this one." : "Not this one. Have another go." };
    result.replaceChildren(verdictLine(kind, words[kind]), htmlElement("p", {}, why));
  }

  let shown;
  function show() {
    const answer = valid(model.get("answer"));
    if (answer?.choice === shown) return;
    shown = answer?.choice;
    input.pick(shown);
    if (answer) explain(spec.options.find(({ text }) => text === shown));
    else result.replaceChildren();
  }
  return openCard(model, root, [element("h3", {}, "Check yourself"), form, result], show);
};
