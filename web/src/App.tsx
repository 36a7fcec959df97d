import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { Session } from './api/types';
import { BlacklistPanel } from './blacklist/BlacklistPanel';
import { CarrierPanel } from './carriers/CarrierPanel';
import { CluePanel } from './clues/CluePanel';
import { HTML_LANG } from './i18n/language';
import { LanguageContext, say, useText } from './i18n/text';
import type { News } from './live/announcer';
import { Feed } from './live/feed';
import { FeedContext } from './live/useLive';
import { MapPanel } from './map/MapPanel';
import { SignIn } from './session/SignIn';
import { type SessionControl, useSession } from './session/session';
import { looksAfterTerminals } from './terminals/rights';
import { TerminalPanel } from './terminals/TerminalPanel';
import { ErrorBoundary } from './ui/ErrorBoundary';
import { Header, StreamBar } from './ui/Header';
import { Failure } from './ui/PanelData';
import { Tabs } from './ui/Tabs';
import { useAddress, useView, ViewContext } from './view/address';
import { useShortcutSetting } from './view/shortcuts';

/** The whole page: who is there decides what is shown. */
export function App() {
  const [view, go] = useAddress();
  const session = useSession();
  const { language } = view;
  useEffect(() => {
    document.documentElement.lang = HTML_LANG[language];
    document.title = say(language, 'app.title');
  }, [language]);
  const context = useMemo(() => ({ view, go }), [view, go]);

  return (
    <LanguageContext value={language}>
      <ViewContext value={context}>
        <a className="skip" href="#main" onClick={skipToMain}>
          {say(language, 'app.skip')}
        </a>
        <Page session={session} />
      </ViewContext>
    </LanguageContext>
  );
}

/** Moves the focus itself: the fragment of the address is for tokens. */
function skipToMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Page({ session }: { session: SessionControl }) {
  const { t } = useText();
  const { state } = session;
  const officer = state.kind === 'in' ? state.officer : null;
  const [shortcuts, setShortcuts] = useShortcutSetting();
  const [signOutProblem, setSignOutProblem] = useState('');
  const header = (
    <Header
      officer={officer}
      signOut={() => session.signOut().then(() => setSignOutProblem(''), (thrown: Error) => setSignOutProblem(thrown.message))}
      shortcuts={shortcuts}
      setShortcuts={setShortcuts}
    />
  );

  if (state.kind === 'checking') {
    return (
      <WithFeed key="checking" officer={null} idle>
        {header}
        <main id="main" tabIndex={-1}>
          <p className="state">{t('session.checking')}</p>
        </main>
      </WithFeed>
    );
  }
  if (officer === null) {
    return (
      <WithFeed key="public" officer={null}>
        {header}
        <main id="main" tabIndex={-1} className="public">
          {state.kind === 'unreachable' && (
            <section className="panel">
              <Failure problem={state.problem} retry={session.check} says="session.unreachable" />
            </section>
          )}
          {state.kind === 'out' && <SignIn state={state} signIn={session.signIn} />}
          <Guarded>
            <BlacklistPanel />
          </Guarded>
        </main>
      </WithFeed>
    );
  }
  return (
    <WithFeed key="officer" officer={officer} onSignedOut={session.ended}>
      {header}
      {signOutProblem !== '' && <p className="stream-bar">{signOutProblem}</p>}
      <StreamBar />
      <OfficerPanels officer={officer} shortcuts={shortcuts} />
      <Tabs terminals={looksAfterTerminals(officer)} />
    </WithFeed>
  );
}

function OfficerPanels({ officer, shortcuts }: { officer: Session; shortcuts: boolean }) {
  const { view } = useView();
  return (
    <main id="main" tabIndex={-1} className="work" data-shown={view.panel}>
      <Guarded>
        <MapPanel shortcuts={shortcuts} />
      </Guarded>
      <Guarded>
        <CluePanel officer={officer} shortcuts={shortcuts} />
      </Guarded>
      <Guarded>
        <CarrierPanel />
      </Guarded>
      <Guarded>
        <BlacklistPanel />
      </Guarded>
      {looksAfterTerminals(officer) && (
        <Guarded>
          <TerminalPanel />
        </Guarded>
      )}
    </main>
  );
}

function Guarded({ children }: { children: ReactNode }) {
  const { t } = useText();
  const fallback = (
    <section className="panel">
      <p>{t('app.failed')}</p>
      <button type="button" onClick={() => location.reload()}>
        {t('app.reload')}
      </button>
    </section>
  );
  return <ErrorBoundary fallback={fallback}>{children}</ErrorBoundary>;
}

/** The data of the page, opened for who is there, and the live region that tells of its changes. */
function WithFeed({
  officer,
  idle = false,
  onSignedOut,
  children,
}: {
  officer: Session | null;
  idle?: boolean;
  onSignedOut?: () => void;
  children: ReactNode;
}) {
  const { language } = useText();
  const feed = useMemo(() => new Feed(), []);
  const [news, setNews] = useState<ReadonlyMap<News, number>>(new Map());
  const signedIn = officer !== null;
  useEffect(() => {
    if (idle) return;
    if (signedIn) feed.openForOfficer({ onSignedOut: () => onSignedOut?.(), onNews: setNews });
    else feed.openForPublic();
    return () => feed.close();
  }, [feed, signedIn, idle, onSignedOut]);
  return (
    <FeedContext value={feed}>
      {children}
      <div className="hidden" role="status" aria-live="polite">
        {[...news].map(([kind, n]) => say(language, `news.${kind}`, { n })).join(' ')}
      </div>
    </FeedContext>
  );
}
