// Light or dark: the system's choice unless one was made here.

let chosen = "auto";

// Asking the style sheet for each word of a large picture would take longer than painting it.
const known = new Map();

export function setTheme(theme) {
  chosen = theme;
  known.clear();
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function isDark() {
  if (chosen !== "auto") return chosen === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// A colour of the style sheet, for what is painted on a canvas.
export function colourOf(name) {
  if (!known.has(name)) {
    const style = getComputedStyle(document.documentElement);
    known.set(name, style.getPropertyValue(`--${name}`).trim());
  }
  return known.get(name);
}
