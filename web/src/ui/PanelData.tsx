import type { ReactNode } from 'react';
import type { Problem } from '../api/client';
import { useText } from '../i18n/text';
import type { TextKey } from '../i18n/zh';
import type { Loadable } from '../live/model';

/** A panel's content in each state of its data: loading, failed, ready, ready but not up to date. */
export function PanelData<T>({ data, retry, children }: { data: Loadable<T>; retry: () => void; children: (value: T) => ReactNode }) {
  const { t } = useText();
  if (data.kind === 'loading') return <p className="state">{t('common.loading')}</p>;
  if (data.kind === 'failed') return <Failure problem={data.problem} retry={retry} />;
  return (
    <>
      {data.stale !== null && <Failure problem={data.stale} retry={retry} says="common.stale" />}
      {children(data.value)}
    </>
  );
}

/** What failed, in words, and a button that tries again. */
export function Failure({ problem, retry, says = 'common.failed' }: { problem: Problem; retry: () => void; says?: TextKey }) {
  const { t, language } = useText();
  return (
    <div className="failure">
      <p>{t(says, { what: problem[language] })}</p>
      <button type="button" onClick={retry}>
        {t('common.retry')}
      </button>
    </div>
  );
}
