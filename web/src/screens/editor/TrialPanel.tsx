import { useEffect, useState } from 'react';
import { asProblem, get, type Problem, send } from '../../api/client';
import { plateText } from '../../format/plate';
import { date, minute } from '../../format/time';
import { useLanguage, useTexts } from '../../i18n/define';
import { type RecordBody, trial, type Trial } from '../../registry/api';
import { Notice } from '../../ui/Notice';
import { texts } from './texts';

/** Between two looks at how far a trial is. */
const LOOK_EVERY_MS = 500;

/** What a change would have raised last week. */
export function TrialPanel({ register, record, ready }: { register: string; record: () => RecordBody; ready: boolean }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [now, setNow] = useState<Trial | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const running = now !== null && now.state === 'running' ? now.id : null;
  useEffect(() => {
    if (running === null) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      get(`/api/v1/trials/${running}`, trial, abort.signal).then(setNow, (thrown: unknown) => {
        if (!abort.signal.aborted) {
          setProblem(asProblem(thrown));
          setNow(null);
        }
      });
    }, LOOK_EVERY_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [running, now]);
  const start = async () => {
    setProblem(null);
    setNow(null);
    try {
      setNow(await send('POST', '/api/v1/trials', { changes: [{ register, record: record() }] }, trial));
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  const cancel = async () => {
    if (running === null) return;
    try {
      setNow(await send('DELETE', `/api/v1/trials/${running}`, null, trial));
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  return (
    <section className="trial">
      <p className="quiet">{t('trial_hint')}</p>
      <p className="acts">
        <button type="button" disabled={!ready || running !== null} onClick={() => void start()}>
          {t('trial')}
        </button>
        {running !== null && (
          <button type="button" onClick={() => void cancel()}>
            {t('trial_cancel')}
          </button>
        )}
      </p>
      <div role="status">
        {problem !== null && (
          <Notice kind="bad">
            <p>{problem[language]}</p>
          </Notice>
        )}
        {now !== null && <Answer now={now} />}
      </div>
    </section>
  );
}

function Answer({ now }: { now: Trial }) {
  const t = useTexts(texts);
  const language = useLanguage();
  if (now.state === 'running') return <p>{t('trial_running', { done: now.done, total: now.total })}</p>;
  if (now.state === 'cancelled') return <p>{t('trial_cancelled')}</p>;
  if (now.state === 'failed') {
    return (
      <Notice kind="bad">
        <p>{t('trial_failed', { why: now.failure ?? '' })}</p>
      </Notice>
    );
  }
  return (
    <div className="trial-result">
      <Notice>
        <p>
          {t('trial_done', { from: date(Date.parse(now.from)), until: minute(Date.parse(now.until)), raised: now.raised ?? 0, withdrawn: now.withdrawn ?? 0 })}
        </p>
        {now.is_behind && <p>{t('trial_behind')}</p>}
      </Notice>
      {now.rules.length > 0 && (
        <table className="data">
          <thead>
            <tr>
              <th scope="col">{t('rule')}</th>
              <th scope="col">{t('raised')}</th>
              <th scope="col">{t('withdrawn')}</th>
              <th scope="col">{t('examples')}</th>
            </tr>
          </thead>
          <tbody>
            {now.rules.map((rule) => (
              <tr key={rule.rule}>
                <th scope="row">
                  {rule.rule} {language === 'zh' ? rule.name_zh : rule.name_en}
                </th>
                <td>{rule.raised}</td>
                <td>{rule.withdrawn}</td>
                <td>
                  {[...rule.examples_raised, ...rule.examples_withdrawn]
                    .slice(0, 5)
                    .map(({ plate, start }) => `${plateText(plate)} ${minute(Date.parse(start))}`)
                    .join('；')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
