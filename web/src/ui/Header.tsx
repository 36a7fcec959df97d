import type { Session } from '../api/types';
import { clock } from '../format/time';
import { HTML_LANG } from '../i18n/language';
import { useText } from '../i18n/text';
import { useLive, useServerNow } from '../live/useLive';
import { useView } from '../view/address';

/** The page's name, whether its data is live, the language, the officer. */
export function Header({
  officer,
  signOut,
  shortcuts,
  setShortcuts,
}: {
  officer: Session | null;
  signOut: () => void;
  shortcuts: boolean;
  setShortcuts: (on: boolean) => void;
}) {
  const { t, word, language } = useText();
  const { go } = useView();
  const other = language === 'zh' ? 'en' : 'zh';
  return (
    <header className="top">
      <div className="name">
        <h1>{t('app.title')}</h1>
        <p>{t('app.subtitle')}</p>
      </div>
      {officer !== null && <StreamSign />}
      <div className="top-buttons">
        {officer !== null && (
          <button type="button" className="desk-only" aria-pressed={shortcuts} onClick={() => setShortcuts(!shortcuts)}>
            {t(shortcuts ? 'app.shortcuts_on' : 'app.shortcuts_off')}
          </button>
        )}
        <button type="button" lang={HTML_LANG[other]} onClick={() => go({ language: other }, 'replace')}>
          {t('app.other_language')}
        </button>
        {officer !== null && (
          <>
            <span className="officer desk-only">
              {officer.name}
              {` · ${word('role', officer.role)}`}
              {officer.authority !== null && ` · ${t(`authority.${officer.authority}`)}`}
            </span>
            <button type="button" onClick={signOut}>
              {t('session.sign_out')}
            </button>
          </>
        )}
      </div>
    </header>
  );
}

function StreamSign() {
  const { t } = useText();
  const stream = useLive((model) => model.stream);
  const as_of = useLive((model) => model.as_of);
  return (
    <p className={`stream ${stream.kind}`} data-stream={stream.kind}>
      <span aria-hidden="true">{stream.kind === 'live' ? '●' : stream.kind === 'lost' ? '✕' : '○'}</span>{' '}
      {stream.kind === 'live' ? t('stream.live') : stream.kind === 'lost' ? t('news.lost') : t('stream.connecting')}
      {stream.kind === 'live' && as_of !== null && <span className="desk-only"> {clock(as_of)}</span>}
    </p>
  );
}

/** A bar across the page while nothing new comes in: how old the data is, and when the next try is made. */
export function StreamBar() {
  const { t } = useText();
  const stream = useLive((model) => model.stream);
  const as_of = useLive((model) => model.as_of);
  const now_ms = useServerNow() - useLive((model) => model.clock_offset_ms);
  if (stream.kind === 'live' || (stream.kind === 'connecting' && as_of === null)) return null;
  if (stream.kind === 'connecting') {
    return <p className="stream-bar">{t('stream.reconnecting_as_of', { time: clock(as_of ?? 0) })}</p>;
  }
  const n = Math.max(0, Math.ceil((stream.retry_at - now_ms) / 1000));
  return <p className="stream-bar">{as_of === null ? t('stream.lost_no_data', { n }) : t('stream.lost_as_of', { time: clock(as_of), n })}</p>;
}
