import { useState } from 'react';
import { useLanguage, useTexts } from '../../i18n/define';
import { type Column, DataTable } from '../../ui/DataTable';
import { Notice } from '../../ui/Notice';
import type { Checked, CheckedRow } from './api';
import { texts } from './texts';

const ICONS = { new: '＋', changed: '✎', same: '＝', refused: '✕' } as const;

/** What an import would do, row by row, and the button that does it. */
export function CheckedRows({ result, commit, busy }: { result: Checked; commit: (skip_refused: boolean) => void; busy: boolean }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const [skip, setSkip] = useState(false);
  const columns: Column<CheckedRow>[] = [
    { id: 'place', head: t('line'), number: true, names_row: true, cell: ({ place }) => place, sort: ({ place }) => place },
    { id: 'key', head: t('key'), cell: ({ id }) => id ?? '' },
    { id: 'outcome', head: t('outcome'), cell: ({ outcome }) => `${ICONS[outcome]} ${t(outcome)}`, sort: ({ outcome }) => outcome },
    { id: 'what', head: t('what'), cell: (row) => [language === 'zh' ? row.reason_zh : row.reason, ...row.warnings].filter((part) => part !== null).join(' ') },
  ];
  const blocked = result.refused > 0 && !skip;
  return (
    <>
      <h2>{t('step_check')}</h2>
      <Notice kind={result.refused > 0 ? 'warn' : 'good'} alert>
        <p>{t('counts', { new: result.new, changed: result.changed, same: result.same, refused: result.refused })}</p>
        <p>{t('nothing_stored')}</p>
      </Notice>
      <DataTable caption={t('rows')} columns={columns} rows={result.rows} rowKey={({ place }) => String(place)} />
      {result.rows_left_out > 0 && <p className="quiet">{t('left_out', { n: result.rows_left_out })}</p>}
      {result.refused > 0 && (
        <>
          <p>{t('commit_refused')}</p>
          <label className="check">
            <input type="checkbox" checked={skip} onChange={(event) => setSkip(event.target.checked)} /> {t('skip')}
          </label>
        </>
      )}
      <p className="acts">
        <button type="button" className="primary" disabled={busy || blocked} onClick={() => commit(skip)}>
          {t('commit')}
        </button>
      </p>
    </>
  );
}
