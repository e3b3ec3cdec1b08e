// The page: header, the four views, and the state that ties them together.

import { readData } from "./data.js";
import { announce, choice, h } from "./dom.js";
import { setLanguage, t } from "./i18n.js";
import { lookView } from "./look.js";
import { attention, matrix } from "./math.js";
import { compute } from "./model.js";
import { partsView } from "./parts.js";
import { playView } from "./play.js";
import { readView } from "./read.js";
import { copyText, savePng, saveSvg } from "./save.js";
import { hashToState, startState, stateToHash, VIEWS } from "./state.js";
import { setTheme } from "./theme.js";

const MAKERS = { play: playView, read: readView, look: lookView, parts: partsView };

class App {
  constructor(data) {
    this.data = data;
    this.start = startState(data);
    this.state = hashToState(location.hash, this.start, data);
    this.cached = null;
    this.view = null;
  }

  result() {
    this.cached ??= compute(this.state, this.data);
    return this.cached;
  }

  // Changes the state and shows it; `whole` rebuilds the view, else it updates in place.
  set(patch, whole = false) {
    Object.assign(this.state, patch);
    this.cached = null;
    this.writeHash();
    if ("view" in patch || whole || !this.view?.update) this.show();
    else this.view.update();
  }

  // Remembers without drawing: for what follows the pointer.
  keep(patch) {
    Object.assign(this.state, patch);
    this.writeHash();
  }

  reset() {
    const { view, lang, theme } = this.state;
    this.state = { ...structuredClone(this.start), view, lang, theme };
    this.set({}, true);
    announce(t("wasReset"));
  }

  // A frame made from a string has no address to write to; there the state lives in memory only.
  writeHash() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const hash = stateToHash(this.state, this.start);
      this.written = hash;
      try {
        history.replaceState(null, "", hash ? `#${hash}` : "#");
      } catch {
        this.written = null;
      }
    }, 150);
  }

  readHash() {
    if (location.hash.replace(/^#/, "") === (this.written ?? "")) return;
    this.state = hashToState(location.hash, this.start, this.data);
    this.cached = null;
    this.showAll();
  }

  showAll() {
    setLanguage(this.state.lang);
    setTheme(this.state.theme);
    document.title = t("title");
    document.getElementById("header").replaceChildren(header(this));
    this.show();
  }

  show() {
    const { view } = this.state;
    const again = focusPath();
    this.view = MAKERS[view](this);
    const main = document.getElementById("view");
    main.setAttribute("aria-labelledby", `tab-${view}`);
    main.replaceChildren(this.view.el);
    this.view.shown?.();
    for (const tab of document.querySelectorAll("[role=tab]")) {
      const on = tab.id === `tab-${view}`;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    again();
  }
}

// Rebuilding a view must not lose the place of someone who works with the keyboard.
function focusPath() {
  const active = document.activeElement;
  const name = ["data-choice", "data-control", "data-head", "data-action", "id"].find((one) =>
    active?.getAttribute?.(one),
  );
  if (!name) return () => {};
  const selector = `[${name}="${CSS.escape(active.getAttribute(name))}"]`;
  return () => document.querySelector(selector)?.focus({ preventScroll: true });
}

function header(app) {
  const tabs = VIEWS.map((name) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": "view",
        title: t(`tip_${name}`),
        onclick: () => app.set({ view: name }),
      },
      t(`view_${name}`),
    ),
  );
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": t("views") }, tabs);
  list.addEventListener("keydown", (event) => walkTabs(event, tabs));
  return h("div", { class: "bar" }, h("h1", {}, "atencion"), list, tools(app));
}

function walkTabs(event, tabs) {
  const here = tabs.indexOf(document.activeElement);
  const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: tabs.length - 1 }[
    event.key
  ];
  if (to === undefined) return;
  event.preventDefault();
  const next = tabs[(to + tabs.length) % tabs.length];
  next.focus();
  next.click();
}

function tools(app) {
  // Seen as well as heard: a click after which nothing changes looks like one that does nothing.
  const told = h("p", { class: "told", "aria-hidden": "true" });
  let until = 0;
  const tell = (text) => {
    announce(text);
    told.textContent = text;
    clearTimeout(until);
    until = setTimeout(() => (told.textContent = ""), 8000);
  };
  const save = (how) => () => {
    const root = document.getElementById("view");
    const name = `atencion-${app.state.view}`;
    if (how === "svg") saveSvg(root, name, `atencion: ${t(`view_${app.state.view}`)}`);
    else savePng(root, name);
    tell(t("saved", { name: `${name}.${how}` }));
  };
  const copy = async () => {
    const hash = stateToHash(app.state, app.start);
    // The address of a file on this computer leads nobody else anywhere.
    const own = location.protocol === "file:" || location.protocol === "about:";
    const done = await copyText(own ? `#${hash}` : `${location.href.split("#")[0]}#${hash}`);
    tell(t(done ? (own ? "linkToFile" : "copied") : "copyByHand"));
  };
  const button = (action, label, tip, onclick) =>
    h(
      "button",
      { type: "button", class: "plain", "data-action": action, title: tip, onclick },
      label,
    );
  const lang = choice({
    label: t("language"),
    name: "lang",
    value: app.state.lang,
    options: [
      { value: "es", label: "ES" },
      { value: "en", label: "EN" },
    ],
    onchoose: (value) => {
      app.set({ lang: value });
      app.showAll();
    },
  });
  const theme = choice({
    label: t("theme"),
    name: "theme",
    value: app.state.theme,
    options: [
      { value: "auto", label: "◐", title: t("theme_auto") },
      { value: "light", label: "☀", title: t("theme_light") },
      { value: "dark", label: "☾", title: t("theme_dark") },
    ],
    onchoose: (value) => {
      app.set({ theme: value });
      app.showAll();
    },
  });
  return h(
    "div",
    { class: "tools" },
    button("svg", "SVG", t("saveSvg"), save("svg")),
    button("png", "PNG", t("savePng"), save("png")),
    button("copy", t("copy"), t("copyTip"), copy),
    lang.el,
    theme.el,
    told,
  );
}

function main() {
  const app = new App(readData());
  app.showAll();
  addEventListener("hashchange", () => app.readHash());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => app.showAll());
  let waiting = 0;
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => app.view.shown?.());
  });
  // For the console: the page's own arithmetic and what is shown now.
  globalThis.atencion = {
    attention,
    matrix,
    state: () => structuredClone(app.state),
    result: () => app.result(),
  };
}

main();
