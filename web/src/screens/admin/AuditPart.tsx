import { type FormEvent, useState } from 'react';
import { get } from '../../api/client';
import { useLanguage, useTexts } from '../../i18n/define';
import { useGo, usePlace } from '../../shell/address';
import { type Column, DataTable } from '../../ui/DataTable';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { Pager } from '../../ui/Pager';
import { Empty, Loaded } from '../../ui/states';
import { useFetched } from '../../ui/useFetched';
import { When } from '../../ui/When';
import { useActing } from '../account/useActing';
import { type Checked, checked as checkedDecoder, type Entry, trail } from './api';
import { texts } from './texts';

const DAY_MS = 24 * 3_600_000;
const NAMES = ['who', 'what', 'subject', 'from', 'until'] as const;
type Filter = Record<(typeof NAMES)[number], string>;

/** The query of the service for a filter of the page: days of the city become moments. */
export function queryOf(filter: Filter, cursor: string | null): string {
  const query = new URLSearchParams();
  for (const name of ['who', 'what', 'subject'] as const) if (filter[name] !== '') query.set(name, filter[name]);
  if (filter.from !== '') query.set('from', `${filter.from}T00:00:00+08:00`);
  if (filter.until !== '') query.set('until', new Date(Date.parse(`${filter.until}T00:00:00+08:00`) + DAY_MS).toISOString());
  if (cursor !== null) query.set('cursor', cursor);
  return query.toString();
}

/** The audit log: by who, act, object and time, a page at a time; checked and taken away on demand. The filter stands in the address. */
export function AuditPart() {
  const t = useTexts(texts);
  const go = useGo();
  const { state } = usePlace();
  const filter: Filter = { who: state['who'] ?? '', what: state['what'] ?? '', subject: state['subject'] ?? '', from: state['from'] ?? '', until: state['until'] ?? '' };
  const [typed, setTyped] = useState(filter);
  // Cursors of the pages gone through; the last is this page's.
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const query = queryOf(filter, cursors.at(-1) ?? null);
  const [data, retry] = useFetched(`/api/v1/audit?${query}`, trail);
  const search = (event: FormEvent) => {
    event.preventDefault();
    setCursors([]);
    go({ state: typed });
  };
  const columns: Column<Entry>[] = [
    { id: 'seq', head: t('seq'), number: true, cell: ({ seq }) => seq },
    { id: 'at', head: t('at'), cell: ({ at }) => <When at={at} precise="second" /> },
    { id: 'who', head: t('who'), cell: ({ who }) => who },
    { id: 'what', head: t('what'), names_row: true, cell: ({ what }) => t.word('act', what) },
    { id: 'subject', head: t('on'), cell: ({ subject }) => subject },
    { id: 'detail', head: t('detail'), cell: ({ detail }) => detail },
  ];
  const box = (name: (typeof NAMES)[number], label: string, type: string) => (
    <Field label={label}>
      {(props) => <input {...props} type={type} value={typed[name]} onChange={(event) => setTyped({ ...typed, [name]: event.target.value })} data-field={name} />}
    </Field>
  );
  const acts = data.kind === 'ready' ? data.value.acts : [];
  return (
    <section className="panel" aria-labelledby="admin-audit">
      <h2 id="admin-audit">{t('audit')}</h2>
      <p className="quiet">{t('audit_help')}</p>
      <form className="form-row" onSubmit={search} noValidate>
        {box('who', t('who'), 'text')}
        <Field label={t('what')}>
          {(props) => (
            <select {...props} value={typed.what} onChange={(event) => setTyped({ ...typed, what: event.target.value })} data-field="what">
              <option value="">{t('any')}</option>
              {[...new Set([...acts, ...(typed.what === '' ? [] : [typed.what])])].map((act) => (
                <option key={act} value={act}>
                  {t.word('act', act)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {box('subject', t('on'), 'text')}
        {box('from', t('from'), 'date')}
        {box('until', t('until'), 'date')}
        <p className="field">
          <button type="submit" className="primary" data-act="search">
            {t('search')}
          </button>
        </p>
      </form>
      <TrailActs query={queryOf(filter, null)} />
      <Loaded data={data} retry={retry}>
        {({ entries, next_cursor }) => (
          <>
            {entries.length === 0 ? (
              <Empty says={t('audit_none')} />
            ) : (
              <DataTable caption={t('audit')} hide_caption columns={columns} rows={entries} rowKey={({ seq }) => String(seq)} />
            )}
            <Pager
              page={cursors.length + 1}
              previous={cursors.length === 0 ? null : () => setCursors(cursors.slice(0, -1))}
              next={next_cursor === null ? null : () => setCursors([...cursors, next_cursor])}
            />
          </>
        )}
      </Loaded>
    </section>
  );
}

/** Taking the log away as a table, and checking that nothing in it was changed. */
function TrailActs({ query }: { query: string }) {
  const t = useTexts(texts);
  const language = useLanguage();
  const { busy, problem, run } = useActing();
  const [checked, setChecked] = useState<Checked | null>(null);
  const check = () => void run(async () => setChecked(await get('/api/v1/audit/check', checkedDecoder)));
  return (
    <>
      <p className="buttons">
        <a className="button" href={`/api/v1/audit.csv?${query}`} download>
          {t('csv')}
        </a>
        <button type="button" disabled={busy} onClick={check} data-act="check">
          {t(busy ? 'checking' : 'check')}
        </button>
      </p>
      {checked !== null && (
        <Notice kind={checked.whole ? 'good' : 'bad'} alert>
          {checked.whole ? t('whole', { n: checked.entries, hash: checked.last_hash ?? '' }) : t('broken', { n: checked.broken_at ?? 0 })}
        </Notice>
      )}
      {problem !== null && (
        <Notice kind="bad" alert>
          {problem[language]}
        </Notice>
      )}
    </>
  );
}
