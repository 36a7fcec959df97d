import { expect, test } from 'vitest';
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
