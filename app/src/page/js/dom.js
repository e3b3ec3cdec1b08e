// Building elements. Text always becomes a text node: nothing that comes from data is ever parsed
// as HTML.

export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") el.className = value;
    else if (name === "style") setStyle(el, value);
    else if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (value === true) el.setAttribute(name, "");
    else el.setAttribute(name, value);
  }
  el.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return el;
}

// Through the style object, one property at a time: the page's security policy forbids style
// attributes.
export function setStyle(el, style) {
  for (const [name, value] of Object.entries(style)) el.style.setProperty(name, value);
}

export function announce(text) {
  const live = document.getElementById("live");
  if (live && live.textContent !== text) live.textContent = text;
}

// A row of buttons of which one is pressed: for few choices, better seen than a menu.
export function choice({ label, options, value, onchoose, name }) {
  const buttons = options.map((option) =>
    h(
      "button",
      {
        type: "button",
        class: "choice-button",
        role: "radio",
        "aria-checked": String(option.value === value),
        tabindex: option.value === value ? "0" : "-1",
        "data-choice": name ? `${name}:${option.value}` : undefined,
        title: option.title,
        "aria-label": option.title,
        onclick: () => choose(option.value),
      },
      option.label,
    ),
  );
  const el = h("div", { class: "choice", role: "radiogroup", "aria-label": label }, buttons);
  const show = (chosen) => {
    options.forEach((option, i) => {
      buttons[i].setAttribute("aria-checked", String(option.value === chosen));
      buttons[i].tabIndex = option.value === chosen ? 0 : -1;
    });
  };
  const choose = (chosen) => {
    show(chosen);
    onchoose(chosen);
  };
  el.addEventListener("keydown", (event) => {
    const step = arrowStep(event.key);
    if (!step) return;
    event.preventDefault();
    const from = buttons.indexOf(document.activeElement);
    const next = (from + step + buttons.length) % buttons.length;
    choose(options[next].value);
    (buttons[next].isConnected ? buttons[next] : findAgain(name, options[next].value))?.focus();
  });
  return { el, show };
}

function findAgain(name, value) {
  return document.querySelector(`[data-choice="${CSS.escape(`${name}:${value}`)}"]`);
}

export function arrowStep(key) {
  if (key === "ArrowRight" || key === "ArrowDown") return 1;
  if (key === "ArrowLeft" || key === "ArrowUp") return -1;
  return 0;
}

export function field(label, ...controls) {
  return h("div", { class: "field" }, h("span", { class: "field-label" }, label), ...controls);
}

// A token as people may see it: own direction, one line, the whole text in the tip.
export function tokenLabel(token, extra = {}) {
  const shown = token.length > 24 ? `${Array.from(token).slice(0, 23).join("")}…` : token;
  return h("bdi", { class: "token", title: token.slice(0, 500), ...extra }, shown || "∅");
}

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

export function subscript(n) {
  return String(n).replace(/\d/g, (digit) => SUBSCRIPTS[digit]);
}
