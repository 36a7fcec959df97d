import { useState } from 'react';
import { useLanguage, useTexts } from '../i18n/define';
import type { Group, Screen } from '../screens/list';
import { Dialog } from '../ui/Dialog';
import { Goto } from './Goto';
import { Person, SettingButtons, type Settings } from './Header';
import { texts } from './texts';

const GROUPS: readonly Group[] = ['watch', 'decide', 'credit', 'registers', 'admin'];
/** Places in the phone's bottom bar, besides "more". */
const PHONE_MAX = 4;

/** The screens of one's role: on a desk at the left, by job. */
export function Sidebar({ screens, current }: { screens: readonly Screen[]; current: string }) {
  const t = useTexts(texts);
  return (
    <nav className="sidebar" aria-label={t('sections')}>
      <Grouped screens={screens} current={current} />
    </nav>
  );
}

function Grouped({ screens, current, onGone }: { screens: readonly Screen[]; current: string; onGone?: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  return GROUPS.map((group) => {
    const listed = screens.filter((screen) => screen.group === group && screen.unlisted !== true);
    if (listed.length === 0) return null;
    return (
      <section key={group} aria-labelledby={`group-${group}`}>
        <h2 id={`group-${group}`}>{t(`group.${group}`)}</h2>
        <ul>
          {listed.map(({ id, title }) => (
            <li key={id}>
              <Goto to={{ screen: id, id: null }} current={id === current} {...(onGone === undefined ? {} : { onGone })}>
                {title[language]}
              </Goto>
            </li>
          ))}
        </ul>
      </section>
    );
  });
}

/** On a phone: the most used screens at the bottom, everything else behind "more". */
export function BottomBar({ screens, current, settings, signOut }: { screens: readonly Screen[]; current: string; settings: Settings; signOut: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [open, setOpen] = useState(false);
  const shown = screens.filter(({ phone }) => phone === true).slice(0, PHONE_MAX);
  return (
    <nav className="bottom-bar" aria-label={t('sections')}>
      {shown.map(({ id, title }) => (
        <Goto key={id} to={{ screen: id, id: null }} current={id === current}>
          {title[language]}
        </Goto>
      ))}
      <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        {t('more')}
      </button>
      {open && (
        <Dialog title={t('more')} onClose={() => setOpen(false)}>
          <p>
            <Person />
          </p>
          <div className="more-screens">
            <Grouped screens={screens} current={current} onGone={() => setOpen(false)} />
          </div>
          <div className="buttons">
            <SettingButtons settings={settings} />
            <button type="button" onClick={signOut}>
              {t('sign_out')}
            </button>
          </div>
        </Dialog>
      )}
    </nav>
  );
}
