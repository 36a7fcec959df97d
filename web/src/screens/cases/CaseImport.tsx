/** Decided violations from a file: checked row by row first, stored only then. */
import { useState } from 'react';
import { upload } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { useAct } from '../../office/act';
import { Refusal, Sign } from '../../office/parts';
import { texts as shared } from '../../office/texts';
import { Goto } from '../../shell/Goto';
import { DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { type Imported, type ImportRow, imported } from './api';
import { texts } from './texts';

const SIGNS = { stored: 'good', duplicate: 'quiet', rejected: 'bad' } as const;

export function CaseImport() {
  const t = useTexts(texts);
  const s = useTexts(shared);
  const language = useLanguage();
  const act = useAct();
  const [file, setFile] = useState<File | null>(null);
  const [result, setResult] = useState<Imported | null>(null);
  const go = (dry: boolean) => {
    if (file === null) return;
    act.run(() => upload(`/api/v1/cases/import?dry_run=${dry}`, file, 'text/csv', imported), setResult);
  };
  const counts = result === null ? null : { stored: result.stored, duplicate: result.duplicate, rejected: result.rejected };
  return (
    <>
      <p>
        <Goto to={{ id: null }} className="button">
          ← {s('back_to_list')}
        </Goto>
      </p>
      <section className="panel">
        <h2>{t('import_title')}</h2>
        <Field label={t('import_file')} hint={t('import_hint')} required>
          {(props) => (
            <input
              {...props}
              type="file"
              accept=".csv,text/csv"
              onChange={(event) => {
                setFile(event.target.files?.[0] ?? null);
                setResult(null);
                act.clear();
              }}
            />
          )}
        </Field>
        <Refusal act={act} />
        <p className="toolbar">
          <button type="button" className={result === null ? 'primary' : undefined} disabled={file === null || act.busy} onClick={() => go(true)}>
            {t('import_try')}
          </button>
          <button type="button" className={result === null ? undefined : 'primary'} disabled={!result?.dry_run || result.stored === 0 || act.busy} onClick={() => go(false)}>
            {t('import_store')}
          </button>
          {act.busy && <span aria-live="polite">{s('sending')}</span>}
        </p>
        {result !== null && counts !== null && (
          <>
            <Notice kind={result.rejected > 0 ? 'warn' : result.dry_run ? 'info' : 'good'} alert>
              {t(result.dry_run ? 'import_tried' : 'import_done', counts)}
            </Notice>
            <DataTable<ImportRow>
              caption={t('rows')}
              rows={result.rows}
              rowKey={({ line }) => String(line)}
              columns={[
                { id: 'line', head: t('row.line'), number: true, names_row: true, cell: ({ line }) => line },
                {
                  id: 'outcome',
                  head: t('row.outcome'),
                  cell: ({ outcome }) => <Sign kind={outcome === 'stored' || outcome === 'duplicate' || outcome === 'rejected' ? SIGNS[outcome] : 'info'}>{t.word('outcome', outcome)}</Sign>,
                },
                { id: 'decision', head: t('row.decision'), cell: ({ decision_no }) => decision_no },
                {
                  id: 'case',
                  head: t('row.case'),
                  cell: ({ case_no }) => (case_no === null || result.dry_run ? (case_no ?? '—') : <Goto to={{ id: case_no }}>{case_no}</Goto>),
                },
                { id: 'why', head: t('row.why'), cell: ({ reason, reason_zh }) => (language === 'zh' ? (reason_zh ?? reason) : reason) ?? '—' },
              ]}
            />
          </>
        )}
      </section>
    </>
  );
}
