import { describe, expect, test } from 'vitest';
import { tokenIn } from '../session/session';
import { readView, START, type View, writeView } from './address';
import { shortcutOf } from './shortcuts';

describe('the address', () => {
  test('says everything that is open, and nothing else', () => {
    const view: View = { language: 'en', panel: 'clues', clues: 'all', only: '豫A12345', clue: 'V/1&2', trucks: 'clue', truck: '豫A99999', carrier: '914' };
    expect(readView(writeView(view).slice(1))).toEqual(view);
    expect(writeView(START)).toBe('/');
  });
  test('nonsense in it is as at the start', () => {
    expect(readView('?panel=moon&clues=&trucks=x&lang=de&clue=')).toEqual(START);
  });
  test('holds a token in its fragment only', () => {
    expect(tokenIn('#token=abc-_1')).toBe('abc-_1');
    expect(tokenIn('#token=')).toBeNull();
    expect(tokenIn('#main')).toBeNull();
    expect(tokenIn('')).toBeNull();
  });
});

describe('single-key shortcuts', () => {
  /** What a key pressed in an element means. */
  function pressed(key: string, html = '<div></div>', how: KeyboardEventInit = {}): string | null {
    document.body.innerHTML = html;
    let meant: string | null = 'no event';
    const listen = (event: KeyboardEvent) => (meant = shortcutOf(event));
    document.addEventListener('keydown', listen, { once: true });
    document.body.firstElementChild?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...how }));
    return meant;
  }

  test('fire on the page and on buttons', () => {
    expect(pressed('j')).toBe('j');
    expect(pressed('C')).toBe('c');
    expect(pressed('Escape', '<button></button>')).toBe('escape');
    expect(pressed('x')).toBeNull();
  });
  test.each(['<input>', '<input type="search">', '<textarea></textarea>', '<select></select>'])('never fire in %s', (html) => {
    expect(pressed('c', html)).toBeNull();
  });
  test('never fire with a modifier, an input method or a held key', () => {
    expect(pressed('c', '<div></div>', { ctrlKey: true })).toBeNull();
    expect(pressed('c', '<div></div>', { metaKey: true })).toBeNull();
    expect(pressed('c', '<div></div>', { altKey: true })).toBeNull();
    expect(pressed('c', '<div></div>', { isComposing: true })).toBeNull();
    expect(pressed('c', '<div></div>', { repeat: true })).toBeNull();
  });
});
