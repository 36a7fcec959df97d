import { useEffect } from 'react';
import { useLanguage, useTexts } from './i18n/define';
import { HTML_LANG } from './i18n/language';
import { LanguageContext } from './i18n/text';
import { type Screen, SCREENS, screensOf } from './screens/list';
import { OfficerContext, SessionContext, useMaybeOfficer } from './shell/officer';
import { AddressProvider, useAddress, useGo, usePlace } from './shell/address';
import { Goto } from './shell/Goto';
import { Header, type Settings } from './shell/Header';
import { LiveData } from './shell/LiveData';
import { BottomBar, Sidebar } from './shell/Navigation';
import { ScreenHost } from './shell/ScreenHost';
import { useSwitch } from './shell/setting';
import { StreamBar } from './shell/stream';
import { texts } from './shell/texts';
import { type SessionControl, useSession } from './session/session';
import { Announcements } from './ui/announce';
import { Notice } from './ui/Notice';
import { ShortcutsOn } from './ui/shortcuts';
import { Empty, Failure, Loading } from './ui/states';

/** The whole page: who is there and the address decide what is shown. */
export function App() {
  const address = useAddress();
  const session = useSession();
  const officer = session.state.kind === 'in' ? session.state.officer : null;
  return (
    <LanguageContext value={address.place.language}>
      <AddressProvider value={address}>
        <SessionContext value={session}>
          <OfficerContext value={officer}>
            <Announcements>
              <LiveData officer={officer} idle={session.state.kind === 'checking'} onSignedOut={session.ended}>
                <Page session={session} />
              </LiveData>
            </Announcements>
          </OfficerContext>
        </SessionContext>
      </AddressProvider>
    </LanguageContext>
  );
}

/** Moves the focus itself: the fragment of the address is for tokens. */
function skipToMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Page({ session }: { session: SessionControl }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const place = usePlace();
  const { state } = session;
  const officer = state.kind === 'in' ? state.officer : null;
  const settings = useSettings();
  const all = screensOf(officer?.role ?? null);
  // Without the second factor their role needs, the service answers nothing else.
  const mine = officer?.must_enrol === true ? all.filter(({ id }) => id === 'account') : all;
  const screen = screenAt(place.screen, mine, officer !== null);
  useRedirect(place.screen, screen, officer !== null, state.kind);
  useEffect(() => {
    document.documentElement.lang = HTML_LANG[language];
    document.title = screen === null ? t('app') : `${screen.title[language]} · ${t('app')}`;
  }, [language, screen?.id]);

  const current = screen?.id ?? '';
  return (
    <ShortcutsOn value={settings.shortcuts}>
      <a className="skip" href="#main" onClick={skipToMain}>
        {t('skip')}
      </a>
      <Header settings={settings} signOut={() => void session.signOut()} />
      {session.sign_out_problem !== null && (
        <Notice kind="bad" alert>
          {t('sign_out_failed', { what: session.sign_out_problem[language] })}
        </Notice>
      )}
      {officer !== null && <StreamBar />}
      <div className={officer === null ? 'frame' : 'frame with-navigation'}>
        {officer !== null && <Sidebar screens={mine} current={current} />}
        <main id="main" tabIndex={-1} className={screen?.bare === true ? 'bare' : undefined}>
          {state.kind === 'checking' && <Loading says={t('checking')} />}
          {state.kind === 'unreachable' && (
            <Failure problem={state.problem} retry={session.check} says={t('unreachable', { what: state.problem[language] })} />
          )}
          {state.kind !== 'checking' && (screen === null ? <NoScreen asked={place.screen ?? ''} /> : <ScreenHost screen={screen} />)}
        </main>
      </div>
      {officer !== null && <BottomBar screens={mine} current={current} settings={settings} signOut={() => void session.signOut()} />}
    </ShortcutsOn>
  );
}

/** The screen an address shows to someone: without a name the first; who is not signed in is asked to where that is needed. */
function screenAt(asked: string | null, mine: readonly Screen[], signed_in: boolean): Screen | null {
  const sign_in = SCREENS.find(({ id }) => id === 'sign-in') ?? null;
  if (signed_in && (asked === null || asked === 'sign-in')) return mine[0] ?? null;
  const found = mine.find(({ id }) => id === asked);
  if (found !== undefined) return found;
  const exists = asked === null || SCREENS.some(({ id }) => id === asked);
  return !signed_in && exists ? sign_in : null;
}

/** Whose role starts at a screen gets its address; Back does not return to the address without one. */
function useRedirect(asked: string | null, screen: Screen | null, signed_in: boolean, state: SessionControl['state']['kind']): void {
  const go = useGo();
  const first = state !== 'checking' && signed_in && screen !== null && asked !== screen.id ? screen.id : null;
  useEffect(() => {
    if (first !== null) go({ screen: first }, 'replace');
  }, [first, go]);
}

function useSettings(): Settings {
  const [shortcuts, setShortcuts] = useSwitch('shortcuts', true);
  const [large_text, setLargeText] = useSwitch('large_text', false);
  useEffect(() => {
    document.documentElement.classList.toggle('large-text', large_text);
  }, [large_text]);
  return { shortcuts, setShortcuts, large_text, setLargeText };
}

function NoScreen({ asked }: { asked: string }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const known = SCREENS.find(({ id }) => id === asked);
  const role = useMaybeOfficer()?.role ?? '';
  return (
    <Empty says={known === undefined ? t('missing', { screen: asked }) : t('not_yours', { role: t.word('role', role), screen: known.title[language] })}>
      <Goto to={{ screen: screensOf(role)[0]?.id ?? 'sign-in' }}>{t('to_first')}</Goto>
    </Empty>
  );
}
