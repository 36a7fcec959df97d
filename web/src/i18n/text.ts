import { createContext, useContext } from 'react';
import { en } from './en';
import type { Language } from './language';
import { type Dictionary, type TextKey, zh } from './zh';

const DICTIONARIES: Record<Language, Dictionary> = { zh, en };

/** One text of the page with its `{name}`s filled in. */
export function say(language: Language, key: TextKey, values: Record<string, string | number> = {}): string {
  return DICTIONARIES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text for a word of the API (`carriers.band.` + `black`), or the word itself where the page knows none. */
export function sayWord(language: Language, prefix: string, word: string): string {
  const key = `${prefix}.${word}`;
  return key in zh ? say(language, key as TextKey) : word;
}

export const LanguageContext = createContext<Language>('zh');

/** The language and its texts, for a component. */
export function useText() {
  const language = useContext(LanguageContext);
  return {
    language,
    t: (key: TextKey, values?: Record<string, string | number>) => say(language, key, values),
    word: (prefix: string, word: string) => sayWord(language, prefix, word),
  };
}
