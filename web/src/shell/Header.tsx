import { useTexts } from '../i18n/define';
import { HTML_LANG } from '../i18n/language';
import { useGo, usePlace } from './address';
import { Goto } from './Goto';
import { useMaybeOfficer } from './officer';
import { StreamSign } from './stream';
import { texts } from './texts';

export interface Settings {
  shortcuts: boolean;
  setShortcuts: (on: boolean) => void;
  large_text: boolean;
  setLargeText: (on: boolean) => void;
}

/** The service's name, whether its data is live, the person, the settings. On a phone the last two are behind "more". */
export function Header({ settings, signOut }: { settings: Settings; signOut: () => void }) {
  const t = useTexts(texts);
  const officer = useMaybeOfficer();
  return (
    <header className="top">
      <p className="name">
        <strong>{t('app')}</strong> <span className="desk-only">{t('subtitle')}</span>
      </p>
      {officer !== null && <StreamSign />}
      <div className="top-buttons">
        <span className="desk-only settings">
          <SettingButtons settings={settings} />
        </span>
        <LanguageButton />
        {officer === null ? (
          <Goto to={{ screen: 'sign-in' }} className="button">
            {t('sign_in')}
          </Goto>
        ) : (
          <span className="desk-only settings">
            <Person />
            <button type="button" onClick={signOut}>
              {t('sign_out')}
            </button>
          </span>
        )}
      </div>
    </header>
  );
}

export function SettingButtons({ settings: { shortcuts, setShortcuts, large_text, setLargeText } }: { settings: Settings }) {
  const t = useTexts(texts);
  return (
    <>
      <button type="button" data-setting="shortcuts" aria-pressed={shortcuts} onClick={() => setShortcuts(!shortcuts)}>
        {t('shortcuts')} {t(shortcuts ? 'on' : 'off')}
      </button>
      <button type="button" data-setting="large-text" aria-pressed={large_text} onClick={() => setLargeText(!large_text)}>
        {t('large_text')} {t(large_text ? 'on' : 'off')}
      </button>
    </>
  );
}

function LanguageButton() {
  const t = useTexts(texts);
  const { language } = usePlace();
  const go = useGo();
  const other = language === 'zh' ? 'en' : 'zh';
  return (
    <button type="button" lang={HTML_LANG[other]} onClick={() => go({ language: other }, 'replace')}>
      {t('other_language')}
    </button>
  );
}

/** Who is signed in, in what role and for which authority. */
export function Person() {
  const t = useTexts(texts);
  const officer = useMaybeOfficer();
  if (officer === null) return null;
  const { name, role, authority } = officer;
  return (
    <span className="officer">
      {[name, t.word('role', role), ...(authority === null ? [] : [t(`authority.${authority}`)])].join(' · ')}
    </span>
  );
}
