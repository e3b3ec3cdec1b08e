// The page's texts. Both languages travel with it, so it can be switched without the network.

import { en } from "./strings_en.js";
import { es } from "./strings_es.js";

const TEXTS = { en, es };
let current = en;

export function setLanguage(lang) {
  current = TEXTS[lang] ?? en;
  document.documentElement.lang = lang;
}

// The text of that name with {variables} filled in.
export function t(key, variables = {}) {
  const text = current[key];
  if (text === undefined) throw new Error(`no text named ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    name in variables ? String(variables[name]) : whole,
  );
}
