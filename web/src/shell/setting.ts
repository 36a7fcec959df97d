/** Settings of this browser that say nothing about a person: shortcuts, larger text, sound. */
import { useState } from 'react';

/** `on` or `off` under `name`. Without storage it lasts as long as the page. */
export function useSwitch(name: 'shortcuts' | 'large_text' | 'sound', first: boolean): [boolean, (on: boolean) => void] {
  const key = `mucktrail.${name}`;
  const [on, setOn] = useState(() => {
    try {
      const kept = localStorage.getItem(key);
      return kept === null ? first : kept === 'on';
    } catch {
      return first;
    }
  });
  const change = (next: boolean) => {
    setOn(next);
    try {
      localStorage.setItem(key, next ? 'on' : 'off');
    } catch {
      // Storage is switched off in this browser: the choice holds for this page.
    }
  };
  return [on, change];
}
