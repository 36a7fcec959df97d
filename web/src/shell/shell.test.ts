import { describe, expect, test } from 'vitest';
import { SCREENS, screensOf } from '../screens/list';
import { tokenIn } from '../session/session';
import { shortcutOf } from '../ui/shortcuts';
import { follow, hrefOf, type Place, placeOf } from './address';

const place = (change: Partial<Place>): Place => ({ screen: null, id: null, state: {}, language: 'zh', ...change });
const read = (href: string) => {
  const { pathname, search } = new URL(href, 'http://127.0.0.1');
  return placeOf(pathname, search);
};

describe('the address', () => {
  test('says everything that is open, and nothing else', () => {
    const open = place({ screen: 'review', id: 'V/1&2', state: { truck: '豫A12345', rule: 'UW-01' }, language: 'en' });
    expect(read(hrefOf(open))).toEqual(open);
    expect(hrefOf(place({}))).toBe('/');
    expect(hrefOf(place({ screen: 'map' }))).toBe('/app/map');
  });
  test('nonsense in it is as if it were not said', () => {
    expect(read('/app/?lang=de&clue=')).toEqual(place({}));
    expect(read('/application')).toEqual(place({}));
    expect(read('/app/%E0%A4%A')).toEqual(place({}));
  });
  test('within a screen the state given is merged, null takes a name out; another screen starts anew; the language stays', () => {
    const here = place({ screen: 'map', state: { truck: '豫A12345', filter: 'speed' }, language: 'en' });
    expect(follow(here, { state: { truck: null, q: 'x' } })).toEqual({ ...here, state: { filter: 'speed', q: 'x' } });
    expect(follow(here, { screen: 'map', id: '7' })).toEqual({ ...here, id: '7' });
    expect(follow({ ...here, id: '7' }, { screen: 'replay', state: { truck: '豫A1' } })).toEqual(
      place({ screen: 'replay', state: { truck: '豫A1' }, language: 'en' }),
    );
  });
  test('holds a token in its fragment only', () => {
    expect(tokenIn('#token=abc-_1')).toBe('abc-_1');
    expect(tokenIn('#token=')).toBeNull();
    expect(tokenIn('#main')).toBeNull();
    expect(tokenIn('')).toBeNull();
  });
});

describe('the list of screens', () => {
  test('names each screen once, and titles it in both languages', () => {
    expect(new Set(SCREENS.map(({ id }) => id)).size).toBe(SCREENS.length);
    for (const { id, title } of SCREENS) {
      expect(title.zh, id).toMatch(/\p{Script=Han}/u);
      expect(title.en, id).not.toMatch(/\p{Script=Han}/u);
    }
  });
  test('shows nobody but the public screens, and every role somewhere to start', () => {
    expect(screensOf(null).every(({ roles }) => roles === 'everyone')).toBe(true);
    expect(screensOf('enforcer')[0]?.id).toBe('map');
    expect(screensOf('carrier').length).toBeGreaterThan(0);
    expect(screensOf('enforcer').map(({ id }) => id)).not.toContain('terminals');
    expect(screensOf('registrar').map(({ id }) => id)).toContain('terminals');
  });
  test('every screen loads and has a component', async () => {
    for (const { id, load } of SCREENS) expect(typeof (await load()).default, id).toBe('function');
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
    expect(pressed(' ')).toBe('space');
    expect(pressed('ArrowLeft', '<div></div>', { shiftKey: true })).toBe('shift+arrowleft');
    expect(pressed('?', '<div></div>', { shiftKey: true })).toBe('?');
  });
  test.each(['<input>', '<input type="search">', '<textarea></textarea>', '<select></select>'])('never fire in %s', (html) => {
    expect(pressed('c', html)).toBeNull();
  });
  test('Space and Enter press the button that has the focus, and a dialog keeps its keys', () => {
    expect(pressed(' ', '<button></button>')).toBeNull();
    expect(pressed('Enter', '<a href="/"></a>')).toBeNull();
    expect(pressed('j', '<dialog></dialog>')).toBeNull();
  });
  test('never fire with a modifier, an input method or a held key', () => {
    expect(pressed('c', '<div></div>', { ctrlKey: true })).toBeNull();
    expect(pressed('c', '<div></div>', { metaKey: true })).toBeNull();
    expect(pressed('c', '<div></div>', { altKey: true })).toBeNull();
    expect(pressed('c', '<div></div>', { isComposing: true })).toBeNull();
    expect(pressed('c', '<div></div>', { repeat: true })).toBeNull();
    expect(pressed('ArrowLeft', '<div></div>', { repeat: true })).toBe('arrowleft');
  });
});
