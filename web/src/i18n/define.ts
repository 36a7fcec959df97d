/**
 * The texts of one screen or part, in both languages, kept beside it in its `texts.ts`. A key missing or surplus in
 * English is a compile error; `{name}` is filled in with a value.
 */
import { useContext, useMemo } from 'react';
import type { Language } from './language';
import { LanguageContext } from './text';

export interface Texts<K extends string> {
  readonly zh: Readonly<Record<K, string>>;
  readonly en: Readonly<Record<K, string>>;
}

/** The type of a screen's texts is given by the Chinese ones. */
export function defineTexts<const Z extends Readonly<Record<string, string>>>(texts: {
  zh: Z;
  en: { readonly [K in keyof Z]: string };
}): Texts<keyof Z & string> {
  return texts as Texts<keyof Z & string>;
}

export type Values = Readonly<Record<string, string | number>>;

/** One text with its `{name}`s filled in. */
export function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Says texts in one language. */
export interface Say<K extends string> {
  (key: K, values?: Values): string;
  /** The text for a word of the API (`state.` + `pending`), or the word itself where the page knows none. */
  word(prefix: string, word: string): string;
}

export function sayIn<K extends string>(texts: Texts<K>, language: Language): Say<K> {
  const say = (key: K, values?: Values) => fill(texts[language][key], values);
  const word = (prefix: string, of: string) => {
    const key = `${prefix}.${of}`;
    return Object.hasOwn(texts[language], key) ? texts[language][key as K] : of;
  };
  return Object.assign(say, { word });
}

export function useLanguage(): Language {
  return useContext(LanguageContext);
}

/** The texts in the language of the page: `t('key', { n: 3 })`. */
export function useTexts<K extends string>(texts: Texts<K>): Say<K> {
  const language = useLanguage();
  return useMemo(() => sayIn(texts, language), [texts, language]);
}
