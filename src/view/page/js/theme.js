// Light or dark: the system's choice unless one was made here.

let chosen = "auto";

export function setTheme(theme) {
  chosen = theme;
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function isDark() {
  if (chosen !== "auto") return chosen === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// A colour of the style sheet, for what is painted on a canvas.
export function colourOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
