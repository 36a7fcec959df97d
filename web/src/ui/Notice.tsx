import type { ReactNode } from 'react';
import { useTexts } from '../i18n/define';
import { texts } from './texts';

const ICONS = { info: 'ℹ', good: '✓', warn: '!', bad: '✕' } as const;

/** A message that stays: an icon, a word and a colour tell its kind. `alert` is read out at once. */
export function Notice({ kind = 'info', alert = false, children }: { kind?: keyof typeof ICONS; alert?: boolean; children: ReactNode }) {
  const t = useTexts(texts);
  return (
    <div className={`notice ${kind}`} {...(alert ? { role: 'alert' } : {})}>
      <span className="notice-kind">
        <span aria-hidden="true">{ICONS[kind]}</span> {t(kind)}
      </span>
      <div className="notice-words">{children}</div>
    </div>
  );
}
