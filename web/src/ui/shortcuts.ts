/**
 * Single-key shortcuts. They never fire while something is being typed, while Ctrl, Alt or an input method is active, and
 * not at all when switched off (WCAG 2.1.4); Esc works always.
 */
import { createContext, useContext, useEffect, useRef } from 'react';

/** Whether single keys are on: the switch is in the header. */
export const ShortcutsOn = createContext(true);

/**
 * What a key press is called: `j`, `?`, `space`, `escape`, `enter`, `arrowleft`, `shift+arrowleft`. `null`: it means
 * something else where it was pressed.
 */
export function shortcutOf(event: KeyboardEvent): string | null {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return null;
  const key = event.key === ' ' ? 'space' : event.key.toLowerCase();
  const held = key.startsWith('arrow');
  if ((event.repeat && !held) || isTyping(event.target) || isPressing(event.target, key)) return null;
  // Inside a dialog the page behind it is not worked.
  if (event.target instanceof Element && event.target.closest('dialog') !== null) return null;
  return event.shiftKey && held ? `shift+${key}` : key;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Space and Enter press the button or link that has the focus. */
function isPressing(target: EventTarget | null, key: string): boolean {
  if (key !== 'space' && key !== 'enter') return false;
  return target instanceof Element && target.closest('button, a[href], summary, [role=button]') !== null;
}

export type Shortcuts = Readonly<Record<string, (() => void) | undefined>>;

/** Binds shortcuts to the whole page while the component is there. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const on = useContext(ShortcutsOn);
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const key = shortcutOf(event);
      if (key === null || (!on && key !== 'escape')) return;
      const act = current.current[key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [on]);
}
