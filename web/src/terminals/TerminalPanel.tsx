import { useEffect, useState } from 'react';
import { type PendingTerminal, pendingList, type TerminalRow, terminalList } from '../api/types';
import { plateText } from '../format/plate';
import { clock } from '../format/time';
import { useText } from '../i18n/text';
import { PanelData } from '../ui/PanelData';
import { useFetched } from '../ui/useFetched';
import { AdmitForm } from './AdmitForm';
import { RevokeButton } from './RevokeButton';

/** How often the lists are asked for anew. */
const REFRESH_MS = 10_000;
/** Most known terminals drawn at once. */
const SHOWN_MAX = 100;

/** Who waits to be admitted, and who may report: the registrar's part of the page. */
export function TerminalPanel() {
  const { t } = useText();
  const [version, setVersion] = useState(0);
  const again = () => setVersion((n) => n + 1);
  useEffect(() => {
    const timer = setInterval(again, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  const [pending, retryPending] = useFetched('/api/v1/terminals/pending', pendingList, version);
  const [known, retryKnown] = useFetched('/api/v1/terminals', terminalList, version);
  return (
    <section className="panel terminal-panel" data-panel="terminals" aria-labelledby="terminals-title">
      <h2 id="terminals-title">{t('terminals.title')}</h2>
      <h3 id="terminals-pending">{t('terminals.pending')}</h3>
      <PanelData data={pending} retry={retryPending}>
        {({ pending }) => <PendingRows pending={pending} decided={again} />}
      </PanelData>
      <h3 id="terminals-known">{t('terminals.known')}</h3>
      <PanelData data={known} retry={retryKnown}>
        {({ terminals }) => <KnownRows terminals={terminals} decided={again} />}
      </PanelData>
    </section>
  );
}

function PendingRows({ pending, decided }: { pending: PendingTerminal[]; decided: () => void }) {
  const { t, language } = useText();
  const [open, setOpen] = useState<string | null>(null);
  const [given, setGiven] = useState<{ terminal: string; code: string } | null>(null);
  const notice = given !== null && (
    <div className="notice" role="status">
      <p>{t('terminals.code_given', { terminal: given.terminal })}</p>
      <p className="code">{given.code}</p>
      <button type="button" onClick={() => setGiven(null)}>
        {t('common.close')}
      </button>
    </div>
  );
  if (pending.length === 0) {
    return (
      <>
        {notice}
        <p className="state">{t('terminals.pending_none')}</p>
      </>
    );
  }
  return (
    <>
      {notice}
      <ul className="rows" aria-labelledby="terminals-pending">
        {pending.map((waiting) => {
          const shown = open === waiting.terminal;
          return (
            <li key={waiting.terminal} data-pending={waiting.terminal}>
              <button type="button" className="row" aria-expanded={shown} onClick={() => setOpen(shown ? null : waiting.terminal)}>
                <span className="line">
                  <strong className="code">{waiting.terminal}</strong>
                  <span className="plate">{plateText(waiting.plate)}</span>
                  <span className="quiet">{language === 'zh' ? waiting.refusal_zh : waiting.refusal}</span>
                </span>
              </button>
              {shown && (
                <div className="terminal-detail">
                  <dl>
                    <dt>{t('terminals.device')}</dt>
                    <dd>{[waiting.maker, waiting.model, waiting.device_id].filter((part) => part !== '').join(' · ') || t('common.unknown')}</dd>
                    <dt>{t('terminals.attempts')}</dt>
                    <dd>{t('terminals.attempts_n', { n: waiting.attempts, time: clock(waiting.last), address: waiting.address })}</dd>
                  </dl>
                  <AdmitForm
                    waiting={waiting}
                    decided={(code) => {
                      setOpen(null);
                      if (code !== null) setGiven({ terminal: waiting.terminal, code });
                      decided();
                    }}
                  />
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}

function KnownRows({ terminals, decided }: { terminals: TerminalRow[]; decided: () => void }) {
  const { t, word } = useText();
  const [search, setSearch] = useState('');
  if (terminals.length === 0) return <p className="state">{t('terminals.known_none')}</p>;
  const wanted = search.trim().toUpperCase();
  const fitting = terminals.filter(({ terminal, plate }) => `${terminal} ${plate ?? ''}`.toUpperCase().includes(wanted));
  const shown = fitting.slice(0, SHOWN_MAX);
  return (
    <>
      <label htmlFor="terminal-search">{t('terminals.search')}</label>
      <input id="terminal-search" type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
      <ul className="rows" aria-labelledby="terminals-known">
        {shown.map((row) => (
          <li key={row.terminal} className="terminal-row" data-terminal={row.terminal}>
            <span className="line">
              <strong className="code">{row.terminal}</strong>
              {row.plate !== null && <span className="plate">{plateText(row.plate)}</span>}
              <span className="tag">{word('terminals.standing', row.standing)}</span>
              <span className="quiet">{t(row.online ? 'terminals.online' : 'terminals.offline')}</span>
              <span className="quiet">{[row.maker, row.model, row.profile ?? ''].filter((part) => part !== '').join(' · ')}</span>
            </span>
            {row.standing !== 'revoked' && <RevokeButton terminal={row.terminal} decided={decided} />}
          </li>
        ))}
      </ul>
      {shown.length < fitting.length && <p className="quiet">{t('terminals.shown_of', { shown: shown.length, n: fitting.length })}</p>}
    </>
  );
}
