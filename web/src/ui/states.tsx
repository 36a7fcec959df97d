/** The states every screen has: loading, empty, failed (with a retry), ready, ready but not up to date. */
import type { ReactNode } from 'react';
import type { Problem } from '../api/client';
import { useLanguage, useTexts } from '../i18n/define';
import type { Loadable } from '../live/model';
import { texts } from './texts';

export function Loading({ says }: { says?: string }) {
  const t = useTexts(texts);
  return <p className="state">{says ?? t('loading')}</p>;
}

/** Nothing is there: why, and what to do about it. */
export function Empty({ says, children }: { says?: string; children?: ReactNode }) {
  const t = useTexts(texts);
  return (
    <div className="state empty">
      <p>{says ?? t('nothing')}</p>
      {children}
    </div>
  );
}

/** What failed, in words, and a button that tries again. `says` is a sentence in place of "could not be loaded". */
export function Failure({ problem, retry, says }: { problem: Problem; retry?: () => void; says?: string }) {
  const t = useTexts(texts);
  const language = useLanguage();
  return (
    <div className="failure" role="alert">
      <p>{says ?? t('failed', { what: problem[language] })}</p>
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          {t('retry')}
        </button>
      )}
    </div>
  );
}

/** What is shown could not be brought up to date. */
export function Stale({ problem, retry }: { problem: Problem; retry: () => void }) {
  const t = useTexts(texts);
  const language = useLanguage();
  return (
    <div className="notice warn">
      <p>{t('stale', { what: problem[language] })}</p>
      <button type="button" onClick={retry}>
        {t('retry')}
      </button>
    </div>
  );
}

/** A screen's content in each state of its data. */
export function Loaded<T>({ data, retry, children }: { data: Loadable<T>; retry: () => void; children: (value: T) => ReactNode }) {
  if (data.kind === 'loading') return <Loading />;
  if (data.kind === 'failed') return <Failure problem={data.problem} retry={retry} />;
  return (
    <>
      {data.stale !== null && <Stale problem={data.stale} retry={retry} />}
      {children(data.value)}
    </>
  );
}
