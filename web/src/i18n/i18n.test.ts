import { expect, test } from 'vitest';
import type { Texts } from './define';
import { en } from './en';
import { say, sayWord } from './text';
import { type TextKey, zh } from './zh';

const KEYS = Object.keys(zh) as TextKey[];
const blanks = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test('both languages fill in the same values', () => {
  for (const key of KEYS) expect(blanks(en[key]), key).toEqual(blanks(zh[key]));
});

test('no text is empty, and no English text is Chinese except the name of the language and an example plate', () => {
  for (const key of KEYS) {
    expect(zh[key].trim(), key).not.toBe('');
    if (key !== 'app.other_language' && key !== 'trucks.search_hint') expect(en[key], key).not.toMatch(/\p{Script=Han}/u);
  }
});

test('values are filled in, and a word the page does not know is shown as it came', () => {
  expect(say('en', 'clues.shown_of', { shown: 0, n: 7 })).toBe('0 of 7 shown.');
  expect(sayWord('zh', 'load', 'full')).toBe('满载');
  expect(sayWord('zh', 'role', 'inspector')).toBe('inspector');
});

/** The texts of every screen and part, kept beside them. */
const MODULES = import.meta.glob<Record<string, unknown>>('../**/texts.ts', { eager: true });

test('every screen and part has both languages, filled in with the same values', () => {
  expect(Object.keys(MODULES).length).toBeGreaterThan(1);
  for (const [path, module] of Object.entries(MODULES)) {
    for (const exported of Object.values(module)) {
      const texts = exported as Texts<string>;
      for (const [key, text] of Object.entries(texts.zh)) {
        const english = texts.en[key] ?? '';
        expect(text.trim(), `${path} ${key}`).not.toBe('');
        expect(blanks(english), `${path} ${key}`).toEqual(blanks(text));
        // An example plate and the other language's name are Chinese in English too.
        if (key !== 'other_language') expect(english.replace(/豫[A-Z]\S*/g, ''), `${path} ${key}`).not.toMatch(/\p{Script=Han}/u);
      }
    }
  }
});
