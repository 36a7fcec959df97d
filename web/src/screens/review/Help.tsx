import { useContext } from 'react';
import { useTexts } from '../../i18n/define';
import { Dialog } from '../../ui/Dialog';
import { ShortcutsOn } from '../../ui/shortcuts';
import { texts } from './texts';

const KEYS = [
  ['J / K', 'key.jk'],
  ['C', 'key.c'],
  ['D', 'key.d'],
  ['U', 'key.u'],
  ['Space', 'key.space'],
  ['← / →', 'key.arrows'],
  ['1 / 2 / 4 / 8', 'key.pace'],
  ['?', 'key.help'],
  ['Esc', 'key.esc'],
] as const;

export function Help({ onClose }: { onClose: () => void }) {
  const t = useTexts(texts);
  const on = useContext(ShortcutsOn);
  return (
    <Dialog title={t('help_title')} onClose={onClose}>
      {!on && <p className="notice warn">{t('keys_off')}</p>}
      <dl className="keys-help">
        {KEYS.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
