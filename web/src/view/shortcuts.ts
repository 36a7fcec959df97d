/**
 * Single-key shortcuts. They never fire while something is being typed, while a modifier or an input method is active,
 * and not at all when switched off (WCAG 2.1.4).
 */
import { useEffect, useRef, useState } from 'react';

export type ShortcutKey = 'j' | 'k' | 'c' | 'd' | '/' | 'escape';
const KEYS: readonly ShortcutKey[] = ['j', 'k', 'c', 'd', '/', 'escape'];

/** The shortcut a key press means, or `null`. */
export function shortcutOf(event: KeyboardEvent): ShortcutKey | null {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return null;
  const pressed = event.key.toLowerCase();
  const key = KEYS.find((k) => k === pressed);
  return key === undefined || isTyping(event.target) ? null : key;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

export type Shortcuts = Partial<Record<ShortcutKey, () => void>>;

/** Binds shortcuts to the whole page while the component is there. Esc works also when single keys are switched off. */
export function useShortcuts(enabled: boolean, shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const key = shortcutOf(event);
      if (key === null || (!enabled && key !== 'escape')) return;
      const act = current.current[key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [enabled]);
}

const STORED_AS = 'mucktrail.shortcuts';

/** Whether shortcuts are on: a setting of this browser. Without storage it lasts as long as the page. */
export function useShortcutSetting(): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => {
    try {
      return localStorage.getItem(STORED_AS) !== 'off';
    } catch {
      return true;
    }
  });
  const change = (next: boolean) => {
    setOn(next);
    try {
      localStorage.setItem(STORED_AS, next ? 'on' : 'off');
    } catch {
      // Storage is switched off in this browser: the choice holds for this page.
    }
  };
  return [on, change];
}
