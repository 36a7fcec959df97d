import type { Say, Texts } from '../i18n/define';

/** The text for a word of the registers, or the word itself where the page knows none. */
export function wordIn<K extends string>(texts: Texts<K>, t: Say<K>, word: string): string {
  return Object.hasOwn(texts.zh, word) ? t(word as K) : word;
}
